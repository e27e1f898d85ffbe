//! Falsification cases on the wire.

use kit::{
    dates,
    error::{Error, Result},
    etag,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{CaseEntry, CaseState, FalsificationCase};
use time::OffsetDateTime;
use uuid::Uuid;
use villages_core::case::{Case, Refused, State};

use super::{division, measurement, names, plan as plans};
use crate::store::{measurement::MeasurementRow, plan::PlanKey};

/// The id of `cases/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "cases")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("cases/{id}")
}

/// What a case is opened about.
pub struct Opening<'a> {
    /// The suspected figure.
    pub claim: &'a MeasurementRow,
    /// The inspection that found otherwise.
    pub finding: Option<&'a MeasurementRow>,
    /// The plan that governs on its date.
    pub plan: &'a PlanKey,
    /// Days that the village has to explain.
    pub explanation_days: i32,
    /// Why.
    pub reason: String,
    /// References.
    pub evidence: Vec<String>,
    /// Who opens it; empty for the system.
    pub opener: String,
}

/// A case as it is opened.
pub fn opened(id: Uuid, opening: &Opening<'_>, at: OffsetDateTime) -> FalsificationCase {
    let day = dates::day_of(at);
    let end = Case::opened(day, opening.explanation_days).explanation_end();
    FalsificationCase {
        name: name(id),
        division: division::name(&opening.claim.division_code),
        indicator: opening.claim.indicator.clone(),
        claim: Some(measurement::measurement(opening.claim)),
        finding: opening.finding.map(measurement::measurement),
        plan: plans::name_of(opening.plan),
        plan_version: opening.plan.version,
        reason: opening.reason.clone(),
        evidence: opening.evidence.clone(),
        opener: opening.opener.clone(),
        open_date: Some(dates::to_proto(day)),
        open_time: Some(dates::timestamp(at)),
        explanation_end_date: Some(dates::to_proto(end)),
        ..FalsificationCase::default()
    }
}

/// A case with what was done about it.
pub fn case(content: &[u8], entries: Vec<CaseEntry>) -> Result<FalsificationCase> {
    let mut case = FalsificationCase::decode(content).map_err(Error::internal)?;
    case.entries = entries;
    case.state = state_of(process(&case)?.state()).into();
    case.etag = etag::of(&[&case.name, &case.entries.len().to_string()]);
    Ok(case)
}

/// An entry as it was kept.
pub fn entry(content: &[u8]) -> Result<CaseEntry> {
    CaseEntry::decode(content).map_err(Error::internal)
}

/// Where the entries of a case have led.
pub fn process(case: &FalsificationCase) -> Result<Case> {
    let day = |field, date| dates::required(field, date).map_err(Error::internal);
    let opened = day("open_date", case.open_date)?;
    let end = day("explanation_end_date", case.explanation_end_date)?;
    let days = i32::try_from((end - opened).whole_days()).map_err(Error::internal)?;
    let mut process = Case::opened(opened, days);
    for entry in &case.entries {
        let next = state(entry.state()).ok_or_else(|| Error::internal("an entry without state"))?;
        process = process
            .become_on(next, day("entry_date", entry.entry_date)?)
            .map_err(|refused| Error::internal(format!("{}: {refused:?}", case.name)))?;
    }
    Ok(process)
}

/// The state of the core; none for the unspecified one.
pub fn state(state: CaseState) -> Option<State> {
    match state {
        CaseState::Unspecified => None,
        CaseState::Opened => Some(State::Opened),
        CaseState::Explained => Some(State::Explained),
        CaseState::Substantiated => Some(State::Substantiated),
        CaseState::HonestError => Some(State::HonestError),
        CaseState::Unfounded => Some(State::Unfounded),
    }
}

fn state_of(state: State) -> CaseState {
    match state {
        State::Opened => CaseState::Opened,
        State::Explained => CaseState::Explained,
        State::Substantiated => CaseState::Substantiated,
        State::HonestError => CaseState::HonestError,
        State::Unfounded => CaseState::Unfounded,
    }
}

/// A state as it is kept.
pub fn state_name(state: CaseState) -> &'static str {
    state.as_str_name().trim_start_matches("CASE_STATE_")
}

/// Why something cannot be done about a case now.
pub fn refused(name: &str, refused: Refused) -> Error {
    match refused {
        Refused::State(state) => {
            let state = state_name(state_of(state));
            Error::rule(
                "CASE_STATE",
                name,
                format!("{name} is {state}"),
                format!("{name} 处于 {state} 状态"),
            )
        }
        Refused::ExplanationOpen(end) => Error::rule(
            "EXPLANATION_OPEN",
            name,
            format!("the village has not explained, and may do so until {end}"),
            format!("该村尚未说明情况，说明期至 {end} 届满"),
        ),
    }
}
