//! Stops and what is told of them: contract ↔ rows.

mod check;

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{ArrivalSource, MissedReason, Stop, StopEvent, StopEventKind, StopState};

use super::{
    enums::{self, full},
    names,
};
use crate::store::{stop_events, stops};
use sanitation_core::stream;

pub use check::{Clock, Given, event, whole_micros};

/// Name of the stop with an id.
pub fn name(id: &str) -> String {
    format!("stops/{id}")
}

/// The id in the name of a stop that is asked for.
pub fn existing(name: &str) -> Result<&str> {
    id(name).ok_or_else(|| Error::not_found(name))
}

/// The id in the name of a stop: `{date}/{call id}`.
fn id(name: &str) -> Option<&str> {
    let id = name.strip_prefix("stops/")?;
    let (date, call) = id.split_once('/')?;
    let (point, _) = stream::parts(call)?;
    (dates::parse("stop", date).is_ok() && crate::imports::is_id(point)).then_some(id)
}

pub fn stop(row: stops::Stop) -> Stop {
    let state = StopState::from_str_name(&full("STOP_STATE_", &row.state));
    let source = ArrivalSource::from_str_name(&full("ARRIVAL_SOURCE_", &row.arrived_by));
    Stop {
        name: name(&row.stop_id),
        collection_point: names::point(&row.point_id),
        division: names::division(&row.division_code),
        date: Some(dates::to_proto(row.date)),
        route_plan: names::route_plan(row.route_plan_id),
        vehicle: names::vehicle(&row.vehicle_id),
        trip_number: row.trip_number,
        stop_number: row.stop_number,
        served_at: row
            .served_at
            .as_deref()
            .and_then(|at| at.split_once('/'))
            .map(|(_, call)| names::call(call).0)
            .unwrap_or_default(),
        due_time: Some(dates::timestamp(row.due_at)),
        planned_time: Some(dates::timestamp(row.planned_at)),
        planned_kg: row.planned_kg,
        state: state.unwrap_or_default().into(),
        arrive_time: row.arrived_at.map(dates::timestamp),
        arrival_source: source.unwrap_or_default().into(),
        done_time: row.done_at.map(dates::timestamp),
        collected_kg: row.collected_kg,
        bin_count: row.bin_count,
        missed_reason: reason(&row.missed_reason).into(),
        late: row.late,
        stream: enums::stream(&row.stream).into(),
        update_time: Some(dates::timestamp(row.updated_at)),
    }
}

pub fn stop_event(row: &stop_events::StopEvent) -> StopEvent {
    let kind = StopEventKind::from_str_name(&full("STOP_EVENT_KIND_", &row.kind));
    StopEvent {
        name: format!("stopEvents/{}", row.event_id),
        event_id: row.event_id.to_string(),
        sequence_number: row.sequence_number,
        kind: kind.unwrap_or_default().into(),
        occur_time: Some(dates::timestamp(row.occurred_at)),
        stop: row.stop_id.as_deref().map(name).unwrap_or_default(),
        facility: row.facility_id.as_deref().map(names::facility).unwrap_or_default(),
        load_kg: row.load_kg,
        bin_count: row.bin_count,
        missed_reason: reason(&row.missed_reason).into(),
        note: row.note.clone(),
        device: names::device(&row.device_id),
        vehicle: names::vehicle(&row.vehicle_id),
        division: names::division(&row.division_code),
        event_time: Some(dates::timestamp(row.event_at)),
        receive_time: Some(dates::timestamp(row.received_at)),
        clock_ahead_s: row.clock_ahead_s,
    }
}

fn reason(stored: &str) -> MissedReason {
    MissedReason::from_str_name(&full("MISSED_REASON_", stored)).unwrap_or_default()
}
