//! What is done and what is planned of a station's day, as routes of one plan.

use std::collections::{BTreeSet, HashMap};

use routing::{Solution, Travel};
use sanitation_core::route::{Stop, Totals, Trip};
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    Running, cost_fen,
    done::{Done, DoneTrip},
    indices,
};
use crate::{
    planning::{Planned, Task, outcome::hauled, station},
    store::{routes::Route, vehicles::Vehicle},
};

/// What a vehicle does from now on.
struct Ahead {
    trips: Vec<Trip>,
    home_s: i64,
}

impl Running {
    /// The station's routes and what it leaves unserved. Ordinals are left to the whole plan.
    pub fn planned(&self, id: Uuid, task: &Task, solution: Option<&Solution>) -> Planned {
        let mut ahead: HashMap<&str, Ahead> = HashMap::new();
        for route in solution.iter().flat_map(|solution| &solution.routes) {
            let vehicle = &task.day.vehicles[route.vehicle];
            let trips = task.trips(route);
            let home_s = route.arrival_s;
            ahead.insert(&vehicle.vehicle_id, Ahead { trips, home_s });
        }
        let mut plan = Planned {
            unserved: task.unserved(id, solution),
            ..Planned::default()
        };
        let vehicles: BTreeSet<&str> = ahead
            .keys()
            .copied()
            .chain(self.done.keys().map(String::as_str))
            .collect();
        let Some(join) = Join::of(task) else {
            return plan;
        };
        for vehicle in vehicles {
            let of = |row: &&Vehicle| row.vehicle_id == vehicle;
            let out = self.out.iter().find(of);
            let Some(row) = out.or_else(|| task.day.vehicles.iter().find(of)) else {
                continue;
            };
            let done = self.done.get(vehicle).cloned().unwrap_or_default();
            let trips = join.trips(done, ahead.remove(vehicle), out.is_some());
            plan.routes.extend(join.route(id, row, trips));
        }
        plan.totals = totals(&plan, task);
        plan
    }
}

/// How trips of a station are put together.
struct Join<'a> {
    task: &'a Task,
    travel: Travel,
    index: HashMap<&'a str, usize>,
    station: &'a str,
    division: &'a str,
}

impl<'a> Join<'a> {
    fn of(task: &'a Task) -> Option<Self> {
        let station = task.day.station.as_ref()?;
        let places: Vec<usize> = (0..task.day.points.len()).collect();
        Some(Self {
            travel: station::spec(&task.day, station, &places, (Vec::new(), Vec::new())).travel,
            index: indices(&task.day.points),
            task,
            station: &station.facility_id,
            division: &station.division_code,
        })
    }

    fn place(&self, stop: &Stop) -> usize {
        self.index.get(stop.point.as_str()).map_or(0, |point| point + 1)
    }

    /// The trips of a vehicle and when it is home.
    fn trips(&self, done: Done, ahead: Option<Ahead>, out: bool) -> (Vec<Trip>, i64) {
        let (mut trips, mut home_s) = (Vec::new(), 0);
        let ahead_s = ahead.as_ref().map(|ahead| ahead.home_s);
        let mut ahead = ahead.map(|ahead| ahead.trips).unwrap_or_default().into_iter();
        for begun in done.trips {
            let open = begun.home_s.is_none();
            if begun.stops.is_empty() {
                continue;
            }
            let rest = if open { ahead.next() } else { None };
            let trip = self.trip(begun, rest, out);
            home_s = trip.arrive_s
                + if trip.broken_off {
                    0
                } else {
                    self.task.day.norms.routing.unload_s
                };
            trips.push(trip);
        }
        trips.extend(ahead);
        (trips, ahead_s.unwrap_or(home_s))
    }

    /// What is done of a trip with its rest.
    fn trip(&self, begun: DoneTrip, rest: Option<Trip>, out: bool) -> Trip {
        let first = begun.stops.first();
        let leaves_s = first.map_or(0, |stop| stop.arrive_s - self.travel.duration_s(0, self.place(stop)));
        let leave_s = begun.stops.last().map_or(leaves_s, |stop| stop.leave_s);
        let way_s = begun
            .stops
            .last()
            .map_or(0, |stop| self.travel.duration_s(self.place(stop), 0));
        let broken_off = out && begun.home_s.is_none();
        let home_s = match (&rest, begun.home_s) {
            (Some(rest), _) => rest.arrive_s,
            (None, Some(home)) => home.at(leave_s, way_s),
            (None, None) if broken_off => leave_s,
            (None, None) => leave_s + way_s,
        };
        let mut stops = begun.stops;
        stops.extend(rest.into_iter().flat_map(|rest| rest.stops));
        let mut trip = Trip {
            depart_s: begun.depart_s.unwrap_or(leaves_s).max(0),
            arrive_s: home_s,
            load_kg: stops.iter().map(|stop| stop.load_kg).sum(),
            distance_m: 0,
            kg_m: 0,
            broken_off,
            stops,
        };
        let legs = trip.stops.iter().map(|stop| (self.place(stop), stop.load_kg));
        let back = (!broken_off).then_some((0, 0));
        (trip.distance_m, trip.kg_m) = hauled(&self.travel, (0, 0), legs.chain(back));
        trip
    }

    /// `None` of a vehicle that has nothing to do.
    fn route(&self, id: Uuid, vehicle: &Vehicle, (trips, home_s): (Vec<Trip>, i64)) -> Option<Route> {
        let first = trips.first()?;
        let ways = self.task.day.table.as_ref().and_then(|table| table.ways.as_ref());
        let line = |trip: &Trip| -> Option<Vec<[f64; 2]>> {
            let points = trip
                .stops
                .iter()
                .filter_map(|stop| self.index.get(stop.point.as_str()).copied());
            ways.map(|ways| ways.line(points))
        };
        let lines: Option<Vec<_>> = trips.iter().map(line).collect();
        Some(Route {
            route_plan_id: id,
            ordinal: 0,
            vehicle_id: vehicle.vehicle_id.clone(),
            station_id: self.station.to_owned(),
            division_code: self.division.to_owned(),
            distance_m: trips.iter().map(|trip| trip.distance_m).sum(),
            duration_s: home_s - first.depart_s,
            load_kg: trips.iter().map(|trip| trip.load_kg).sum(),
            plate: vehicle.plate.clone(),
            lines: lines.map(Json),
            trips: Json(trips),
        })
    }
}

fn totals(plan: &Planned, task: &Task) -> Totals {
    let mut totals = super::sums(&plan.routes);
    totals.cost_fen = cost_fen(&plan.routes, &task.day.norms);
    totals.unserved = i64::try_from(plan.unserved.len()).unwrap_or(i64::MAX);
    totals
}
