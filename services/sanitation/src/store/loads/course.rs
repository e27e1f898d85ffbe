//! What became of a load, from the records of its trip.

use sanitation_core::custody::{Back, Course, Rejection, Seal, SealState};

use super::{Record, Trip};

pub(super) fn of_kind<'a>(records: &'a [Record], kind: &str) -> Option<&'a Record> {
    records.iter().find(|record| record.kind == kind)
}

pub(super) fn course(trip: &Trip, records: &[Record], late_keys: Vec<String>) -> Course {
    let unloaded = of_kind(
        records,
        if trip.kind == "collection" {
            "received"
        } else {
            "delivered"
        },
    );
    let back = of_kind(records, "returned").map(|record| Back {
        to: place(&record.taker).to_owned(),
        net_kg: record.net_kg,
    });
    let rejected = of_kind(records, "rejected").map(|record| record.net_kg);
    // What has come back was refused, whether or not that record has come.
    let rejection = rejected
        .or(back.as_ref().map(|_| None))
        .map(|net_kg| Rejection { net_kg, back });
    Course {
        carried_kg: trip.carried_kg.unwrap_or(0),
        residue_kg: unloaded.and_then(|record| record.residue_kg).unwrap_or(0),
        rejection,
        seal: seal(trip, records, unloaded),
        late_keys,
    }
}

fn seal(trip: &Trip, records: &[Record], unloaded: Option<&Record>) -> Option<Seal> {
    let loading = |record: &&Record| matches!(record.kind.as_str(), "collected" | "dispatched");
    let recorded = records.iter().filter(loading).map(|record| record.seal_number.as_str());
    let recorded = recorded.rev().find(|number| !number.is_empty());
    let stated = Some(trip.seal_number.as_str()).filter(|number| !number.is_empty());
    let found = unloaded.and_then(|record| Some((state(&record.seal_state)?, record.seal_number.clone())));
    let seal = Seal {
        put_on: recorded.or(stated).map(str::to_owned),
        // A register of weighings says only with the trip which seal it had.
        owed: recorded.is_some() && unloaded.is_some(),
        found,
    };
    (seal.put_on.is_some() || seal.found.is_some()).then_some(seal)
}

fn state(name: &str) -> Option<SealState> {
    match name {
        "intact" => Some(SealState::Intact),
        "broken" => Some(SealState::Broken),
        "missing" => Some(SealState::Missing),
        _ => None,
    }
}

/// The id or code in the name of a side.
fn place(name: &str) -> &str {
    name.split_once('/').map_or(name, |(_, id)| id)
}
