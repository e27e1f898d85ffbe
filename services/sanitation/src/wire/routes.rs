//! Route plans: rows and core → contract.

use kit::{dates, etag};
use proto::xiangtu::sanitation::v1::{
    DemandBasis, PauseKind, Relay, Route, RoutePause, RoutePlan, RoutePlanState, RouteSavings, RouteStop, RouteTotals,
    RouteTrip, TravelSource, UnservedPoint, UnservedReason,
};
use sanitation_core::route::{self, Trip};

use super::{
    demand::basis,
    enums::{full, stream},
    names,
    network::position,
};
use crate::store::{route_plans, routes};

/// The version of a plan.
pub fn version(row: &route_plans::RoutePlan) -> String {
    etag::of(&[&row.route_plan_id.to_string(), &row.state])
}

pub fn route_plan(row: &route_plans::RoutePlan) -> RoutePlan {
    let source = TravelSource::from_str_name(&full("TRAVEL_SOURCE_", &row.travel_source));
    let state = RoutePlanState::from_str_name(&full("ROUTE_PLAN_STATE_", &row.state));
    RoutePlan {
        name: names::route_plan(row.route_plan_id),
        division: names::division(&row.division_code),
        date: Some(dates::to_proto(row.date)),
        state: state.unwrap_or_default().into(),
        seed: row.seed.cast_unsigned(),
        search_seconds: row.search_seconds,
        totals: Some(totals(&row.totals)),
        in_force_totals: row.in_force.as_ref().map(|sums| totals(sums)),
        plan: row.norms_id.map(names::plan).unwrap_or_default(),
        etag: version(row),
        create_time: Some(dates::timestamp(row.created_at)),
        publish_time: row.published_at.map(dates::timestamp),
        travel_source: source.unwrap_or_default().into(),
        savings: row.nearest.as_ref().map(|nearest| savings(&row.totals, nearest)),
        replanned_from: row.replanned_from.map(names::route_plan).unwrap_or_default(),
        replanned_at_s: row.replanned_at_s.unwrap_or(0),
        quantile_permille: row.quantile_permille,
        week_plan: row.week_plan_id.map(names::week_plan).unwrap_or_default(),
    }
}

/// What a plan saves.
pub fn savings(sums: &route::Totals, nearest: &route::Totals) -> RouteSavings {
    RouteSavings {
        nearest_neighbour: Some(totals(nearest)),
        distance_m: nearest.distance_m - sums.distance_m,
        duration_s: nearest.duration_s - sums.duration_s,
    }
}

/// A source as it is stored.
pub fn travel_source(source: TravelSource) -> String {
    let source = match source {
        TravelSource::Unspecified => TravelSource::GreatCircle,
        source => source,
    };
    let name = source.as_str_name();
    name.trim_start_matches("TRAVEL_SOURCE_").to_lowercase()
}

pub fn totals(sums: &route::Totals) -> RouteTotals {
    RouteTotals {
        cost_fen: sums.cost_fen,
        distance_m: sums.distance_m,
        duration_s: sums.duration_s,
        load_kg: sums.load_kg,
        vehicle_count: sums.vehicles,
        trip_count: sums.trips,
        stop_count: sums.stops,
        relayed_count: sums.relayed,
        unserved_count: sums.unserved,
        transport_kg_km: sums.kg_m / 1_000,
        overtime_s: sums.overtime_s,
    }
}

pub fn route(row: &routes::Route) -> Route {
    Route {
        name: format!("routePlans/{}/routes/{}", row.route_plan_id, row.vehicle_id),
        vehicle: names::vehicle(&row.vehicle_id),
        station: names::facility(&row.station_id),
        division: names::division(&row.division_code),
        trips: row.trips.iter().map(trip).collect(),
        distance_m: row.distance_m,
        duration_s: row.duration_s,
        load_kg: row.load_kg,
        overtime_s: row.overtime_s,
        stream: stream(row.trips.first().map(Trip::stream).unwrap_or_default().name()).into(),
    }
}

fn trip(trip: &Trip) -> RouteTrip {
    RouteTrip {
        depart_s: seconds(trip.depart_s),
        arrive_s: seconds(trip.arrive_s),
        load_kg: trip.load_kg,
        distance_m: trip.distance_m,
        stops: trip.stops.iter().map(stop).collect(),
        broken_off: trip.broken_off,
        pauses: trip.pauses.iter().map(pause).collect(),
    }
}

fn pause(pause: &route::Pause) -> RoutePause {
    RoutePause {
        kind: pause_kind(pause).into(),
        after_stop_number: i32::try_from(pause.after).unwrap_or(i32::MAX),
        begin_s: seconds(pause.begin_s),
        end_s: seconds(pause.end_s),
    }
}

pub const fn pause_kind(pause: &route::Pause) -> PauseKind {
    if pause.rest { PauseKind::Rest } else { PauseKind::Break }
}

fn stop(stop: &route::Stop) -> RouteStop {
    let (collection_point, stream) = names::call(&stop.point);
    RouteStop {
        collection_point,
        stream: stream.into(),
        arrive_s: seconds(stop.arrive_s),
        leave_s: seconds(stop.leave_s),
        load_kg: stop.load_kg,
        position: position(stop.position.lng, stop.position.lat),
        relays: stop.relays.iter().map(relay).collect(),
        demand_basis: stop.basis.map_or(DemandBasis::Declared, basis).into(),
        executed: stop.executed,
    }
}

fn relay(relay: &route::Relay) -> Relay {
    Relay {
        collection_point: names::call(&relay.point).0,
        distance_m: relay.distance_m,
        load_kg: relay.load_kg,
        needs_motor: relay.needs_motor,
    }
}

pub fn unserved(row: &routes::Unserved) -> UnservedPoint {
    let reason = UnservedReason::from_str_name(&full("UNSERVED_REASON_", &row.reason));
    let basis = DemandBasis::from_str_name(&full("DEMAND_BASIS_", &row.basis));
    let (collection_point, stream) = names::call(&row.call_id);
    UnservedPoint {
        collection_point,
        stream: stream.into(),
        division: names::division(&row.division_code),
        reason: reason.unwrap_or_default().into(),
        load_kg: row.load_kg,
        demand_basis: basis.unwrap_or_default().into(),
    }
}

fn seconds(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
