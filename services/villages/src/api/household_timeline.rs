//! A household over all its time, to be changed: what is amended must lie in the caller's division as a whole.

use kit::{
    call::Call,
    db::Tx,
    error::{Error, Result},
    etag,
};
use time::{Date, OffsetDateTime};
use villages_core::timeline::{self, Amended, Aspect, NotEnded, Span};

use super::honour_figure;
use crate::{
    store::{
        division,
        household::{self, HouseholdRow},
        household_life as life, points,
    },
    wire,
};

/// The versions of a household.
pub(super) struct Timeline {
    name: String,
    scope: String,
    date: Date,
    spans: Vec<Span<HouseholdRow>>,
}

impl Timeline {
    /// The household `id`, to be changed from `date` on; `NOT_FOUND` where the caller does not see it then.
    pub(super) async fn open(tx: &mut Tx, call: &Call, id: &str, date: Date) -> Result<Self> {
        let versions = life::household_versions(tx, id).await?;
        let timeline = Self {
            name: wire::household::name(id),
            scope: call.caller.scope.clone(),
            date,
            spans: versions.into_iter().map(span).collect(),
        };
        timeline.standing()?;
        Ok(timeline)
    }

    /// As it is on the day of the change.
    pub(super) fn standing(&self) -> Result<&HouseholdRow> {
        let span = self.spans.iter().find(|span| span.holds(self.date));
        span.map(|span| &span.value)
            .filter(|row| row.division_code.starts_with(&self.scope))
            .ok_or_else(|| Error::not_found(&self.name))
    }

    /// `ABORTED` if the caller read another state.
    pub(super) fn check(&self, given: &str) -> Result<()> {
        etag::check(given, &wire::household::etag(self.standing()?), &self.name)
    }

    /// Refuses what would contradict an end that is known already.
    pub(super) fn require_lasting(&self) -> Result<()> {
        match self.spans.last().and_then(|span| span.until) {
            Some(end) => Err(self.later(end)),
            None => Ok(()),
        }
    }

    /// What a change of `aspects` makes of it.
    pub(super) fn amended(&self, aspects: &[Aspect<'_, HouseholdRow>]) -> Result<Amended<HouseholdRow>> {
        let amended = timeline::amend(&self.spans, self.date, aspects);
        let amended = amended.ok_or_else(|| Error::not_found(&self.name))?;
        let replaced = self.spans.get(amended.replaced.clone()).unwrap_or_default();
        match replaced
            .iter()
            .find(|span| !span.value.division_code.starts_with(&self.scope))
        {
            Some(elsewhere) => {
                let message = format!(
                    "{} is registered in another division from {} on",
                    self.name, elsewhere.from
                );
                let zh = format!("该户自 {} 起在其他区划登记，请由上级办理", elsewhere.from);
                Err(Error::rule("HOUSEHOLD_ELSEWHERE", &self.name, message, zh))
            }
            None => Ok(amended),
        }
    }

    /// What its end makes of it.
    pub(super) fn ended(&self) -> Result<Amended<HouseholdRow>> {
        timeline::end(&self.spans, self.date).map_err(|refused| match refused {
            NotEnded::Absent => Error::not_found(&self.name),
            NotEnded::FirstDay => self.later(self.date),
            NotEnded::Later(day) => self.later(day),
        })
    }

    /// Keeps what was amended, and gives the household as it is on the day of the change, or was at its end.
    pub(super) async fn keep(
        &self,
        tx: &mut Tx,
        amended: &Amended<HouseholdRow>,
        now: OffsetDateTime,
    ) -> Result<HouseholdRow> {
        let replaced = self.spans.get(amended.replaced.clone()).unwrap_or_default();
        let replaced: Vec<i64> = replaced.iter().map(|span| span.value.id).collect();
        let rows: Vec<HouseholdRow> = amended.spans.iter().map(row).collect();
        life::versions_replace(tx, &replaced, &rows, now).await?;
        let present = household::household_get(tx, &self.standing()?.household_id, self.date).await?;
        present.map_or_else(|| self.standing().cloned(), Ok)
    }

    fn later(&self, day: Date) -> Error {
        let message = format!("{} begins, changes or ends on {day} already", self.name);
        let zh = format!("该户在 {day} 已有登记、变更或注销");
        Error::rule("HOUSEHOLD_LATER_CHANGE", &self.name, message, zh)
    }
}

fn span(row: HouseholdRow) -> Span<HouseholdRow> {
    Span {
        from: row.valid_from,
        until: row.valid_until,
        value: row,
    }
}

fn row(span: &Span<HouseholdRow>) -> HouseholdRow {
    HouseholdRow {
        valid_from: span.from,
        valid_until: span.until,
        ..span.value.clone()
    }
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
    let today = kit::dates::day_of(tx.now());
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
        crate::store::honour::village_lock(tx, village).await?;
    }
    Ok(governed)
}

/// States the courtyards of villages anew.
pub(super) async fn restate(ids: &kit::id::Ids, tx: &mut Tx, villages: &[String]) -> Result<()> {
    let today = kit::dates::day_of(tx.now());
    for village in villages {
        honour_figure::record(ids, tx, village, today).await?;
    }
    Ok(())
}
