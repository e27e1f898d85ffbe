//! Hand-overs: contract ↔ rows.

mod check;

use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{HandOver, HandOverKind, SealState, Signature};
use sanitation_core::chain::Statement;
use time::{Duration, OffsetDateTime};

use super::{
    enums::{full, stored},
    names,
};
use crate::store::{hand_overs, trips};

pub fn hand_over(row: hand_overs::HandOver) -> HandOver {
    let kind = HandOverKind::from_str_name(&full("HAND_OVER_KIND_", &row.kind));
    let seal = SealState::from_str_name(&full("SEAL_STATE_", &row.seal_state));
    let signature = |signer: String, value: Vec<u8>| (!signer.is_empty()).then_some(Signature { signer, value });
    let place = |position: i32| names::hand_over(&row.trip_id, position);
    HandOver {
        name: place(row.position),
        corrects: row.corrects.map(place).unwrap_or_default(),
        corrected_by: row.corrected_by.map(place).unwrap_or_default(),
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
        seal_number: row.seal_number,
        seal_state: seal.unwrap_or_default().into(),
        residue_kg: row.residue_kg,
        reason: row.reason,
        correction_reason: row.correction_reason,
        version: row.version,
    }
}

/// A hand-over to be appended to the chain of `trip`; `corrected` is the record whose place it takes.
pub fn new_hand_over(
    record: HandOver,
    trip: &trips::Trip,
    corrected: Option<&hand_overs::HandOver>,
    now: OffsetDateTime,
) -> Result<hand_overs::HandOver> {
    let kind = stored("hand_over.kind", "HAND_OVER_KIND_", record.kind().as_str_name())?;
    let at = dates::from_timestamp("hand_over.hand_over_time", record.hand_over_time)?
        .ok_or_else(|| Error::required("hand_over.hand_over_time"))?;
    let at = at - Duration::nanoseconds(i64::from(at.nanosecond() % 1_000));
    check::record(&record, trip, corrected)?;
    let (giver, taker) = sides(&record, trip)?;
    for (field, given, right) in [
        ("hand_over.from", &record.from, &giver),
        ("hand_over.to", &record.to, &taker),
    ] {
        if !given.is_empty() && given != right {
            return Err(Error::invalid(field, given, format!("{right}, as the trip states")));
        }
    }
    let source_key = match corrected {
        Some(corrected) => format!("corrects/{}", corrected.position),
        None if kind == "collected" => format!("{giver}@{}", at.unix_timestamp()),
        None => kind.clone(),
    };
    let sign = |signature: Option<Signature>| signature.map(|s| (s.signer, s.value)).unwrap_or_default();
    let seal_state = match record.seal_state() {
        SealState::Unspecified => String::new(),
        state => stored("hand_over.seal_state", "SEAL_STATE_", state.as_str_name())?,
    };
    let (giver_signer, giver_value) = sign(record.giver);
    let (taker_signer, taker_value) = sign(record.receiver);
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
        seal_number: record.seal_number,
        seal_state,
        residue_kg: record.residue_kg,
        reason: record.reason,
        corrects: corrected.map(|corrected| corrected.position),
        correction_reason: record.correction_reason,
        version: corrected.map_or(1, |corrected| corrected.version + 1),
        corrected_by: None,
    })
}

/// What both sides sign of a row.
pub fn statement(row: &hand_overs::HandOver) -> Statement {
    Statement {
        trip: names::trip(&row.trip_id),
        kind: row.kind.clone(),
        from: row.giver.clone(),
        to: row.taker.clone(),
        at_us: i64::try_from(row.at.unix_timestamp_nanos() / 1_000).unwrap_or_default(),
        gross_kg: row.gross_kg,
        tare_kg: row.tare_kg,
        net_kg: row.net_kg,
        bin_count: row.bin_count.map(i64::from),
        device: row.device.clone(),
        seal_number: row.seal_number.clone(),
        seal_state: row.seal_state.clone(),
        residue_kg: row.residue_kg,
        reason: row.reason.clone(),
        corrects: row.corrects.map(i64::from),
        correction_reason: row.correction_reason.clone(),
    }
}

/// Who gives and who takes, as the trip states it. Only villages are the record's own.
fn sides(record: &HandOver, trip: &trips::Trip) -> Result<(String, String)> {
    let (vehicle, station) = (names::vehicle(&trip.vehicle_id), names::facility(&trip.station_id));
    let plant = trip.plant_id.as_deref().map(names::facility);
    let village = |field, name| kit::division::Division::parse(field, name).map(|village| village.name());
    match (record.kind(), plant) {
        (HandOverKind::Collected, None) => Ok((village("hand_over.from", &record.from)?, vehicle)),
        (HandOverKind::Returned, None) => Ok((vehicle, village("hand_over.to", &record.to)?)),
        (HandOverKind::Received, None) | (HandOverKind::Returned, Some(_)) => Ok((vehicle, station)),
        (HandOverKind::Dispatched, Some(_)) | (HandOverKind::Rejected, None) => Ok((station, vehicle)),
        (HandOverKind::Delivered, Some(plant)) => Ok((vehicle, plant)),
        (HandOverKind::Rejected, Some(plant)) => Ok((plant, vehicle)),
        (kind, _) => Err(Error::invalid(
            "hand_over.kind",
            kind.as_str_name(),
            "COLLECTED or RECEIVED of a collection; DISPATCHED or DELIVERED of a haul; REJECTED or RETURNED of both",
        )),
    }
}
