//! Hotspots on the wire.

use kit::{
    dates,
    error::{Error, Result},
    etag,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    Duty, FixedSource, GridStatistic, Hotspot, HotspotAction, HotspotEntry, HotspotSighting, HotspotSource,
    HotspotState,
};
use uuid::Uuid;
use villages_core::{
    grid::Point,
    hotspot::{Action, Process, State, Verdict},
};

use super::{division, grid, names, shape, task};
use crate::store::{
    fixed_source::FixedSourceRow,
    hotspot::{HotspotRow, SightingRow},
    hotspot_entry::StatisticRow,
};

/// The id of `hotspots/{uid}`.
pub fn id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "hotspots")
}

/// Resource name of an id.
pub fn name(id: Uuid) -> String {
    format!("hotspots/{id}")
}

/// The id of `fixedSources/{uid}`.
pub fn fixed_source_id(field: &str, name: &str) -> Result<Uuid> {
    names::uid(field, name, "fixedSources")
}

/// Resource name of a fixed source.
pub fn fixed_source_name(id: Uuid) -> String {
    format!("fixedSources/{id}")
}

/// Name of a source in the store.
pub fn source(field: &str, source: i32) -> Result<&'static str> {
    match HotspotSource::try_from(source) {
        Ok(HotspotSource::Unspecified) | Err(_) => {
            Err(Error::invalid(field, source, "one of the sources of HotspotSource"))
        }
        Ok(source) => Ok(source.as_str_name().trim_start_matches("HOTSPOT_SOURCE_")),
    }
}

fn source_of(name: &str) -> HotspotSource {
    HotspotSource::from_str_name(&format!("HOTSPOT_SOURCE_{name}")).unwrap_or_default()
}

/// Where a hotspot was first seen.
pub fn place(row: &HotspotRow) -> Point {
    shape::place(row.longitude, row.latitude)
}

/// A judgement of the contract; none for the states that are no judgement.
pub fn verdict(state: HotspotState) -> Option<Verdict> {
    match state {
        HotspotState::Burning => Some(Verdict::Burning),
        HotspotState::FixedSource => Some(Verdict::FixedSource),
        HotspotState::False => Some(Verdict::False),
        _ => None,
    }
}

/// The state of the contract.
pub fn state(state: State) -> HotspotState {
    match state {
        State::Raised => HotspotState::Raised,
        State::Acknowledged => HotspotState::Acknowledged,
        State::Arrived => HotspotState::Arrived,
        State::Judged(Verdict::Burning) => HotspotState::Burning,
        State::Judged(Verdict::FixedSource) => HotspotState::FixedSource,
        State::Judged(Verdict::False) => HotspotState::False,
        State::Exonerated => HotspotState::Exonerated,
    }
}

/// Name of a state, as lists are filtered by it.
pub fn state_name(state: HotspotState) -> &'static str {
    state.as_str_name().trim_start_matches("HOTSPOT_STATE_")
}

/// An entry as it was kept.
pub fn entry(content: &[u8]) -> Result<HotspotEntry> {
    HotspotEntry::decode(content).map_err(Error::internal)
}

/// Where the entries of a hotspot have led.
pub fn process(row: &HotspotRow, entries: &[HotspotEntry]) -> Result<Process> {
    let mut process = Process::raised(row.raised_at);
    for entry in entries {
        let action = action(entry).ok_or_else(|| Error::internal("an entry without action"))?;
        let at = super::roster::instant("record_time", entry.record_time).map_err(Error::internal)?;
        process = process
            .act(action, at)
            .map_err(|state| Error::internal(format!("{}: {state:?}", name(row.hotspot_id))))?;
    }
    Ok(process)
}

/// The action of the core; none for an unspecified one.
pub fn action(entry: &HotspotEntry) -> Option<Action> {
    match entry.action() {
        HotspotAction::Unspecified => None,
        HotspotAction::Acknowledge => Some(Action::Acknowledge),
        HotspotAction::Arrive => Some(Action::Arrive),
        HotspotAction::Triage => verdict(entry.verdict()).map(Action::Triage),
        HotspotAction::Exonerate => Some(Action::Exonerate),
    }
}

/// It is in a state that forbids what was asked.
pub fn refused(name: &str, at: State) -> Error {
    let at = state_name(state(at));
    Error::rule(
        "HOTSPOT_STATE",
        name,
        format!("{name} is {at}"),
        format!("{name} 当前状态为 {at}，不能办理此事项"),
    )
}

/// A hotspot with everything known of it.
pub fn hotspot(
    row: &HotspotRow,
    sightings: Vec<HotspotSighting>,
    entries: Vec<HotspotEntry>,
    first_fire: bool,
) -> Result<Hotspot> {
    let process = process(row, &entries)?;
    let since = |instant: Option<_>| instant.map(|at| process.seconds(at));
    let own = name(row.hotspot_id);
    Ok(Hotspot {
        duty: Some(Duty::decode(row.duty.as_slice()).map_err(Error::internal)?),
        position: Some(shape::degrees(place(row))),
        observe_time: Some(dates::timestamp(row.observed_at)),
        source: source_of(&row.source).into(),
        external_id: row.external_id.clone(),
        state: state(process.state()).into(),
        suspected_fixed_source: row.fixed_source_id.map(fixed_source_name).unwrap_or_default(),
        counted: process.state().counts(),
        first_fire,
        raise_time: Some(dates::timestamp(row.raised_at)),
        acknowledge_s: since(process.acknowledged),
        arrive_s: since(process.arrived),
        triage_s: since(process.judged),
        sighting_count: i32::try_from(sightings.len()).unwrap_or(i32::MAX),
        etag: etag::of(&[&own, &sightings.len().to_string(), &entries.len().to_string()]),
        name: own,
        sightings,
        entries,
    })
}

/// One time that it was seen.
pub fn sighting(row: &SightingRow) -> HotspotSighting {
    HotspotSighting {
        source: source_of(&row.source).into(),
        external_id: row.external_id.clone(),
        position: Some(shape::degrees(shape::place(row.longitude, row.latitude))),
        observe_time: Some(dates::timestamp(row.observed_at)),
        note: row.note.clone(),
        reporter: row.reporter.clone(),
        record_time: Some(dates::timestamp(row.recorded_at)),
    }
}

/// A fixed source as it was read.
pub fn fixed_source(row: &FixedSourceRow) -> FixedSource {
    FixedSource {
        name: fixed_source_name(row.fixed_source_id),
        display_name: row.display_name.clone(),
        division: division::name(&row.division_code),
        position: Some(shape::degrees(shape::place(row.longitude, row.latitude))),
        radius_m: row.radius_m,
        valid_from: Some(dates::to_proto(row.valid_from)),
        valid_until: row.valid_until.map(dates::to_proto),
        hotspot: name(row.hotspot_id),
        match_count: i32::try_from(row.matches).unwrap_or(i32::MAX),
    }
}

/// Hotspots of one grid and person.
pub fn statistic(row: &StatisticRow) -> GridStatistic {
    let count = |rows: i64| i32::try_from(rows).unwrap_or(i32::MAX);
    GridStatistic {
        grid: grid::name(&row.grid_code),
        person: (!row.cadre_id.is_empty()).then(|| task::person(&row.cadre_id, &row.cadre_name)),
        raised_count: count(row.raised),
        counted_count: count(row.counted),
        exonerated_count: count(row.exonerated),
        fixed_source_count: count(row.fixed_source),
        false_count: count(row.false_alarm),
        open_count: count(row.open),
        acknowledged_count: count(row.acknowledged),
        acknowledge_total_s: row.acknowledge_s,
        arrived_count: count(row.arrived),
        arrive_total_s: row.arrive_s,
    }
}
