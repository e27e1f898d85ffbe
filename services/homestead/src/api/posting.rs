//! What every call shares that posts an entry of its own: hold the book, work the entry out, post it, answer it.

use homestead_core::entry::{Kind, Move};
use kit::{
    call::Call,
    db::Tx,
    error::{Error, Result},
};
use prost::Message;
use proto::xiangtu::homestead::v1::Entry;
use sha2::{Digest as _, Sha256};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    store::{
        entry,
        household::{self, Household},
        journal::{self, NewEntry},
    },
    wire::{self, names, payment::request_id},
};

/// The household with `name`, with the book of its village held: what is read from now on cannot change before the commit.
pub(super) async fn hold(tx: &mut Tx, name: &str) -> Result<Household> {
    let id = names::found("households", name)?;
    let household = household::household_get(tx, id)
        .await?
        .ok_or_else(|| Error::not_found(name))?;
    journal::books_hold(tx, &[&household.division_code]).await?;
    Ok(household)
}

/// An entry to be posted under the request's id.
pub(super) struct Draft<'a> {
    pub kind: Kind,
    pub division_code: &'a str,
    pub household_id: &'a str,
    pub cadre_id: &'a str,
    pub effective_on: Date,
    pub document: &'a str,
    pub reverses: Option<Uuid>,
    pub moves: &'a [Move<Uuid>],
}

/// Posts `draft` under `id`; gives when.
pub(super) async fn post<M: Message>(
    tx: &mut Tx,
    call: &Call,
    id: &str,
    request: &M,
    draft: &Draft<'_>,
) -> Result<OffsetDateTime> {
    let id = request_id(id)?;
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
        principal: &call.caller.subject,
        moves: draft.moves,
    };
    let now = tx.now();
    let entered = journal::post(tx, &entry, now)
        .await
        .map_err(|error| refused(error, draft))?;
    match entered.outcome {
        0 | 1 => Ok(entered.posted_at),
        _ => Err(Error::invalid_because(
            "REQUEST_ID_REUSED",
            "request_id",
            id,
            "not used before with another request body",
        )),
    }
}

/// The entry that stands under `id`, for the answer.
pub(super) async fn entered(tx: &mut Tx, id: &str) -> Result<Entry> {
    let row = entry::entry_get(tx, request_id(id)?).await?;
    let ids: Vec<_> = row.iter().map(|row| row.id).collect();
    let postings = entry::postings_of(tx, &ids).await?;
    wire::ledger::entries(row.into_iter().collect(), postings)
        .pop()
        .ok_or_else(|| Error::internal("an entry that was just posted is missing"))
}

fn refused(error: sqlx::Error, draft: &Draft<'_>) -> Error {
    if journal::is_closed(&error) {
        closed(draft.division_code, draft.effective_on)
    } else {
        error.into()
    }
}

/// The refusal of what would take effect in a closed period.
pub(crate) fn closed(village: &str, day: Date) -> Error {
    Error::rule(
        "PERIOD_CLOSED",
        names::of("divisions", village),
        format!("the books of this village are closed beyond {day}: let it take effect later"),
        format!("账期已结，{day} 的业务不能再入账，请使用结账日之后的日期"),
    )
}
