//! The work list: debtors put in order, and told.

use std::cmp::Reverse;

use homestead_core::dunning::{self, Outlook, Stage, Step};
use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{ArrearsCase, ArrearsHold, ArrearsPromise};
use time::Date;

use super::{
    collection::{stage, stage_number},
    limitation::Interruptions,
    names,
};
use crate::store::arrears::{Debtor, History};

/// A debtor with what the list is ordered by.
#[derive(Debug, PartialEq, Eq)]
pub struct Case {
    pub household_id: String,
    pub division_code: String,
    pub cadre_id: String,
    pub overdue_fen: i64,
    pub barred_fen: i64,
    pub oldest_due_on: Date,
    pub limitation_on: Date,
}

/// Where a case stands in the list: those with a claim to lose first, the nearest day first, the largest amount first.
pub type Key<'a> = (bool, Date, Reverse<i64>, &'a str);

impl Case {
    /// Reckons a debtor on `today`.
    pub fn new(debtor: Debtor, interruptions: &Interruptions, today: Date) -> Self {
        let bills = || {
            debtor
                .bills
                .iter()
                .zip(&debtor.original_due_on)
                .zip(&debtor.outstanding_fen)
        };
        let barred_on = |((bill, due_on), _): &((&uuid::Uuid, &Date), &i64)| interruptions.date(**bill, **due_on);
        let next = bills().map(|bill| barred_on(&bill)).filter(|day| *day > today).min();
        let last = bills().map(|bill| barred_on(&bill)).max();
        let barred = bills().filter(|bill| barred_on(bill) <= today);
        Self {
            overdue_fen: debtor.outstanding_fen.iter().sum(),
            barred_fen: barred.map(|(_, fen)| fen).sum(),
            oldest_due_on: debtor.due_on.first().copied().unwrap_or(today),
            limitation_on: next.or(last).unwrap_or(Date::MAX),
            household_id: debtor.household_id,
            division_code: debtor.division_code,
            cadre_id: debtor.cadre_id,
        }
    }

    /// Where it stands.
    pub fn key(&self) -> Key<'_> {
        let all_barred = self.barred_fen == self.overdue_fen;
        (
            all_barred,
            self.limitation_on,
            Reverse(self.overdue_fen),
            &self.household_id,
        )
    }

    /// The same as a page key.
    pub fn page_key(&self) -> String {
        let (barred, day, Reverse(fen), household) = self.key();
        format!("{}/{}/{fen}/{household}", u8::from(barred), day.to_julian_day())
    }
}

/// Reads a page key.
pub fn key(text: &str) -> Result<Key<'_>> {
    let parts: Vec<&str> = text.splitn(4, '/').collect();
    let [barred, day, fen, household] = parts.as_slice() else {
        return Err(Error::internal("a page key without slashes"));
    };
    let day = day.parse().map_err(Error::internal)?;
    Ok((
        *barred == "1",
        Date::from_julian_day(day).map_err(Error::internal)?,
        Reverse(fen.parse().map_err(Error::internal)?),
        household,
    ))
}

/// A case with its history for the wire; `steps` are the rules of its village, if any.
pub fn case(row: Case, history: Option<&History>, steps: Option<&[Step]>) -> ArrearsCase {
    let last = history.and_then(|row| {
        row.last_stage
            .and_then(|number| stage(i32::from(number)))
            .zip(row.last_on)
    });
    let visited_at = history.and_then(|row| row.visited_at);
    let debtor = dunning::Debtor {
        oldest_due_on: row.oldest_due_on,
        overdue_fen: row.overdue_fen,
        last,
        visited_on: visited_at.map(dates::day_of),
    };
    let (next, from, hold) = upcoming(steps, &debtor, history);
    let last = dunning::current(last, row.oldest_due_on);
    ArrearsCase {
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        cadre: names::of("cadres", &row.cadre_id),
        overdue_fen: row.overdue_fen,
        barred_fen: row.barred_fen,
        oldest_due_date: Some(dates::to_proto(row.oldest_due_on)),
        limitation_date: Some(dates::to_proto(row.limitation_on)),
        last_stage: last.map_or(0, |(stage, _)| i32::from(stage_number(stage))),
        last_stage_date: last.map(|(_, on)| dates::to_proto(on)),
        next_stage: next.map_or(0, |stage| i32::from(stage_number(stage))),
        next_stage_date: from.map(dates::to_proto),
        hold: hold.into(),
        objection: history
            .and_then(|row| row.objection_id)
            .map(|id| names::of("objections", id))
            .unwrap_or_default(),
        promise: history.and_then(promise),
        last_visit_time: visited_at.map(dates::timestamp),
    }
}

/// What comes next, from when on, and what it waits for.
fn upcoming(
    steps: Option<&[Step]>,
    debtor: &dunning::Debtor,
    history: Option<&History>,
) -> (Option<Stage>, Option<Date>, ArrearsHold) {
    let Some(steps) = steps else {
        return (None, None, ArrearsHold::NoRules);
    };
    let (next, from, hold) = match dunning::outlook(steps, debtor) {
        Outlook::Due(stage, from) => (Some(stage), Some(from), ArrearsHold::Unspecified),
        Outlook::Unvisited(stage) => (Some(stage), None, ArrearsHold::Visit),
        Outlook::Small(stage) => (Some(stage), None, ArrearsHold::Small),
        Outlook::AllTaken => (None, None, ArrearsHold::AllTaken),
    };
    // Who objects is left alone whatever the days say.
    match history {
        Some(row) if row.objection_id.is_some() => (next, None, ArrearsHold::Objection),
        Some(row) if row.disputed => (next, None, ArrearsHold::Disputed),
        _ => (next, from, hold),
    }
}

fn promise(row: &History) -> Option<ArrearsPromise> {
    Some(ArrearsPromise {
        visit: names::of("visits", row.promise_visit?),
        amount_fen: row.promise_fen?,
        date: row.promise_on.map(dates::to_proto),
        paid_fen: row.promise_paid_fen.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use time::{Duration, macros::date};
    use uuid::Uuid;

    use super::*;

    const DUE: Date = date!(2024 - 12 - 31);

    fn debtor(household: &str, bills: &[(Date, i64)]) -> Debtor {
        Debtor {
            household_id: household.to_owned(),
            division_code: "410225001213".to_owned(),
            cadre_id: "K1".to_owned(),
            bills: bills.iter().map(|_| Uuid::nil()).collect(),
            due_on: bills.iter().map(|(due_on, _)| *due_on).collect(),
            original_due_on: bills.iter().map(|(due_on, _)| *due_on).collect(),
            outstanding_fen: bills.iter().map(|(_, fen)| *fen).collect(),
        }
    }

    #[test]
    fn what_can_be_lost_comes_first_then_the_largest() {
        let today = DUE + Duration::days(10);
        let old = date!(2020 - 12 - 31);
        let rows = [
            debtor("barred", &[(old, 900)]),
            debtor("small", &[(DUE, 100)]),
            debtor("large", &[(old, 1), (DUE, 700)]),
            debtor("nearer", &[(date!(2023 - 12 - 31), 1)]),
        ];
        let mut cases: Vec<_> = rows
            .into_iter()
            .map(|row| Case::new(row, &Interruptions::default(), today))
            .collect();
        cases.sort_unstable_by(|a, b| a.key().cmp(&b.key()));
        let order: Vec<_> = cases.iter().map(|case| case.household_id.as_str()).collect();
        assert_eq!(order, ["nearer", "large", "small", "barred"]);
        assert_eq!(
            (cases[1].barred_fen, cases[1].limitation_on),
            (1, date!(2028 - 01 - 01))
        );
        for case in &cases {
            assert_eq!(key(&case.page_key()).expect("a key"), case.key());
        }
        assert!(key("1/2/3").is_err());
    }
}
