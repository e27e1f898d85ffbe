//! Roots over the chains of a county's books: one signed hash that states how far every book reached, and with which block.
//!
//! A chain alone does not show that its end was cut off, nor that whoever holds the key wrote a book anew. Whoever keeps a
//! root can show both: each head that it states must still be the end of a block of its book, with the same hash.
//!
//! The hash of a root is SHA-256 over the fields [`DOMAIN`], county, number and how many heads there are, then the hash of the
//! root before, then for each head in order of the village's code the fields village and last entry, and the hash of its block.
//! Fields have the form of [`Canonical`]. A root states every book that one before it stated, at the
//! same head or a later one.

use std::collections::BTreeMap;

use crate::chain::{BEGINNING, Canonical, Hash};

/// What sets roots apart from everything else that is signed.
pub const DOMAIN: &str = "xiangtu homestead ledger root 1";

/// Where the chain of a book ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Code of the village.
    pub division: String,
    /// Number of the last entry that is sealed.
    pub last: i64,
    /// Hash of the block that ends there.
    pub hash: [u8; 32],
}

/// Walks along the roots of one county, or makes the next.
#[derive(Debug, Clone)]
pub struct Roots {
    hash: Hash,
    county: String,
    number: i64,
    previous: [u8; 32],
    heads: BTreeMap<String, (i64, [u8; 32])>,
}

/// A root as it is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// 1, 2, … within the county.
    pub number: i64,
    /// Hash of the root before; [`BEGINNING`] in the first.
    pub previous: [u8; 32],
    /// Heads that are not where the root before stated them, by village.
    pub moved: Vec<Head>,
}

impl Roots {
    /// Before the first root of a county.
    pub fn new(hash: Hash, county: &str) -> Self {
        Self {
            hash,
            county: county.to_owned(),
            number: 0,
            previous: BEGINNING,
            heads: BTreeMap::new(),
        }
    }

    /// After a root whose hash is `previous`, with every head that it states.
    pub fn after(
        hash: Hash,
        county: &str,
        number: i64,
        previous: [u8; 32],
        heads: impl IntoIterator<Item = Head>,
    ) -> Self {
        Self {
            hash,
            county: county.to_owned(),
            number,
            previous,
            heads: heads
                .into_iter()
                .map(|head| (head.division, (head.last, head.hash)))
                .collect(),
        }
    }

    /// Number of the last root.
    pub fn number(&self) -> i64 {
        self.number
    }

    /// Books that the last root states.
    pub fn books(&self) -> usize {
        self.heads.len()
    }

    /// The next root over the heads as they are now, with its hash; none if no book went on. A book that is shorter than it
    /// was stays where it was stated, so that roots to come accuse it too.
    pub fn next(&self, now: Vec<Head>) -> Option<(Root, [u8; 32])> {
        let further = |head: &Head| self.heads.get(&head.division).is_none_or(|(last, _)| head.last > *last);
        let mut moved: Vec<_> = now.into_iter().filter(further).collect();
        moved.sort_unstable_by(|one, other| one.division.cmp(&other.division));
        let root = Root {
            number: self.number + 1,
            previous: self.previous,
            moved,
        };
        let mut after = self.clone();
        after.take(&root);
        let hash = after.digest(root.number, &root.previous);
        (!root.moved.is_empty()).then_some((root, hash))
    }

    /// Takes the next root, whose stored hash is `stored`; false if it does not follow the one before, moves a book back or to
    /// another county, or has another hash.
    pub fn step(&mut self, root: &Root, stored: &[u8]) -> bool {
        let forward = root.moved.iter().all(|head| {
            let further = self.heads.get(&head.division).is_none_or(|(last, _)| head.last > *last);
            further && head.last > 0 && head.division.starts_with(&self.county)
        });
        let follows = root.number == self.number + 1 && root.previous == self.previous;
        self.take(root);
        let computed = self.digest(root.number, &root.previous);
        self.number = root.number;
        // By what was stored: one broken root is one fault, not one for every root after it.
        self.previous = <[u8; 32]>::try_from(stored).unwrap_or(computed);
        forward && follows && computed == stored
    }

    fn take(&mut self, root: &Root) {
        for head in &root.moved {
            self.heads.insert(head.division.clone(), (head.last, head.hash));
        }
    }

    fn digest(&self, number: i64, previous: &[u8; 32]) -> [u8; 32] {
        let mut canonical = Canonical::default();
        canonical
            .field(DOMAIN)
            .field(&self.county)
            .field(number)
            .field(self.heads.len())
            .bytes(previous);
        for (division, (last, hash)) in &self.heads {
            canonical.field(division).field(last).bytes(hash);
        }
        canonical.digest(self.hash)
    }
}

/// The first of the heads that roots state of one book which is no longer the end of a block; `blocks` are the last entry and
/// hash of each of its blocks now.
pub fn lost<'a>(heads: &'a [Head], blocks: &BTreeMap<i64, Vec<u8>>) -> Option<&'a Head> {
    let held = |head: &&Head| blocks.get(&head.last).is_some_and(|hash| *hash == head.hash);
    heads.iter().find(|head| !held(head))
}

#[cfg(test)]
mod tests;
