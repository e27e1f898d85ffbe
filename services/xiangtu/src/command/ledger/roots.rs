//! Roots in an exported ledger: that they follow each other, and that every book still ends no earlier than they state.

use std::collections::BTreeMap;

use homestead_core::root::{Head, Root, Roots, lost};
use proto::xiangtu::homestead::v1::LedgerRoot;

use super::{Book, Found, sha256};

/// Holds the roots of every county against each other, the signatures and the books.
pub(super) fn check(
    counties: &BTreeMap<String, Vec<LedgerRoot>>,
    books: &BTreeMap<String, Book>,
    keys: Option<&[String]>,
    kept: &[String],
    found: &mut Found,
) {
    let mut heads: BTreeMap<String, Vec<Head>> = BTreeMap::new();
    for (county, roots) in counties {
        let mut walk = Roots::new(sha256, code(county));
        for stored in roots {
            let root = root_of(stored);
            for head in &root.moved {
                let village = format!("divisions/{}", head.division);
                heads.entry(village).or_default().push(head.clone());
            }
            let number = root.number;
            if !walk.step(&root, &stored.sha256) || i64::try_from(walk.books()) != Ok(stored.book_count) {
                found
                    .faults
                    .push(format!("{county}: root {number} is not as it was made"));
            }
            if let Some(fault) = found.signed(&stored.sha256, &stored.signature, &stored.public_key, keys) {
                found.faults.push(format!("{county}: root {number} {fault}"));
            }
        }
        if let Some(last) = roots.last() {
            let (number, hash) = (last.root_number, hex::encode(&last.sha256));
            found.roots.push(format!("{county} {number} {hash}"));
        }
    }
    for (village, heads) in &heads {
        let blocks = books.get(village).map(ends).unwrap_or_default();
        if let Some(head) = lost(heads, &blocks) {
            let (last, now) = (head.last, blocks.keys().next_back().copied().unwrap_or_default());
            found.faults.push(if now < last {
                format!("{village}: sealed up to entry {last} by a root, and here only up to {now}")
            } else {
                format!("{village}: written anew, for it has not the block up to entry {last} that a root states")
            });
        }
    }
    for hash in kept {
        let holds = |root: &LedgerRoot| hex::encode(&root.sha256).eq_ignore_ascii_case(hash);
        if !counties.values().flatten().any(holds) {
            found.faults.push(format!("the root {hash} is not in the file"));
        }
    }
}

/// The last entry and hash of each block of a book.
fn ends(book: &Book) -> BTreeMap<i64, Vec<u8>> {
    let end = |block: &proto::xiangtu::homestead::v1::SealedBlock| {
        let entries = i64::try_from(block.digests.len() / 32).unwrap_or(i64::MAX);
        block.from_entry_number.saturating_add(entries.saturating_sub(1))
    };
    book.blocks
        .iter()
        .map(|block| (end(block), block.sha256.clone()))
        .collect()
}

fn root_of(stored: &LedgerRoot) -> Root {
    let bytes = |hash: &[u8]| <[u8; 32]>::try_from(hash).unwrap_or_default();
    let head = |head: &proto::xiangtu::homestead::v1::LedgerHead| Head {
        division: code(&head.division).to_owned(),
        last: head.last_entry_number,
        hash: bytes(&head.sha256),
    };
    Root {
        number: stored.root_number,
        previous: bytes(&stored.previous_sha256),
        moved: stored.moved_heads.iter().map(head).collect(),
    }
}

fn code(division: &str) -> &str {
    division.trim_start_matches("divisions/")
}
