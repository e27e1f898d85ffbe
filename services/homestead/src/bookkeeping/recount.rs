//! Recounting books: from their transfers, from the tariffs and days that bills follow from, and from the chain.

use std::collections::{HashMap, HashSet};

use futures::TryStreamExt as _;
use homestead_core::{
    chain::{Fault, Walk},
    occupation::{Stretch, charge_all},
    span::Span,
    tariff::{Charge, charge},
};
use kit::{db::Tx, error::Result};
use proto::xiangtu::homestead::v1::{LedgerCheck, LedgerFinding, VerifyLedgerResponse};
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use super::{keys::Keys, roots};
use crate::{
    store::{
        reassessment::{self, Reassessment},
        seal, tariff,
        verify::{self, Comparison},
    },
    wire::{self, names, tariff::class},
};

/// Entries that are read at once.
const ENTRIES_AT_ONCE: i64 = 1_000;
/// Most findings of a recount.
const MOST_FINDINGS: usize = 200;

/// SHA-256 for the chain.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Recounts the books of a division as they stand at one moment, signatures against the service's own `keys`.
pub async fn recount(tx: &mut Tx, division: &str, keys: &Keys) -> Result<VerifyLedgerResponse> {
    // One picture of all tables: payments go on meanwhile.
    verify::freeze(tx).await?;
    let counts = verify::counts(tx, division).await?;
    let mut findings = Vec::new();
    for comparison in Comparison::ALL {
        let limit = i64::try_from(MOST_FINDINGS).unwrap_or(i64::MAX);
        let found = verify::mismatches(tx, comparison, division, limit).await?;
        let finding = |mismatch| wire::ledger::finding(comparison, mismatch);
        findings.extend(found.into_iter().map(finding));
    }
    findings.extend(bills_against_tariffs(tx, division).await?);
    findings.extend(corrections_against_tariffs(tx, division).await?);
    let (sealed, broken) = chains(tx, division, keys).await?;
    findings.extend(broken);
    let (root_count, forged) = roots::verify(tx, division, keys).await?;
    findings.extend(forged);
    let consistent = findings.is_empty();
    findings.truncate(MOST_FINDINGS);
    Ok(VerifyLedgerResponse {
        consistent,
        findings,
        book_count: counts.books,
        entry_count: counts.entries,
        posting_count: counts.transfers * 2,
        debit_fen: counts.debit_fen,
        receipt_count: counts.receipts,
        sealed_entry_count: sealed,
        root_count,
    })
}

/// How many entries are sealed, and what no longer is as it was.
async fn chains(tx: &mut Tx, division: &str, keys: &Keys) -> Result<(i64, Vec<LedgerFinding>)> {
    let (mut sealed, mut findings) = (0, Vec::new());
    for book in seal::books(tx, division).await? {
        let mut walk = Walk::new(sha256);
        // An unknown key is named once a book: after a change of keys it signed all blocks.
        let mut met = HashSet::new();
        let seals = seal::of_book(tx, &book).await?;
        findings.extend(roots::lost(tx, &book, &seals).await?);
        let end = seals.iter().map(|stored| stored.block.from + stored.block.len()).max();
        let (digests, ids) = digests(tx, &book, end.unwrap_or(1)).await?;
        for stored in &seals {
            let block = &stored.block;
            let until = |number: i64| digests.partition_point(|(at, _)| *at < number);
            let digests = &digests[until(block.from)..until(block.from + block.len())];
            let mut faults = walk.step(block, &stored.hash, digests);
            let key = UnparsedPublicKey::new(&ED25519, &stored.public_key);
            if key.verify(&stored.hash, &stored.signature).is_err() && !faults.contains(&Fault::Block(block.from)) {
                faults.push(Fault::Block(block.from));
            }
            if let Some(detail) = keys
                .unknown(&stored.public_key)
                .filter(|_| met.insert(&stored.public_key))
            {
                faults.retain(|fault| *fault != Fault::Block(block.from));
                let finding = broken(&book, Fault::Block(block.from), &ids);
                findings.push(LedgerFinding { detail, ..finding });
            }
            sealed += block.len();
            findings.extend(faults.into_iter().map(|fault| broken(&book, fault, &ids)));
        }
        if findings.len() > MOST_FINDINGS {
            break;
        }
    }
    Ok((sealed, findings))
}

/// Digests of the entries of a book before number `end` as they are now, in order, and their ids. Read in large portions:
/// blocks are many and small where a book is sealed every few seconds.
async fn digests(tx: &mut Tx, book: &str, end: i64) -> Result<(Vec<(i64, [u8; 32])>, HashMap<i64, uuid::Uuid>)> {
    let (mut digests, mut ids, mut next) = (Vec::new(), HashMap::new(), 1);
    while next < end {
        let entries = seal::entries_from(tx, book, next, ENTRIES_AT_ONCE).await?;
        let Some(last) = entries.last() else { break };
        next = last.entry_number + 1;
        for entry in &entries {
            digests.push((entry.entry_number, entry.canonical().digest(sha256)));
            ids.insert(entry.entry_number, entry.id);
        }
    }
    Ok((digests, ids))
}

/// The entry by its id where it is still there, else the book.
fn broken(book: &str, fault: Fault, ids: &HashMap<i64, uuid::Uuid>) -> LedgerFinding {
    let number = match fault {
        Fault::Entry(number) | Fault::Block(number) => number,
    };
    let subject = match fault {
        Fault::Entry(number) if ids.contains_key(&number) => names::of("entries", ids[&number]),
        Fault::Entry(_) | Fault::Block(_) => names::of("divisions", book),
    };
    LedgerFinding {
        check: LedgerCheck::ChainUnbroken.into(),
        subject,
        expected: number,
        found: i64::from(matches!(fault, Fault::Entry(_))) * number,
        detail: String::new(),
    }
}

/// Bills whose charge does not follow from the tariff that they quote.
async fn bills_against_tariffs(tx: &mut Tx, division: &str) -> Result<Vec<LedgerFinding>> {
    let tariffs = tariff::tariff_all(tx).await?;
    let mut findings = Vec::new();
    let mut bills = verify::bills(tx, division);
    while let Some(bill) = bills.try_next().await? {
        let class = class(bill.relief_class.map(i32::from).unwrap_or_default());
        let charged = tariffs
            .iter()
            .find(|stored| stored.id == bill.tariff_id)
            .zip(Span::new(bill.from_on, bill.until_on))
            .and_then(|(stored, span)| charge(&stored.tariff, bill.over_dm2, class, span));
        if charged.is_none_or(|charge| (charge.gross_fen, charge.relief_fen) != (bill.gross_fen, bill.relief_fen)) {
            findings.push(unfounded(
                "bills",
                bill.id,
                charged.map_or(0, Charge::net_fen),
                bill.gross_fen - bill.relief_fen,
            ));
        }
        if findings.len() > MOST_FINDINGS {
            break;
        }
    }
    Ok(findings)
}

/// Corrections that do not follow from their days and areas, or whose entry and further bill move something else; and bills that,
/// after the last one, do not ask what follows from it and from the relief granted one by one.
async fn corrections_against_tariffs(tx: &mut Tx, division: &str) -> Result<Vec<LedgerFinding>> {
    let tariffs = tariff::tariff_all(tx).await?;
    let mut findings = Vec::new();
    let mut last: Option<Reassessment> = None;
    let mut corrections = reassessment::all(tx, division);
    while let Some(checked) = corrections.try_next().await? {
        let class = class(checked.relief_class.map(i32::from).unwrap_or_default());
        let charge = |stretches: &[Stretch]| {
            let stored = tariffs.iter().find(|stored| stored.id == checked.tariff_id)?;
            charge_all(&stored.tariff, stretches, class)
        };
        let row = checked.row;
        let after = charge(&row.after);
        let difference = charge(&row.before)
            .zip(after)
            .map(|(before, after)| (after.gross_fen - before.gross_fen, after.relief_fen - before.relief_fen));
        let net_fen = row.gross_fen - row.relief_fen;
        // It begins where the correction before, or the bill itself, left off.
        let begins_well = match last.as_ref().filter(|last| last.bill_id == row.bill_id) {
            Some(last) => last.after == row.before && last.number + 1 == row.number,
            None => row.number == 1 && row.before.len() == 1 && row.before[0].over_dm2 == checked.issued_dm2,
        };
        // Relief granted one by one may cover a part of the difference.
        let within = (net_fen.min(0)..=net_fen.max(0)).contains(&row.posted_fen);
        if !(begins_well
            && within
            && checked.moved_fen == row.posted_fen
            && difference == Some((row.gross_fen, row.relief_fen)))
        {
            findings.push(unfounded(
                "corrections",
                row.id,
                difference.map_or(0, |(gross, relief)| gross - relief),
                checked.moved_fen,
            ));
        }
        let asks = after.map_or(0, |after| (after.net_fen() - checked.granted_fen).max(0));
        if let Some(asked_fen) = checked.asked_fen.filter(|asked| *asked != asks) {
            findings.push(unfounded("bills", row.bill_id, asks, asked_fen));
        }
        if findings.len() > MOST_FINDINGS {
            break;
        }
        last = Some(row);
    }
    Ok(findings)
}

fn unfounded(collection: &str, id: uuid::Uuid, expected: i64, found: i64) -> LedgerFinding {
    LedgerFinding {
        check: LedgerCheck::BillsFollowTariff.into(),
        subject: names::of(collection, id),
        expected,
        found,
        detail: String::new(),
    }
}
