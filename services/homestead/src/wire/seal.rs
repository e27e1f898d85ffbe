//! Sealed entries and blocks for the wire.

use homestead_core::root::Head;
use proto::xiangtu::homestead::v1::{
    LedgerHead, LedgerRecord, LedgerRoot, SealedBlock, SealedEntry, ledger_record::Record,
};

use super::names;
use crate::store::{
    root::Root,
    seal::{Seal, Whole},
};

/// A root with the heads that it moved, which only exports tell.
pub fn root(root: Root, moved: Vec<Head>) -> LedgerRoot {
    let head = |head: Head| LedgerHead {
        division: names::of("divisions", head.division),
        last_entry_number: head.last,
        sha256: head.hash.to_vec(),
    };
    LedgerRoot {
        name: names::of("roots", root.id),
        division: names::of("divisions", &root.division_code),
        root_number: root.number,
        previous_sha256: root.previous,
        book_count: root.book_count,
        sha256: root.hash,
        signature: root.signature,
        public_key: root.public_key,
        root_time: Some(kit::dates::timestamp(root.rooted_at)),
        moved_heads: moved.into_iter().map(head).collect(),
    }
}

/// A block for an export.
pub fn block(seal: Seal) -> LedgerRecord {
    let block = SealedBlock {
        division: names::of("divisions", &seal.block.division),
        from_entry_number: seal.block.from,
        previous_sha256: seal.block.previous.to_vec(),
        digests: seal.block.digests,
        sha256: seal.hash,
        signature: seal.signature,
        public_key: seal.public_key,
        seal_time: Some(kit::dates::timestamp(seal.sealed_at)),
    };
    LedgerRecord {
        record: Some(Record::Block(block)),
    }
}

/// An entry for an export.
pub fn entry(entry: &Whole) -> LedgerRecord {
    let entry = SealedEntry {
        division: names::of("divisions", &entry.division_code),
        entry_number: entry.entry_number,
        fields: entry.fields(),
    };
    LedgerRecord {
        record: Some(Record::Entry(entry)),
    }
}
