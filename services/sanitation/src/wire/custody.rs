//! Trips and hand-overs: contract ↔ rows.

use kit::{
    dates,
    error::{Error, Result, Violation},
};
use proto::xiangtu::sanitation::v1::{HandOver, HandOverKind, Signature, Trip, TripKind};
use time::OffsetDateTime;

use super::{
    enums::{full, stored},
    names,
};
use crate::{
    imports::is_id,
    store::{hand_overs, trips},
};

const MOST_KG: i64 = 200_000;

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
        sent_count: 1,
        recorded_at: now,
    })
}

pub fn hand_over(row: hand_overs::HandOver) -> HandOver {
    let kind = HandOverKind::from_str_name(&full("HAND_OVER_KIND_", &row.kind));
    let signature = |signer: String, value: Vec<u8>| (!signer.is_empty()).then_some(Signature { signer, value });
    HandOver {
        name: format!("trips/{}/handOvers/{}", row.trip_id, row.position),
        trip: names::trip(&row.trip_id),
        position: row.position,
        kind: kind.unwrap_or_default().into(),
        division: names::division(&row.division_code),
        from: row.giver,
        to: row.taker,
        hand_over_time: Some(dates::timestamp(row.at)),
        gross_kg: row.gross_kg,
        tare_kg: row.tare_kg,
        net_kg: row.net_kg,
        bin_count: row.bin_count,
        device: row.device,
        giver: signature(row.giver_signer, row.giver_value),
        receiver: signature(row.taker_signer, row.taker_value),
        digest: hex::encode(&row.digest),
        previous_digest: hex::encode(&row.previous_digest),
        record_time: Some(dates::timestamp(row.recorded_at)),
    }
}

/// A hand-over to be appended to the chain of `trip`.
pub fn new_hand_over(record: HandOver, trip: &trips::Trip, now: OffsetDateTime) -> Result<hand_overs::HandOver> {
    let kind = stored("hand_over.kind", "HAND_OVER_KIND_", record.kind().as_str_name())?;
    let at = dates::from_timestamp("hand_over.hand_over_time", record.hand_over_time)?
        .ok_or_else(|| Error::required("hand_over.hand_over_time"))?;
    weights(&record)?;
    let (giver, taker) = sides(record.kind(), &record.from, trip)?;
    for (field, given, right) in [
        ("hand_over.from", &record.from, &giver),
        ("hand_over.to", &record.to, &taker),
    ] {
        if !given.is_empty() && given != right {
            return Err(Error::invalid(field, given, format!("{right}, as the trip states")));
        }
    }
    let source_key = if kind == "collected" {
        format!("{giver}@{}", at.unix_timestamp())
    } else {
        kind.clone()
    };
    let sign = |signature: Option<Signature>| signature.map(|s| (s.signer, s.value)).unwrap_or_default();
    let (giver_signer, giver_value) = sign(record.giver);
    let (taker_signer, taker_value) = sign(record.receiver);
    short("hand_over.device", &record.device)?;
    short("hand_over.giver.signer", &giver_signer)?;
    short("hand_over.receiver.signer", &taker_signer)?;
    Ok(hand_overs::HandOver {
        trip_id: trip.trip_id.clone(),
        position: 0,
        source_key,
        kind,
        division_code: trip.division_code.clone(),
        giver,
        taker,
        at,
        gross_kg: record.gross_kg,
        tare_kg: record.tare_kg,
        net_kg: record.net_kg,
        bin_count: record.bin_count,
        device: record.device,
        giver_signer,
        giver_value,
        taker_signer,
        taker_value,
        digest: Vec::new(),
        previous_digest: Vec::new(),
        recorded_at: now,
    })
}

/// Who gives and who takes, as the trip states it. Only the village of a collection is the record's own.
fn sides(kind: HandOverKind, from: &str, trip: &trips::Trip) -> Result<(String, String)> {
    let (vehicle, station) = (names::vehicle(&trip.vehicle_id), names::facility(&trip.station_id));
    let plant = trip.plant_id.as_deref().map(names::facility);
    match (kind, plant) {
        (HandOverKind::Collected, None) => {
            let village = kit::division::Division::parse("hand_over.from", from)?;
            Ok((village.name(), vehicle))
        }
        (HandOverKind::Received, None) | (HandOverKind::Returned, Some(_)) => Ok((vehicle, station)),
        (HandOverKind::Dispatched, Some(_)) => Ok((station, vehicle)),
        (HandOverKind::Delivered, Some(plant)) => Ok((vehicle, plant)),
        (kind, _) => Err(Error::invalid(
            "hand_over.kind",
            kind.as_str_name(),
            "COLLECTED or RECEIVED of a collection; DISPATCHED, DELIVERED or RETURNED of a haul",
        )),
    }
}

fn weights(record: &HandOver) -> Result<()> {
    let fields = [
        ("hand_over.gross_kg", record.gross_kg),
        ("hand_over.tare_kg", record.tare_kg),
        ("hand_over.net_kg", record.net_kg),
        ("hand_over.bin_count", record.bin_count.map(i64::from)),
    ];
    let mut violations: Vec<Violation> = fields
        .into_iter()
        .filter_map(|(field, value)| Some((field, value?)))
        .filter(|(_, value)| !(0..=MOST_KG).contains(value))
        .map(|(field, value)| Violation::new(field, value, format!("0 to {MOST_KG}")))
        .collect();
    if let (Some(gross), Some(tare), Some(net)) = (record.gross_kg, record.tare_kg, record.net_kg)
        && gross.checked_sub(tare) != Some(net)
    {
        let rule = format!("gross − tare, which is {gross} − {tare}");
        violations.push(Violation::new("hand_over.net_kg", net, rule));
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid_many(violations))
    }
}

fn short(field: &str, text: &str) -> Result<()> {
    if text.chars().count() <= 100 {
        Ok(())
    } else {
        Err(Error::invalid(field, text, "at most 100 characters"))
    }
}
