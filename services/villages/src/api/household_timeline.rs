//! What changes of households have in common.

use kit::{
    call::Call,
    dates,
    db::Tx,
    error::{Error, Result},
    etag,
    id::Ids,
};
use time::{Date, OffsetDateTime};
use villages_core::timeline::Amended;

use super::{honour_figure, timeline::Timeline};
use crate::{
    store::{
        division, honour,
        household::{self, HouseholdRow},
        household_life as life, points,
    },
    wire,
};

/// The household `id`, to be changed from `date` on; `NOT_FOUND` where the caller does not see it then.
pub(super) async fn open(tx: &mut Tx, call: &Call, id: &str, date: Date) -> Result<Timeline<HouseholdRow>> {
    let versions = life::household_versions(tx, id).await?;
    Timeline::open(wire::household::name(id), versions, call, date)
}

/// `ABORTED` if the caller read another state.
pub(super) fn check(given: &str, row: &HouseholdRow) -> Result<()> {
    etag::check(
        given,
        &wire::household::etag(row),
        &wire::household::name(&row.household_id),
    )
}

/// Keeps what was amended, and gives the household as it is on the day of the change, or was at its end.
pub(super) async fn keep(
    tx: &mut Tx,
    timeline: &Timeline<HouseholdRow>,
    amended: &Amended<HouseholdRow>,
    date: Date,
    now: OffsetDateTime,
) -> Result<HouseholdRow> {
    let (replaced, rows) = timeline.rows(amended);
    life::versions_replace(tx, &replaced, &rows, now).await?;
    let before = timeline.standing()?;
    let present = household::household_get(tx, &before.household_id, date).await?;
    Ok(present.unwrap_or_else(|| before.clone()))
}

/// Adds a household, and gives it as it is on its first day.
pub(super) async fn begin(tx: &mut Tx, new: &HouseholdRow, now: OffsetDateTime) -> Result<HouseholdRow> {
    let name = wire::household::name(&new.household_id);
    if life::number_used(tx, &new.household_id).await? {
        return Err(Error::exists(name));
    }
    life::versions_replace(tx, &[], std::slice::from_ref(new), now).await?;
    let row = household::household_get(tx, &new.household_id, new.valid_from).await?;
    row.ok_or_else(|| Error::internal("a household written is not there"))
}

/// `NOT_FOUND` if the village or the group of a household is not in force on `date`.
pub(super) async fn require_place(tx: &mut Tx, village: &str, group: Option<&str>, date: Date) -> Result<()> {
    for code in std::iter::once(village).chain(group) {
        if division::division_get(tx, code, date).await?.is_none() {
            return Err(Error::not_found(wire::division::name(code)));
        }
    }
    Ok(())
}

/// Refuses an ID number that is in force in another household; that is named only to those who may see it.
pub(super) async fn require_own_number(
    tx: &mut Tx,
    call: &Call,
    blind: Option<&[u8]>,
    household: &str,
    date: Date,
) -> Result<()> {
    let Some(blind) = blind else { return Ok(()) };
    let Some(holder) = life::id_number_holder(tx, blind, date, household).await? else {
        return Ok(());
    };
    let (name, zh) = if holder.division_code.starts_with(&call.caller.scope) {
        let other = wire::household::name(&holder.household_id);
        (other.clone(), other)
    } else {
        ("another household".to_owned(), "其他农户".to_owned())
    };
    let message = format!("the ID number is in force in {name} on {date} or later");
    let zh = format!("该身份证号在 {date} 当日或之后登记于 {zh}");
    let subject = wire::household::name(household);
    Err(Error::rule("ID_NUMBER_IN_USE", subject, message, zh))
}

/// Villages whose figure of courtyards follows a change, after waiting for decisions about their honours; none where the
/// change lies ahead. A village that was merged into one outside the caller's division is left to whoever decides there next.
pub(super) async fn courtyards(tx: &mut Tx, call: &Call, villages: &[&str], date: Date) -> Result<Vec<String>> {
    let today = dates::day_of(tx.now());
    if date > today {
        return Ok(Vec::new());
    }
    let days = vec![today; villages.len()];
    let governing = points::governing(tx, villages, &days).await?;
    let mut governed: Vec<String> = governing.into_iter().map(|at| at.governed).collect();
    governed.retain(|code| code.starts_with(&call.caller.scope));
    governed.sort_unstable();
    governed.dedup();
    for village in &governed {
        honour::village_lock(tx, village).await?;
    }
    Ok(governed)
}

/// States the courtyards of villages anew.
pub(super) async fn restate(ids: &Ids, tx: &mut Tx, villages: &[String]) -> Result<()> {
    let today = dates::day_of(tx.now());
    for village in villages {
        honour_figure::record(ids, tx, village, today).await?;
    }
    Ok(())
}
