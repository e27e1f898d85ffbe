//! Positions, tracks and visits: contract ↔ rows.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{Position, TrackPosition, VehiclePosition, VehicleVisit};
use sanitation_core::{fence::Fix, geo};

use super::{
    names,
    network::position,
    stops::{self, Clock},
};
use crate::store::positions as rows;

/// A position that was sent, at its right time.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    pub fix: Fix,
    pub speed_kmh: Option<i32>,
    /// How far it may be off, metres.
    pub accuracy_m: i64,
}

/// Reads a position.
pub fn sent(path: &str, given: &Position, clock: Clock) -> Result<Sent> {
    let field = |name: &str| format!("{path}.{name}");
    let location = given.location.ok_or_else(|| Error::required(field("location")))?;
    let (lat, lng) = (location.latitude, location.longitude);
    if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lng) {
        let rule = "latitude −90 to 90 and longitude −180 to 180";
        return Err(Error::invalid(field("location"), format_args!("{lat}, {lng}"), rule));
    }
    if let Some(speed) = given.speed_kmh.filter(|speed| !(0..=200).contains(speed)) {
        return Err(Error::invalid(field("speed_kmh"), speed, "0 to 200"));
    }
    if let Some(accuracy) = given.accuracy_m.filter(|accuracy| *accuracy < 0) {
        return Err(Error::invalid(field("accuracy_m"), accuracy, "0 or more"));
    }
    let at = dates::from_timestamp(&field("occur_time"), given.occur_time)?;
    let at = at.ok_or_else(|| Error::required(field("occur_time")))?;
    Ok(Sent {
        fix: Fix {
            at: stops::whole_micros(clock.past(&field("occur_time"), at)?),
            position: geo::Position { lng, lat },
        },
        speed_kmh: given.speed_kmh,
        accuracy_m: given.accuracy_m.unwrap_or_default().into(),
    })
}

pub fn current(row: rows::Current) -> VehiclePosition {
    VehiclePosition {
        vehicle: names::vehicle(&row.vehicle_id),
        division: names::division(&row.division_code),
        device: names::device(&row.device_id),
        position_time: Some(dates::timestamp(row.at)),
        receive_time: Some(dates::timestamp(row.received_at)),
        location: position(row.lng, row.lat),
        speed_kmh: row.speed_kmh,
        open_stop_count: row.open_stops,
        next_stop: row.next_stop.as_deref().map(stops::name).unwrap_or_default(),
        delay_s: row.delay_s,
        passed_over_count: row.passed_over,
    }
}

pub fn track(row: &rows::TrackPosition) -> TrackPosition {
    TrackPosition {
        position_time: Some(dates::timestamp(row.at)),
        location: position(row.lng, row.lat),
        speed_kmh: row.speed_kmh,
    }
}

pub fn visit(row: rows::Visit) -> VehicleVisit {
    VehicleVisit {
        name: format!("vehicleVisits/{}", row.visit_id),
        vehicle: names::vehicle(&row.vehicle_id),
        division: names::division(&row.division_code),
        place: row.place,
        arrive_time: Some(dates::timestamp(row.arrived_at)),
        leave_time: row.left_at.map(dates::timestamp),
    }
}
