//! The mass balance: core and rows → contract.

use std::collections::HashMap;

use kit::dates;
use proto::xiangtu::sanitation::v1::{Anomaly, AnomalyKind, ArcBalance, MassBalance, NodeBalance};
use sanitation_core::{
    balance::{Arc, Day, Node, Way},
    custody::{self, Kind},
};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{enums::full, names};
use crate::store::anomalies;

/// What tells an anomaly from all others: with other masses it is another one.
fn key(anomaly: &custody::Anomaly) -> String {
    let fault = anomaly.fault.name();
    let place = match &anomaly.trip {
        Some(trip) => format!("{fault}/trips/{trip}"),
        None => format!("{fault}/{}/{}", anomaly.from, anomaly.date),
    };
    match anomaly.masses {
        Some(masses) => format!("{place}/{}-{}", masses.expected_kg, masses.found_kg),
        None => place,
    }
}

/// An anomaly as it is recorded. `kind` is that of its trip.
pub fn row(anomaly: &custody::Anomaly, kind: Option<Kind>, id: Uuid, now: OffsetDateTime) -> anomalies::Anomaly {
    let back = anomaly.fault.on_the_way_back();
    let starts_at = match kind {
        Some(Kind::Collection) if !back => names::vehicle(&anomaly.from),
        _ => names::facility(&anomaly.from),
    };
    // A collection is driven back to a village; where to is not known before it is.
    let ends_at = match kind {
        Some(Kind::Collection) if back && anomaly.to != anomaly.from => names::division(&anomaly.to),
        _ => names::facility(&anomaly.to),
    };
    anomalies::Anomaly {
        anomaly_id: id,
        anomaly_key: key(anomaly),
        fault: anomaly.fault.name().to_owned(),
        division_code: anomaly.township.clone(),
        date: anomaly.date,
        trip_id: anomaly.trip.clone(),
        starts_at,
        ends_at,
        expected_kg: anomaly.masses.map(|masses| masses.expected_kg),
        found_kg: anomaly.masses.map(|masses| masses.found_kg),
        tolerance_kg: anomaly.masses.map(|masses| masses.tolerance_kg),
        text_en: anomaly.text.clone(),
        text_zh: anomaly.text_zh.clone(),
        recorded_at: now,
        withdrawn_at: None,
    }
}

/// An anomaly as the contract shows it; `recorded` is false while its day is open.
pub fn anomaly(row: anomalies::Anomaly, recorded: bool) -> Anomaly {
    let kind = AnomalyKind::from_str_name(&full("ANOMALY_KIND_", &row.fault));
    Anomaly {
        name: if recorded {
            format!("anomalies/{}", row.anomaly_id)
        } else {
            String::new()
        },
        kind: kind.unwrap_or_default().into(),
        division: names::division(&row.division_code),
        date: Some(dates::to_proto(row.date)),
        trip: row.trip_id.as_deref().map(names::trip).unwrap_or_default(),
        from: row.starts_at,
        to: row.ends_at,
        expected_kg: row.expected_kg,
        found_kg: row.found_kg,
        tolerance_kg: row.tolerance_kg,
        explanation_zh: row.text_zh,
        explanation: row.text_en,
        record_time: recorded.then(|| dates::timestamp(row.recorded_at)),
        withdraw_time: row.withdrawn_at.map(dates::timestamp),
    }
}

/// The balance of a division's day; `titles` are the names of facilities.
pub fn mass_balance(
    (division, date): (&str, Date),
    day: &Day,
    titles: &HashMap<String, String>,
    anomalies: Vec<Anomaly>,
) -> MassBalance {
    let nodes = day.stations.iter().chain(&day.plants);
    MassBalance {
        division: names::division(division),
        date: Some(dates::to_proto(date)),
        collected_kg: day.collected_kg,
        received_kg: day.received_kg,
        dispatched_kg: day.dispatched_kg,
        delivered_kg: day.delivered_kg,
        nodes: nodes.map(|(id, balance)| node(id, balance, titles)).collect(),
        arcs: day.ways.iter().map(|(way, balance)| arc(way, balance)).collect(),
        anomalies,
        ..MassBalance::default()
    }
}

fn node(id: &str, balance: &Node, titles: &HashMap<String, String>) -> NodeBalance {
    NodeBalance {
        node: names::facility(id),
        display_name: titles.get(id).cloned().unwrap_or_default(),
        in_kg: balance.in_kg,
        estimated_in_kg: balance.estimated_in_kg,
        out_kg: balance.out_kg,
        stock_change_kg: balance.stock_change_kg,
        declared_loss_kg: balance.declared_loss_kg,
        unexplained_kg: balance.unexplained_kg,
        tolerance_kg: balance.tolerance_kg,
        load_count: balance.loads,
        rejected_kg: balance.rejected_kg,
        returned_kg: balance.returned_kg,
    }
}

fn arc(way: &Way, balance: &Arc) -> ArcBalance {
    let (from, to) = match way {
        Way::Collection { township, station } => (names::division(township), names::facility(station)),
        Way::Haul { station, plant } => (names::facility(station), names::facility(plant)),
        Way::CollectionBack { station, village } => (names::facility(station), names::division(village)),
        Way::HaulBack { plant, station } => (names::facility(plant), names::facility(station)),
    };
    ArcBalance {
        from,
        to,
        load_count: balance.loads,
        sent_kg: balance.sent_kg,
        received_kg: balance.received_kg,
        difference_kg: balance.difference_kg,
        anomaly_count: balance.anomalies,
        carried_kg: balance.carried_kg,
        residue_kg: balance.residue_kg,
    }
}
