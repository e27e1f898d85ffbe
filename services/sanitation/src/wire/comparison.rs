//! How plans differ: rows → core → contract.

use proto::xiangtu::sanitation::v1::{
    RouteFigures, RoutePlanComparison, StationComparison, StopAssignment, StopChange, UnservedReason,
};
use sanitation_core::comparison::{Assignment, Change, Comparison, Figures, Left, Route, Side};

use super::{enums::full, names, routes::totals};
use crate::store::{
    route_plans::RoutePlan,
    routes::{self, Unserved},
};

/// A plan as it is compared.
pub fn side<'a>(routes: &'a [routes::Route], left: &'a [Unserved]) -> Side<'a> {
    let route = |row: &'a routes::Route| Route {
        vehicle: &row.vehicle_id,
        station: &row.station_id,
        duration_s: row.duration_s,
        trips: &row.trips,
    };
    let one = |row: &'a Unserved| Left {
        point: &row.call_id,
        village: &row.division_code,
        station: row.station_id.as_deref().unwrap_or_default(),
        reason: &row.reason,
    };
    Side {
        routes: routes.iter().map(route).collect(),
        left: left.iter().map(one).collect(),
    }
}

/// A comparison with some of its changes.
pub fn comparison<'a>(
    base: &RoutePlan,
    plan: &RoutePlan,
    found: &Comparison<'_>,
    changes: impl Iterator<Item = &'a Change<'a>>,
) -> RoutePlanComparison {
    let stations = found
        .stations
        .iter()
        .map(|(station, [before, after])| StationComparison {
            station: if station.is_empty() {
                String::new()
            } else {
                names::facility(station)
            },
            base: Some(figures(before)),
            figures: Some(figures(after)),
        });
    let count = |items: usize| i64::try_from(items).unwrap_or(i64::MAX);
    RoutePlanComparison {
        route_plan: names::route_plan(plan.route_plan_id),
        base: names::route_plan(base.route_plan_id),
        base_totals: Some(totals(&base.totals)),
        totals: Some(totals(&plan.totals)),
        stations: stations.collect(),
        stop_changes: changes.map(change).collect(),
        moved_count: count(found.moved()),
        dropped_count: count(found.dropped()),
    }
}

/// The sums of a station.
pub const fn figures(figures: &Figures) -> RouteFigures {
    RouteFigures {
        distance_m: figures.distance_m,
        duration_s: figures.duration_s,
        load_kg: figures.load_kg,
        transport_kg_km: figures.kg_m / 1_000,
        vehicle_count: figures.vehicles,
        trip_count: figures.trips,
        stop_count: figures.stops,
        unserved_count: figures.unserved,
    }
}

fn change(change: &Change<'_>) -> StopChange {
    let (collection_point, stream) = names::call(change.point);
    StopChange {
        collection_point,
        stream: stream.into(),
        division: names::division(change.village),
        base: change.base.map(assignment),
        assignment: change.now.map(assignment),
    }
}

fn assignment(assignment: Assignment<'_>) -> StopAssignment {
    match assignment {
        Assignment::Served {
            vehicle,
            trip,
            arrive_s,
        } => StopAssignment {
            vehicle: names::vehicle(vehicle),
            trip_number: i32::try_from(trip).unwrap_or(i32::MAX),
            arrive_s: i32::try_from(arrive_s).unwrap_or(i32::MAX),
            unserved_reason: UnservedReason::Unspecified.into(),
        },
        Assignment::Left { reason } => StopAssignment {
            unserved_reason: UnservedReason::from_str_name(&full("UNSERVED_REASON_", reason))
                .unwrap_or_default()
                .into(),
            ..StopAssignment::default()
        },
    }
}
