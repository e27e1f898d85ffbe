//! Sealed entries and blocks for the wire.

use proto::xiangtu::homestead::v1::{LedgerRecord, SealedBlock, SealedEntry, ledger_record::Record};

use super::names;
use crate::store::seal::{Seal, Whole};

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
