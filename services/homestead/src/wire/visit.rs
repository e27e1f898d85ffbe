//! Visits: checked on the way in, told on the way out.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{RecordVisitRequest, Visit as Wire, VisitOutcome};
use time::{Date, OffsetDateTime};

use super::{checks, names};
use crate::store::visit::Visit;

/// A visit as a caller states it, checked.
#[derive(Debug)]
pub struct Stated {
    pub cadre_id: String,
    pub visited_at: OffsetDateTime,
    pub outcome: VisitOutcome,
    pub promise: Option<(Date, i64)>,
    pub text: String,
}

/// Checks a visit.
pub fn stated(request: &RecordVisitRequest, now: OffsetDateTime) -> Result<Stated> {
    let outcome = request.outcome();
    if outcome == VisitOutcome::Unspecified {
        return Err(Error::invalid(
            "outcome",
            request.outcome,
            "one of the outcomes of the contract",
        ));
    }
    let visited_at = checks::past_instant("visit_time", request.visit_time, now)?;
    let promise = if outcome == VisitOutcome::Promised {
        let day = dates::required("promise_date", request.promise_date)?;
        let visited_on = dates::day_of(visited_at);
        if day < visited_on {
            return Err(Error::invalid(
                "promise_date",
                day,
                format!("not before the visit, {visited_on}"),
            ));
        }
        Some((day, checks::amount("promise_fen", request.promise_fen)?))
    } else {
        checks::unset("promise_date", request.promise_date.is_some(), "PROMISED")?;
        checks::unset("promise_fen", request.promise_fen != 0, "PROMISED")?;
        None
    };
    let least = usize::from(outcome == VisitOutcome::Other);
    Ok(Stated {
        cadre_id: names::id("cadres", "cadre", &request.cadre)?.to_owned(),
        visited_at,
        outcome,
        promise,
        text: checks::text("text", &request.text, least..=500)?,
    })
}

/// A visit for the wire.
pub fn visit(row: &Visit) -> Wire {
    Wire {
        name: names::of("visits", row.id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        cadre: names::of("cadres", &row.cadre_id),
        visit_time: Some(dates::timestamp(row.visited_at)),
        outcome: i32::from(row.outcome),
        promise_date: row.promise_on.map(dates::to_proto),
        promise_fen: row.promise_fen.unwrap_or_default(),
        text: row.text.clone(),
        recorder: row.recorded_by.clone(),
        create_time: Some(dates::timestamp(row.recorded_at)),
    }
}
