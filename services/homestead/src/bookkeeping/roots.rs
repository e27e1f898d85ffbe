//! Roots over the chains of counties: making the next, and holding those that were made against what stands there.

use std::collections::{BTreeMap, HashSet};

use homestead_core::root::{self, Head, Roots};
use kit::{db::Tx, error::Result};
use proto::xiangtu::homestead::v1::{LedgerCheck, LedgerFinding};
use ring::signature::{ED25519, UnparsedPublicKey};

use super::{keys::Keys, recount::sha256};
use crate::{
    store::{
        root::{self as store, Root},
        seal::Seal,
    },
    wire::names,
};

/// The roots of a county, each with the heads that it moved.
pub async fn of_county(tx: &mut Tx, county: &str) -> Result<Vec<(Root, Vec<Head>)>> {
    let mut moved: BTreeMap<i64, Vec<Head>> = BTreeMap::new();
    for (number, head) in store::moved(tx, county).await? {
        moved.entry(number).or_default().push(head);
    }
    let roots = store::of_county(tx, county).await?;
    let with_heads = |root: Root| {
        let heads = moved.remove(&root.number).unwrap_or_default();
        (root, heads)
    };
    Ok(roots.into_iter().map(with_heads).collect())
}

/// How many roots the counties inside a division have, and which of them are not as they were signed.
pub async fn verify(tx: &mut Tx, division: &str, keys: &Keys) -> Result<(i64, Vec<LedgerFinding>)> {
    let (mut count, mut findings) = (0, Vec::new());
    for county in store::counties(tx, division).await? {
        let mut walk = Roots::new(sha256, &county);
        let mut met = HashSet::new();
        for (root, moved) in of_county(tx, &county).await? {
            let follows =
                walk.step(&root.step(moved), &root.hash) && i64::try_from(walk.books()) == Ok(root.book_count);
            let key = UnparsedPublicKey::new(&ED25519, &root.public_key);
            let unknown = keys
                .unknown(&root.public_key)
                .filter(|_| met.insert(root.public_key.clone()));
            if !follows || unknown.is_some() || key.verify(&root.hash, &root.signature).is_err() {
                let finding = finding(names::of("roots", root.id), root.number, 0);
                let detail = unknown.unwrap_or_default();
                findings.push(LedgerFinding { detail, ..finding });
            }
            count += 1;
        }
        // Heads tell of a root that was taken away.
        let stated = store::last_stated(tx, &county).await?;
        if stated > walk.number() {
            findings.push(finding(names::of("divisions", &county), stated, walk.number()));
        }
    }
    Ok((count, findings))
}

/// What roots state of a book and no longer holds: its end was cut off, or it was written anew.
pub async fn lost(tx: &mut Tx, book: &str, seals: &[Seal]) -> Result<Option<LedgerFinding>> {
    let last = |seal: &Seal| seal.block.from + seal.block.len() - 1;
    let blocks = seals.iter().map(|seal| (last(seal), seal.hash.clone())).collect();
    let heads = store::of_book(tx, book).await?;
    let lost = root::lost(&heads, &blocks).map(|head| {
        let found = seals.last().map_or(0, last);
        finding(names::of("divisions", book), head.last, found)
    });
    Ok(lost)
}

fn finding(subject: String, expected: i64, found: i64) -> LedgerFinding {
    LedgerFinding {
        check: LedgerCheck::RootsHold.into(),
        subject,
        expected,
        found,
        detail: String::new(),
    }
}
