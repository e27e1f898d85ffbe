//! What a hand-over may state.

use kit::error::{Error, Result, Violation};
use proto::xiangtu::sanitation::v1::{HandOver, HandOverKind, SealState};

use crate::{
    store::{hand_overs, trips},
    wire::{names, text::line},
};

const MOST_KG: i64 = 200_000;

/// Refuses what contradicts itself, its kind or its trip. Texts are lines, since what is signed is made of lines.
pub(super) fn record(record: &HandOver, trip: &trips::Trip, corrected: Option<&hand_overs::HandOver>) -> Result<()> {
    weights(record)?;
    seal(record, trip, corrected.is_none())?;
    let kind = record.kind();
    reason("hand_over.reason", &record.reason, kind == HandOverKind::Rejected)?;
    reason(
        "hand_over.correction_reason",
        &record.correction_reason,
        corrected.is_some(),
    )?;
    if !record.device.is_empty() {
        names::reference("hand_over.device", &record.device, "devices")?;
    }
    for (field, signature) in [("giver", &record.giver), ("receiver", &record.receiver)] {
        if let Some(signature) = signature {
            line(&format!("hand_over.{field}.signer"), &signature.signer, 1, 100)?;
        }
    }
    Ok(())
}

fn weights(record: &HandOver) -> Result<()> {
    let fields = [
        ("hand_over.gross_kg", record.gross_kg),
        ("hand_over.tare_kg", record.tare_kg),
        ("hand_over.net_kg", record.net_kg),
        ("hand_over.residue_kg", record.residue_kg),
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
    if let Some(residue) = record.residue_kg.filter(|_| !unloads(record.kind())) {
        let rule = "only of RECEIVED, DELIVERED and RETURNED";
        violations.push(Violation::new("hand_over.residue_kg", residue, rule));
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid_many(violations))
    }
}

fn seal(record: &HandOver, trip: &trips::Trip, first_version: bool) -> Result<()> {
    let (kind, number) = (record.kind(), record.seal_number.as_str());
    line("hand_over.seal_number", number, 0, 100)?;
    let (state, field) = (record.seal_state(), "hand_over.seal_state");
    if record.seal_state != i32::from(state) {
        return Err(Error::invalid(field, record.seal_state, "a known state"));
    }
    match state {
        SealState::Unspecified if !unloads(kind) => Ok(()),
        SealState::Unspecified if !number.is_empty() => {
            Err(Error::invalid(field, "", "given with the number that was read"))
        }
        SealState::Unspecified => {
            let owed = matches!(kind, HandOverKind::Received | HandOverKind::Delivered);
            if owed && first_version && !trip.seal_number.is_empty() {
                let rule = format!("how seal {} was found", trip.seal_number);
                return Err(Error::invalid(field, "", rule));
            }
            Ok(())
        }
        state if !unloads(kind) => {
            let rule = "only of RECEIVED, DELIVERED and RETURNED";
            Err(Error::invalid(field, state.as_str_name(), rule))
        }
        SealState::Missing if !number.is_empty() => Err(Error::invalid(
            "hand_over.seal_number",
            number,
            "empty where the seal is missing",
        )),
        SealState::Intact | SealState::Broken if number.is_empty() => Err(Error::required("hand_over.seal_number")),
        _ => Ok(()),
    }
}

const fn unloads(kind: HandOverKind) -> bool {
    matches!(
        kind,
        HandOverKind::Received | HandOverKind::Delivered | HandOverKind::Returned
    )
}

/// A reason where one is due, and none elsewhere.
fn reason(field: &str, text: &str, due: bool) -> Result<()> {
    if due {
        return line(field, text, 1, 200);
    }
    if text.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid(field, text, "empty here"))
    }
}
