//! The work list.

use homestead_core::dunning::{self, Outlook, Stage, Step};
use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{ArrearsCase, ArrearsHold, ArrearsPromise};
use time::Date;

use super::{
    collection::{stage, stage_number},
    names,
};
use crate::store::arrears::{Case, History, Key};

/// Writes where a case stands as a page key.
pub fn page_key(case: &Case) -> String {
    let all_barred = u8::from(case.barred_fen == case.overdue_fen);
    let day = case.limitation_on.to_julian_day();
    format!("{all_barred}/{day}/{}/{}", case.overdue_fen, case.household_id)
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
        fen.parse().map_err(Error::internal)?,
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
    use time::macros::date;

    use super::*;

    #[test]
    fn keys_of_pages_are_read_back() {
        let case = Case {
            household_id: "h/1".to_owned(),
            division_code: "410225001213".to_owned(),
            cadre_id: "K1".to_owned(),
            overdue_fen: 701,
            barred_fen: 1,
            oldest_due_on: date!(2020 - 12 - 31),
            limitation_on: date!(2028 - 01 - 01),
        };
        let text = page_key(&case);
        assert_eq!(key(&text).expect("a key"), (false, date!(2028 - 01 - 01), 701, "h/1"));
        let barred = page_key(&Case {
            barred_fen: 701,
            ..case
        });
        assert!(key(&barred).expect("a key").0);
        assert!(key("1/2/3").is_err());
    }
}
