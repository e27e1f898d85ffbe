//! Trips: contract ↔ rows.

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{Trip, TripKind, WasteStream};
use time::OffsetDateTime;

use super::{
    enums::{full, stored, stream},
    names,
};
use crate::{imports::is_id, store::trips};

pub fn trip(row: trips::Trip) -> Trip {
    let kind = TripKind::from_str_name(&full("TRIP_KIND_", &row.kind));
    Trip {
        name: names::trip(&row.trip_id),
        kind: kind.unwrap_or_default().into(),
        division: names::division(&row.division_code),
        date: Some(dates::to_proto(row.date)),
        vehicle: names::vehicle(&row.vehicle_id),
        station: names::facility(&row.station_id),
        plant: row.plant_id.as_deref().map(names::facility).unwrap_or_default(),
        depart_time: Some(dates::timestamp(row.departed_at)),
        arrive_time: Some(dates::timestamp(row.arrived_at)),
        seal_number: row.seal_number,
        sent_count: row.sent_count,
        stream: stream(&row.stream).into(),
    }
}

/// A trip to be recorded; its division is worked out from its station.
pub fn new_trip(id: &str, trip: &Trip, now: OffsetDateTime) -> Result<trips::Trip> {
    if !is_id(id) {
        return Err(Error::invalid("trip_id", id, "1 to 40 letters, digits, - or _"));
    }
    let instant = |field: &str, value| dates::from_timestamp(field, value)?.ok_or_else(|| Error::required(field));
    let haul = trip.kind() == TripKind::Haul;
    let plant_id = match (haul, trip.plant.as_str()) {
        (true, plant) => Some(names::reference("trip.plant", plant, "facilities")?.to_owned()),
        (false, "") => None,
        (false, plant) => return Err(Error::invalid("trip.plant", plant, "only of a haul")),
    };
    if trip.seal_number.chars().count() > 100 {
        return Err(Error::invalid(
            "trip.seal_number",
            &trip.seal_number,
            "at most 100 characters",
        ));
    }
    Ok(trips::Trip {
        trip_id: id.to_owned(),
        kind: stored("trip.kind", "TRIP_KIND_", trip.kind().as_str_name())?,
        division_code: String::new(),
        date: dates::required("trip.date", trip.date)?,
        vehicle_id: names::reference("trip.vehicle", &trip.vehicle, "vehicles")?.to_owned(),
        station_id: names::reference("trip.station", &trip.station, "facilities")?.to_owned(),
        plant_id,
        departed_at: instant("trip.depart_time", trip.depart_time)?,
        arrived_at: instant("trip.arrive_time", trip.arrive_time)?,
        seal_number: trip.seal_number.clone(),
        stream: match trip.stream() {
            WasteStream::Unspecified => String::new(),
            given => stored("trip.stream", "WASTE_STREAM_", given.as_str_name())?,
        },
        sent_count: 1,
        recorded_at: now,
    })
}
