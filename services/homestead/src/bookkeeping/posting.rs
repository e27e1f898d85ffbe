//! What everybody shares who posts an entry of their own: hold the book, work the entry out, post it, answer it.

use homestead_core::entry::{Account, Kind, Move};
use kit::{
    db::Tx,
    error::{Error, Result},
};
use prost::Message;
use proto::xiangtu::homestead::v1::{AccountAdjusted, Entry};
use sha2::{Digest as _, Sha256};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    store::{
        entry,
        household::{self, Household},
        journal::{self, NewEntry},
    },
    wire::{self, names},
};

/// The household with `name`, with the book of its village held: what is read from now on cannot change before the commit.
pub async fn hold(tx: &mut Tx, name: &str) -> Result<Household> {
    let id = names::found("households", name)?;
    let household = household::household_get(tx, id)
        .await?
        .ok_or_else(|| Error::not_found(name))?;
    journal::books_hold(tx, &[&household.division_code]).await?;
    Ok(household)
}

/// An entry to be posted.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    pub kind: Kind,
    pub division_code: &'a str,
    pub household_id: &'a str,
    /// Whose cash is moved; empty where none is.
    pub cadre_id: &'a str,
    pub effective_on: Date,
    pub document: &'a str,
    pub reverses: Option<Uuid>,
    pub moves: &'a [Move<Uuid>],
}

impl<'a> Draft<'a> {
    /// An entry that concerns a household and no cash.
    pub fn of(
        kind: Kind,
        household: &'a Household,
        effective_on: Date,
        document: &'a str,
        moves: &'a [Move<Uuid>],
    ) -> Self {
        Self {
            kind,
            division_code: &household.division_code,
            household_id: &household.household_id,
            cadre_id: "",
            effective_on,
            document,
            reverses: None,
            moves,
        }
    }
}

/// `amount_fen` from `credit` to `debit`.
pub fn moved(debit: Account, credit: Account, amount_fen: i64, bill: Option<Uuid>) -> Move<Uuid> {
    Move {
        debit,
        credit,
        amount_fen,
        bill,
    }
}

/// Posts `draft` under `id`, which a repeat with the same `request` finds again, and tells the others of what settled with it;
/// gives when.
pub async fn post<M: Message>(tx: &mut Tx, id: Uuid, request: &M, draft: &Draft<'_>) -> Result<OffsetDateTime> {
    let principal = tx.principal().to_owned();
    let entry = NewEntry {
        id,
        sha256: &Sha256::digest(request.encode_to_vec()),
        kind: draft.kind,
        division_code: draft.division_code,
        household_id: draft.household_id,
        cadre_id: draft.cadre_id,
        effective_on: draft.effective_on,
        document: draft.document,
        reverses: draft.reverses,
        principal: &principal,
        moves: draft.moves,
    };
    let now = tx.now();
    let entered = journal::post(tx, &entry, now)
        .await
        .map_err(|error| refused(error, draft))?;
    match entered.outcome {
        0 | 1 => {
            if let Some(settlement) = entered.settlement {
                announce(tx, &[settlement]).await?;
            }
            Ok(entered.posted_at)
        }
        _ => Err(Error::invalid_because(
            "REQUEST_ID_REUSED",
            "request_id",
            id,
            "not used before with another request body",
        )),
    }
}

/// Refuses an entry that takes from `account` as of a day on which, or after which, that much was not there; `field` is the day's.
pub async fn covered(tx: &mut Tx, draft: &Draft<'_>, account: Account, field: &str) -> Result<()> {
    let holder = match account {
        Account::Cash => draft.cadre_id,
        _ => draft.household_id,
    };
    let amount_fen: i64 = draft.moves.iter().map(|one| one.amount_fen).sum();
    let first = journal::covered_from(tx, account, holder, draft.division_code, amount_fen).await?;
    let day = draft.effective_on;
    match first {
        Some(first) if first <= day => Ok(()),
        Some(first) => {
            let allowed = format!("not before {first}, since when {amount_fen} fen have always been there");
            Err(Error::invalid(field, day, allowed))
        }
        None => Err(Error::invalid(
            field,
            day,
            format!("a day since which {amount_fen} fen are there"),
        )),
    }
}

/// Tells the others of the entries that stand under `ids`, and gives them by village and number.
pub async fn announce(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Entry>> {
    let rows = entry::entries_by_id(tx, ids).await?;
    if rows.len() != ids.len() {
        return Err(Error::internal("an entry that was just posted is missing"));
    }
    let postings = entry::postings_of(tx, ids).await?;
    let entries = wire::ledger::entries(rows, postings);
    for entry in &entries {
        let event = AccountAdjusted {
            entry: entry.name.clone(),
            kind: entry.kind,
            division: entry.division.clone(),
            household: entry.household.clone(),
            amount_fen: entry.postings.iter().map(|posting| posting.amount_fen.max(0)).sum(),
        };
        let village = entry.division.trim_start_matches("divisions/");
        tx.emit("account.adjusted", village, &entry.name, &event);
    }
    Ok(entries)
}

fn refused(error: sqlx::Error, draft: &Draft<'_>) -> Error {
    if journal::is_closed(&error) {
        closed(draft.division_code, draft.effective_on)
    } else {
        error.into()
    }
}

/// The refusal of what would take effect in a closed period.
pub fn closed(division: &str, day: Date) -> Error {
    Error::rule(
        "PERIOD_CLOSED",
        names::of("divisions", division),
        format!("the books are closed beyond {day}: let it take effect later"),
        format!("账期已结，{day} 的业务不能再入账，请使用结账日之后的日期"),
    )
}
