//! The chain over a book's journal: blocks of entries, each with the digest of every entry and of the block before.
//!
//! An entry that is changed, removed, added or moved afterwards no longer has its digest, which names it; a digest that is
//! changed breaks its block, and a block that is changed breaks its signature.

/// SHA-256, given by whoever uses the chain.
pub type Hash = fn(&[u8]) -> [u8; 32];

/// What the first block of a book follows.
pub const BEGINNING: [u8; 32] = [0; 32];

/// Fields in one unambiguous form: each as its length in four bytes, most significant first, and its text.
#[derive(Debug, Default)]
pub struct Canonical(Vec<u8>);

impl Canonical {
    /// Adds a field.
    pub fn field(&mut self, value: impl std::fmt::Display) -> &mut Self {
        let text = value.to_string();
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    /// Adds bytes whose length is known to whoever reads them.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    /// Digest of all fields.
    pub fn digest(&self, hash: Hash) -> [u8; 32] {
        hash(&self.0)
    }
}

/// A block: entries with the numbers `from`, `from` + 1, … of one book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Code of the village whose book it seals.
    pub division: String,
    /// Number of the first entry.
    pub from: i64,
    /// Hash of the block before; [`BEGINNING`] for the first.
    pub previous: [u8; 32],
    /// Digests of its entries in order of their numbers, 32 bytes each.
    pub digests: Vec<u8>,
}

impl Block {
    /// How many entries it seals.
    pub fn len(&self) -> i64 {
        i64::try_from(self.digests.len() / 32).unwrap_or(i64::MAX)
    }

    /// True if it seals nothing.
    pub fn is_empty(&self) -> bool {
        self.digests.is_empty()
    }

    /// The hash that the next block names and that is signed.
    pub fn hash(&self, hash: Hash) -> [u8; 32] {
        let mut canonical = Canonical::default();
        canonical
            .field("xiangtu homestead ledger block 1")
            .field(&self.division)
            .field(self.from)
            .bytes(&self.previous)
            .bytes(&self.digests);
        canonical.digest(hash)
    }
}

/// Something that is not as it was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The entry with this number has another digest, or is gone.
    Entry(i64),
    /// The block that begins with this entry does not follow the one before, or has another hash.
    Block(i64),
}

/// Walks along the chain of one book.
#[derive(Debug)]
pub struct Walk {
    hash: Hash,
    next: i64,
    previous: [u8; 32],
}

impl Walk {
    /// At the beginning of a book.
    pub fn new(hash: Hash) -> Self {
        Self {
            hash,
            next: 1,
            previous: BEGINNING,
        }
    }

    /// Number of the first entry that is not sealed as far as was walked.
    pub fn next(&self) -> i64 {
        self.next
    }

    /// Takes a block, whose stored hash is `stored`, and the digests of the entries as they are now.
    pub fn step(&mut self, block: &Block, stored: &[u8], entries: &[(i64, [u8; 32])]) -> Vec<Fault> {
        let mut faults = Vec::new();
        let computed = block.hash(self.hash);
        if block.previous != self.previous
            || block.from != self.next
            || computed != stored
            || !block.digests.len().is_multiple_of(32)
        {
            faults.push(Fault::Block(block.from));
        }
        for (number, sealed) in (block.from..).zip(block.digests.chunks(32)) {
            let now = entries
                .iter()
                .filter(|(at, _)| *at == number)
                .map(|(_, digest)| digest.as_slice());
            if now.collect::<Vec<_>>() != [sealed] {
                faults.push(Fault::Entry(number));
            }
        }
        self.next = block.from + block.len();
        // By what was stored: one broken block is one fault, not one for every block after it.
        self.previous = <[u8; 32]>::try_from(stored).unwrap_or(computed);
        faults
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// FNV-1a over four lanes: good enough to tell single bytes apart.
    fn toy(bytes: &[u8]) -> [u8; 32] {
        let mut out = [0; 32];
        for (lane, part) in out.chunks_mut(8).enumerate() {
            let seed = 0xcbf2_9ce4_8422_2325_u64 ^ u64::try_from(lane).expect("small");
            let sum = bytes.iter().fold(seed, |sum, byte| {
                (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            part.copy_from_slice(&sum.to_be_bytes());
        }
        out
    }

    fn digest(text: &str) -> [u8; 32] {
        Canonical::default().field(text).digest(toy)
    }

    /// Blocks with their stored hashes.
    fn sealed(entries: &[String], size: usize) -> Vec<(Block, Vec<u8>)> {
        let mut previous = BEGINNING;
        let mut blocks = Vec::new();
        for (at, part) in entries.chunks(size).enumerate() {
            let block = Block {
                division: "410225001213".to_owned(),
                from: i64::try_from(at * size).expect("small") + 1,
                previous,
                digests: part.iter().flat_map(|text| digest(text)).collect(),
            };
            previous = block.hash(toy);
            blocks.push((block, previous.to_vec()));
        }
        blocks
    }

    fn walk(entries: &[String], blocks: &[(Block, Vec<u8>)]) -> Vec<Fault> {
        let digests: Vec<_> = (1..).zip(entries.iter().map(|text| digest(text))).collect();
        let mut walk = Walk::new(toy);
        blocks
            .iter()
            .flat_map(|(block, stored)| walk.step(block, stored, &digests))
            .collect()
    }

    #[test]
    fn fields_are_told_apart() {
        let of = |fields: &[&str]| {
            let mut canonical = Canonical::default();
            for field in fields {
                canonical.field(field);
            }
            canonical.0
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_ne!(of(&["", "a"]), of(&["a", ""]));
    }

    proptest! {
        #[test]
        fn one_flipped_byte_is_named(
            entries in proptest::collection::vec("[a-z]{1,9}", 1..40),
            size in 1..7_usize,
            what in 0..4_u8,
            at in 0..10_000_usize,
            bit in 0..8_u8,
        ) {
            let blocks = sealed(&entries, size);
            prop_assert_eq!(walk(&entries, &blocks), []);
            let (mut entries, mut blocks) = (entries, blocks);
            let named = match what {
                0 => {
                    let number = at % entries.len();
                    let mut bytes = entries[number].clone().into_bytes();
                    bytes[0] ^= 1;
                    entries[number] = String::from_utf8(bytes).expect("ASCII");
                    Fault::Entry(i64::try_from(number).expect("small") + 1)
                }
                1 => {
                    let which = at % blocks.len();
                    let byte = at % blocks[which].0.digests.len();
                    blocks[which].0.digests[byte] ^= 1 << bit;
                    Fault::Block(blocks[which].0.from)
                }
                2 => {
                    let which = at % blocks.len();
                    blocks[which].0.previous[at % 32] ^= 1 << bit;
                    Fault::Block(blocks[which].0.from)
                }
                _ => {
                    let which = at % blocks.len();
                    blocks[which].1[at % 32] ^= 1 << bit;
                    Fault::Block(blocks[which].0.from)
                }
            };
            let faults = walk(&entries, &blocks);
            prop_assert!(faults.contains(&named), "{faults:?} without {named:?}");
        }
    }
}
