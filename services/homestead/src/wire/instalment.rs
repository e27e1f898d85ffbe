//! Agreements on instalments: checked on the way in, told on the way out.

use std::collections::BTreeSet;

use homestead_core::instalment::{self, Instalment, Standing, State};
use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{
    AgreeInstalmentsRequest, Instalment as WireInstalment, InstalmentPlan, InstalmentPlanState, InstalmentsAgreed,
    InstalmentsDefaulted,
};
use time::{Date, Duration};
use uuid::Uuid;

use super::{checks, names};
use crate::store::instalment::{ACTIVE, DEFAULTED, FULFILLED, Plan};

/// Most bills that a request names.
const MOST_BILLS: usize = 100;
/// Days that a due date may lie ahead.
const LONGEST: Duration = Duration::days(3_653);

/// An agreement as a caller states it, checked.
#[derive(Debug, PartialEq, Eq)]
pub struct Stated {
    /// Empty for all open bills.
    pub bills: Vec<Uuid>,
    pub due_on: Vec<Date>,
    pub grace_days: u8,
    pub document: String,
}

/// Checks an agreement.
pub fn stated(request: &AgreeInstalmentsRequest, today: Date) -> Result<Stated> {
    if request.bills.len() > MOST_BILLS {
        return Err(Error::invalid("bills", request.bills.len(), "at most 100"));
    }
    let mut bills = BTreeSet::new();
    for (at, name) in request.bills.iter().enumerate() {
        let field = format!("bills[{at}]");
        if !bills.insert(names::uid("bills", &field, name)?) {
            return Err(Error::invalid(&field, name, "each bill once"));
        }
    }
    let grace = request.grace_days.unwrap_or(15);
    let grace_days = u8::try_from(grace).ok().filter(|days| *days <= 90);
    Ok(Stated {
        bills: bills.into_iter().collect(),
        due_on: if request.due_dates.is_empty() {
            regular(request, today)?
        } else {
            explicit(request, today)?
        },
        grace_days: grace_days.ok_or_else(|| Error::invalid("grace_days", grace, "0–90"))?,
        document: checks::text("document", &request.document, 1..=200)?,
    })
}

fn regular(request: &AgreeInstalmentsRequest, today: Date) -> Result<Vec<Date>> {
    let count = within("instalment_count", request.instalment_count, 2, 60)?;
    let months = match request.interval_months {
        0 => 1,
        months => within("interval_months", months, 1, 12)?,
    };
    let first = dates::required("first_due_date", request.first_due_date)?;
    ahead("first_due_date", first, today)?;
    let due_on = instalment::due_dates(first, months, count).unwrap_or_default();
    match due_on.last() {
        Some(last) if *last - today <= LONGEST => Ok(due_on),
        _ => Err(Error::invalid(
            "instalment_count",
            count,
            "no due date later than ten years ahead",
        )),
    }
}

fn explicit(request: &AgreeInstalmentsRequest, today: Date) -> Result<Vec<Date>> {
    checks::unset("instalment_count", request.instalment_count != 0, "no due_dates")?;
    checks::unset("first_due_date", request.first_due_date.is_some(), "no due_dates")?;
    checks::unset("interval_months", request.interval_months != 0, "no due_dates")?;
    if !(2..=60).contains(&request.due_dates.len()) {
        return Err(Error::invalid("due_dates", request.due_dates.len(), "2–60 dates"));
    }
    let mut due_on: Vec<Date> = Vec::with_capacity(request.due_dates.len());
    for (at, date) in request.due_dates.iter().enumerate() {
        let field = format!("due_dates[{at}]");
        let date = dates::required(&field, Some(*date))?;
        ahead(&field, date, today)?;
        if let Some(before) = due_on.last().filter(|before| **before >= date) {
            return Err(Error::invalid(&field, date, format!("after the one before, {before}")));
        }
        due_on.push(date);
    }
    Ok(due_on)
}

fn within(field: &str, number: i32, least: u8, most: u8) -> Result<u8> {
    let fits = u8::try_from(number).ok().filter(|one| (least..=most).contains(one));
    fits.ok_or_else(|| Error::invalid(field, number, format!("{least}–{most}")))
}

fn ahead(field: &str, date: Date, today: Date) -> Result<()> {
    if date < today || date - today > LONGEST {
        let allowed = format!("not before today, {today}, and at most ten years ahead");
        return Err(Error::invalid(field, date, allowed));
    }
    Ok(())
}

/// Where an agreement stands on `today` by what is owed on its bills.
pub fn standing(row: &Plan, today: Date) -> Standing {
    let grace_days = u8::try_from(row.grace_days).unwrap_or(u8::MAX);
    instalment::standing(
        &instalments(row),
        row.agreed_fen - row.outstanding_fen,
        today,
        grace_days,
    )
}

/// The state that an agreement is in on `today`: what is recorded, unless it changes by itself.
pub fn state(row: &Plan, standing: &Standing) -> i16 {
    match (row.state, standing.state) {
        (ACTIVE | FULFILLED, State::Kept) => ACTIVE,
        (ACTIVE | FULFILLED, State::Fulfilled) => FULFILLED,
        (ACTIVE | FULFILLED, State::Defaulted) => DEFAULTED,
        (ended, _) => ended,
    }
}

fn instalments(row: &Plan) -> Vec<Instalment> {
    let both = row.due_on.iter().zip(&row.amount_fen);
    both.map(|(due_on, amount_fen)| Instalment {
        due_on: *due_on,
        amount_fen: *amount_fen,
    })
    .collect()
}

/// An agreement for the wire, as it stands on `today`.
pub fn plan(row: &Plan, today: Date) -> InstalmentPlan {
    let standing = standing(row, today);
    let state = state(row, &standing);
    let paid_fen = (row.agreed_fen - row.outstanding_fen).max(0);
    let mut rest = paid_fen;
    let told = (1..).zip(instalments(row)).map(|(number, one)| {
        let covered_fen = rest.min(one.amount_fen);
        rest -= covered_fen;
        WireInstalment {
            instalment_number: number,
            due_date: Some(dates::to_proto(one.due_on)),
            amount_fen: one.amount_fen,
            covered_fen,
        }
    });
    let active = state == ACTIVE;
    InstalmentPlan {
        name: names::of("instalmentPlans", row.id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        bills: row.bills.iter().map(|id| names::of("bills", id)).collect(),
        agreement_date: Some(dates::to_proto(row.agreed_on)),
        agreed_fen: row.agreed_fen,
        grace_days: i32::from(row.grace_days),
        document: row.document.clone(),
        instalments: told.collect(),
        state: i32::from(state),
        paid_fen,
        outstanding_fen: row.outstanding_fen,
        overdue_fen: if active { standing.overdue_fen } else { 0 },
        next_due_date: standing
            .next
            .filter(|_| active)
            .map(|next| dates::to_proto(next.due_on)),
        end_date: row.ended_on.filter(|_| !active).map(dates::to_proto),
        reason: row.reason.clone(),
        recorder: row.recorded_by.clone(),
        create_time: Some(dates::timestamp(row.recorded_at)),
    }
}

/// The state that a list is about; `None` for all.
pub fn wanted(state: InstalmentPlanState, number: i32) -> Result<Option<i16>> {
    if state == InstalmentPlanState::Unspecified {
        if number != 0 {
            return Err(Error::invalid("state", number, "a state of an agreement"));
        }
        return Ok(None);
    }
    i16::try_from(number).map(Some).map_err(Error::internal)
}

/// That it was agreed.
pub fn agreed(row: &Plan) -> InstalmentsAgreed {
    InstalmentsAgreed {
        instalment_plan: names::of("instalmentPlans", row.id),
        division: names::of("divisions", &row.division_code),
        household: names::of("households", &row.household_id),
        agreement_date: Some(dates::to_proto(row.agreed_on)),
        agreed_fen: row.agreed_fen,
        instalment_count: i32::try_from(row.due_on.len()).unwrap_or(i32::MAX),
        first_due_date: row.due_on.first().copied().map(dates::to_proto),
        last_due_date: row.due_on.last().copied().map(dates::to_proto),
    }
}

/// That it was not kept, as found on `today`.
pub fn defaulted(row: &Plan, standing: &Standing, today: Date) -> InstalmentsDefaulted {
    InstalmentsDefaulted {
        instalment_plan: names::of("instalmentPlans", row.id),
        division: names::of("divisions", &row.division_code),
        household: names::of("households", &row.household_id),
        default_date: Some(dates::to_proto(today)),
        due_date: standing.next.map(|next| dates::to_proto(next.due_on)),
        overdue_fen: standing.overdue_fen,
        outstanding_fen: row.outstanding_fen,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2025 - 03 - 01);

    fn request() -> AgreeInstalmentsRequest {
        AgreeInstalmentsRequest {
            instalment_count: 3,
            first_due_date: Some(dates::to_proto(date!(2025 - 03 - 31))),
            document: "协议 1".to_owned(),
            ..AgreeInstalmentsRequest::default()
        }
    }

    #[test]
    fn dates_are_given_one_way_or_the_other() {
        let regular = stated(&request(), TODAY).expect("stated");
        assert_eq!(
            regular.due_on,
            [date!(2025 - 03 - 31), date!(2025 - 04 - 30), date!(2025 - 05 - 31)]
        );
        assert_eq!(regular.grace_days, 15);
        let explicit = AgreeInstalmentsRequest {
            due_dates: vec![dates::to_proto(TODAY), dates::to_proto(date!(2025 - 03 - 02))],
            document: "协议 1".to_owned(),
            ..AgreeInstalmentsRequest::default()
        };
        assert_eq!(
            stated(&explicit, TODAY).expect("stated").due_on,
            [TODAY, date!(2025 - 03 - 02)]
        );
        let both = AgreeInstalmentsRequest {
            due_dates: explicit.due_dates.clone(),
            ..request()
        };
        let turned = AgreeInstalmentsRequest {
            due_dates: explicit.due_dates.iter().rev().copied().collect(),
            ..explicit
        };
        let one = |change: fn(&mut AgreeInstalmentsRequest)| {
            let mut one = request();
            change(&mut one);
            one
        };
        for (field, bad) in [
            ("instalment_count", both),
            ("due_dates[1]", turned),
            ("instalment_count", one(|one| one.instalment_count = 61)),
            (
                "instalment_count",
                one(|one| (one.instalment_count, one.interval_months) = (60, 12)),
            ),
            ("interval_months", one(|one| one.interval_months = 13)),
            ("grace_days", one(|one| one.grace_days = Some(91))),
            ("document", one(|one| one.document.clear())),
            (
                "first_due_date",
                one(|one| one.first_due_date = Some(dates::to_proto(date!(2025 - 02 - 28)))),
            ),
            ("bills[0]", one(|one| one.bills = vec!["bills/1".to_owned()])),
        ] {
            let error = stated(&bad, TODAY).expect_err(field);
            assert_eq!(error.violations()[0].field, field);
        }
    }
}
