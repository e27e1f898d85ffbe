//! Mediations: checked on the way in, told on the way out.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{Mediation as Wire, MediationOutcome, RecordMediationRequest};
use time::Date;

use super::{checks, names};
use crate::store::mediation::Mediation;

/// Most parties of a mediation.
const MOST_PARTIES: usize = 10;

/// A mediation as a caller states it, checked.
#[derive(Debug)]
pub struct Stated {
    pub held_on: Date,
    pub mediator: String,
    pub parties: Vec<String>,
    pub outcome: MediationOutcome,
    /// Amount and last day.
    pub agreed: Option<(i64, Date)>,
    pub text: String,
}

/// Checks a mediation.
pub fn stated(request: &RecordMediationRequest, today: Date) -> Result<Stated> {
    let held_on = dates::required("mediation_date", request.mediation_date)?;
    let held_on = checks::past("mediation_date", held_on, today)?;
    let outcome = request.outcome();
    if outcome == MediationOutcome::Unspecified {
        return Err(Error::invalid(
            "outcome",
            request.outcome,
            "agreed, failed or adjourned",
        ));
    }
    if request.parties.is_empty() || request.parties.len() > MOST_PARTIES {
        return Err(Error::invalid(
            "parties",
            format!("{} parties", request.parties.len()),
            "1–10 parties",
        ));
    }
    let parties = request.parties.iter().enumerate();
    let parties = parties.map(|(at, party)| checks::text(&format!("parties[{at}]"), party, 1..=60));
    let agreed = if outcome == MediationOutcome::Agreed {
        let fen = checks::amount("agreed_fen", request.agreed_fen)?;
        let last_on = dates::required("last_date", request.last_date)?;
        if last_on < held_on {
            return Err(Error::invalid(
                "last_date",
                last_on,
                format!("not before the mediation, {held_on}"),
            ));
        }
        Some((fen, last_on))
    } else {
        checks::unset("agreed_fen", request.agreed_fen != 0, "AGREED")?;
        checks::unset("last_date", request.last_date.is_some(), "AGREED")?;
        None
    };
    Ok(Stated {
        held_on,
        mediator: checks::text("mediator", &request.mediator, 1..=60)?,
        parties: parties.collect::<Result<_>>()?,
        outcome,
        agreed,
        text: checks::text("text", &request.text, 0..=500)?,
    })
}

/// A mediation for the wire.
pub fn mediation(row: &Mediation) -> Wire {
    Wire {
        name: names::of("mediations", row.id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        mediation_date: Some(dates::to_proto(row.held_on)),
        mediator: row.mediator.clone(),
        parties: row.parties.clone(),
        outcome: i32::from(row.outcome),
        agreed_fen: row.agreed_fen.unwrap_or_default(),
        last_date: row.last_on.map(dates::to_proto),
        bills: row.bills.iter().map(|id| names::of("bills", id)).collect(),
        text: row.text.clone(),
        recorder: row.recorded_by.clone(),
        create_time: Some(dates::timestamp(row.recorded_at)),
    }
}
