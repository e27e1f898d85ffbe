//! Solutions as routes, unserved points and sums.

use std::collections::HashMap;

use routing::{Problem, Reason, Solution, Travel};
use sanitation_core::{
    demand::Basis,
    geo::Position,
    route::{Pause, Stop, Totals, Trip},
};
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    Task, Why,
    station::{Call, waste_kg},
};
use crate::store::{
    points,
    routes::{Lines, Route, Unserved},
};

/// A plan as it is kept.
#[derive(Default)]
pub struct Planned {
    /// Routes in the order of stations and vehicles.
    pub routes: Vec<Route>,
    /// Points left unserved.
    pub unserved: Vec<Unserved>,
    /// Sums.
    pub totals: Totals,
}

/// The plan made of the solutions of all stations.
pub fn planned(id: Uuid, tasks: &[Task], solutions: &[Option<Solution>]) -> Planned {
    let mut plan = Planned::default();
    for (task, solution) in tasks.iter().zip(solutions) {
        plan.totals += totals(task, solution.as_ref());
        if let Some(solution) = solution {
            for route in &solution.routes {
                let ordinal = i32::try_from(plan.routes.len() + 1).unwrap_or(i32::MAX);
                plan.routes.extend(task.route(id, ordinal, route));
            }
        }
        plan.unserved.extend(task.unserved(id, solution.as_ref()));
    }
    plan
}

/// The sums of a station's day.
pub fn totals(task: &Task, solution: Option<&Solution>) -> Totals {
    let mut totals = Totals {
        unserved: count(task.leftovers.len()),
        ..Totals::default()
    };
    let Some(solution) = solution else {
        return totals;
    };
    totals.cost_fen = solution.objective.cost / 1_000;
    for route in &solution.routes {
        totals.vehicles += 1;
        totals.distance_m += route.distance_m;
        totals.duration_s += route.duration_s();
        totals.overtime_s += route.overtime_s;
        totals.kg_m += task
            .problem
            .as_ref()
            .map_or(0, |problem| kg_m(problem, route).iter().sum());
        for trip in &route.trips {
            totals.trips += 1;
            totals.load_kg += trip.load_kg;
            totals.stops += count(trip.visits.len());
            let relayed = |stop: usize| task.calls[stop].relays.len();
            totals.relayed += count(trip.visits.iter().map(|visit| relayed(visit.stop)).sum());
        }
    }
    let left = |stop: usize| 1 + task.calls[stop].relays.len();
    totals.unserved += count(solution.unserved.iter().map(|unserved| left(unserved.stop)).sum());
    totals
}

impl Task {
    /// `None` for a route without a station, which no problem has.
    fn route(&self, id: Uuid, ordinal: i32, route: &routing::Route) -> Option<Route> {
        let station = self.day.station.as_ref()?;
        let vehicle = self.day.vehicles.get(route.vehicle)?;
        let trips = self.trips(route);
        Some(Route {
            route_plan_id: id,
            ordinal,
            vehicle_id: vehicle.vehicle_id.clone(),
            station_id: station.facility_id.clone(),
            division_code: station.division_code.clone(),
            distance_m: route.distance_m,
            duration_s: route.duration_s(),
            overtime_s: route.overtime_s,
            load_kg: trips.iter().map(|trip| trip.load_kg).sum(),
            trips: Json(trips),
            plate: vehicle.plate.clone(),
            lines: self.lines(route).map(Json),
        })
    }

    /// The trips of a route.
    pub(super) fn trips(&self, route: &routing::Route) -> Vec<Trip> {
        let hauled = self
            .problem
            .as_ref()
            .map(|problem| kg_m(problem, route))
            .unwrap_or_default();
        let mut departure_s = route.departure_s;
        let mut trips = Vec::new();
        let (last, mut before) = (route.trips.len(), 0);
        for (number, (trip, kg_m)) in (1..).zip(route.trips.iter().zip(hauled)) {
            // Behind the stops comes the unloading; what follows it is of the next trip, if there is one.
            let places = trip.visits.len() + 1;
            let here =
                |pause: &&routing::Pause| before <= pause.after && (pause.after < before + places || number == last);
            let pauses = route.pauses.iter().filter(here).map(|pause| Pause {
                rest: pause.of.is_none(),
                after: (pause.after - before).min(trip.visits.len()),
                begin_s: pause.start_s,
                end_s: pause.end_s,
            });
            let pauses = pauses.collect();
            before += places;
            trips.push(Trip {
                depart_s: departure_s,
                arrive_s: trip.unload.map_or(route.arrival_s, |unload| unload.arrival_s),
                load_kg: trip.load_kg,
                distance_m: trip.distance_m,
                kg_m,
                broken_off: false,
                stops: trip.visits.iter().map(|visit| self.stop(visit)).collect(),
                pauses,
            });
            departure_s = trip.unload.map_or(route.arrival_s, |unload| unload.departure_s);
        }
        trips
    }

    /// The lines of a route's trips, where its roads are known.
    fn lines(&self, route: &routing::Route) -> Option<Lines> {
        let ways = self.day.table.as_ref()?.ways.as_ref()?;
        let line = |trip: &routing::Trip| ways.line(trip.visits.iter().map(|visit| self.calls[visit.stop].point));
        Some(route.trips.iter().map(line).collect())
    }

    fn stop(&self, visit: &routing::Visit) -> Stop {
        let call = &self.calls[visit.stop];
        let point = &self.day.points[call.point];
        Stop {
            point: point.point_id.clone(),
            village: point.division_code.clone(),
            bins: call.bins,
            arrive_s: visit.arrival_s,
            leave_s: visit.departure_s,
            load_kg: call.load_kg,
            basis: self.day.dues.get(&point.point_id).map(|due| due.basis),
            position: Position {
                lng: point.lng,
                lat: point.lat,
            },
            relays: call.relays.iter().map(|(_, relay)| relay.clone()).collect(),
            executed: false,
        }
    }

    /// Points left out before the search, and stops that it left out with everything that is relayed to them.
    pub(super) fn unserved(&self, id: Uuid, solution: Option<&Solution>) -> Vec<Unserved> {
        let before = self
            .leftovers
            .iter()
            .map(|leftover| (leftover.point, early(leftover.why)));
        let searched = solution
            .map(|solution| solution.unserved.as_slice())
            .unwrap_or_default();
        let after = searched.iter().flat_map(|unserved| {
            let call: &Call = &self.calls[unserved.stop];
            let relayed = call.relays.iter().map(|(from, _)| *from);
            let points = std::iter::once(call.point).chain(relayed);
            points.map(|point| (point, late(unserved.reason)))
        });
        let reasons: HashMap<usize, &str> = before.chain(after).collect();
        let row = |(index, point): (usize, &points::Point)| {
            let reason = reasons.get(&index)?;
            Some(Unserved {
                route_plan_id: id,
                call_id: point.point_id.clone(),
                station_id: self.day.station.as_ref().map(|station| station.facility_id.clone()),
                division_code: point.division_code.clone(),
                reason: (*reason).to_owned(),
                load_kg: waste_kg(point, &self.day),
                basis: self
                    .day
                    .dues
                    .get(&point.point_id)
                    .map_or(Basis::Declared, |due| due.basis)
                    .name()
                    .to_owned(),
                lng: point.lng,
                lat: point.lat,
            })
        };
        self.day.points.iter().enumerate().filter_map(row).collect()
    }
}

/// By trip of a route, loads times the distances that they are driven.
fn kg_m(problem: &Problem, route: &routing::Route) -> Vec<i64> {
    let spec = problem.spec();
    let vehicle = &spec.vehicles[route.vehicle];
    let (mut place, mut load_kg) = (vehicle.start, vehicle.load_kg);
    let trip = |trip: &routing::Trip| {
        let stops = trip.visits.iter().map(|visit| &spec.stops[visit.stop]);
        let unload = trip.unload.map(|unload| (spec.facilities[unload.facility].place, 0));
        let legs = stops.map(|stop| (stop.place, stop.demand_kg)).chain(unload);
        let (_, kg_m) = hauled(&spec.travel, (place, load_kg), legs.clone());
        place = legs.last().map_or(place, |(last, _)| last);
        load_kg = 0;
        kg_m
    };
    route.trips.iter().map(trip).collect()
}

/// Metres of a way from a place over others, with what is aboard and what is taken at each; and loads times distances.
pub(super) fn hauled(
    travel: &Travel,
    (mut place, mut load_kg): (usize, i64),
    legs: impl Iterator<Item = (usize, i64)>,
) -> (i64, i64) {
    let (mut distance_m, mut kg_m) = (0, 0);
    for (to, taken_kg) in legs {
        let leg_m = travel.distance_m(place, to);
        distance_m += leg_m;
        kg_m += leg_m * load_kg;
        load_kg += taken_kg;
        place = to;
    }
    (distance_m, kg_m)
}

const fn early(why: Why) -> &'static str {
    match why {
        Why::NoVehicle => "no_vehicle",
        Why::NoStation => "no_station",
        Why::Access => "access",
        Why::NoRoad => "no_road",
    }
}

const fn late(reason: Reason) -> &'static str {
    match reason {
        Reason::NoStream => "no_vehicle",
        Reason::NoAccess => "access",
        Reason::TooHeavy => "too_large",
        Reason::OutsideShifts | Reason::TooFar => "time_window",
        Reason::NoRoom | Reason::NotWorth | Reason::NotChosen => "fleet_exhausted",
    }
}

fn count(items: usize) -> i64 {
    i64::try_from(items).unwrap_or(i64::MAX)
}
