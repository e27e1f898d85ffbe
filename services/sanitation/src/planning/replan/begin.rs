//! The rest of a station's day as a routing problem.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use routing::{Plan, PlannedRoute, PlannedTrip, Spec, Travel, Vehicle, Window};
use sanitation_core::{demand::Basis, route::Stop};

use super::{Base, Happened, Impossible, Running, done::Done, indices};
use crate::{
    planning::{Due, StationDay, Task, station},
    store::vehicles,
};

/// Where a vehicle goes on.
struct Beginning {
    /// Index of the place.
    place: usize,
    /// When it is free.
    free_s: i64,
    /// What is aboard.
    load_kg: i64,
    /// Index of the stop that it is under way to.
    next: Option<usize>,
    /// It has been used already.
    used: bool,
    /// When its break is over, if it has had it.
    rested_s: Option<i64>,
}

impl Running {
    /// The rest of the day of a station: `day` has all its points and vehicles, with its table if it has one. What is due is
    /// what the plan has.
    pub fn begin(&mut self, mut day: StationDay, happened: &Happened) -> Result<Task, Impossible> {
        let is_out = |vehicle: &vehicles::Vehicle| {
            let from_s = happened.out_s(&vehicle.vehicle_id);
            from_s.is_some_and(|from_s| from_s <= happened.time_s)
        };
        (self.out, day.vehicles) = day.vehicles.into_iter().partition(is_out);
        day.dues = Arc::new(self.base.dues());
        day.resting = self.resting(&day, happened);
        let mut task = Task::without_problem(day);
        let places: Vec<usize> = (0..task.day.points.len()).collect();
        // Who is under way to a stop that has become too late to serve goes elsewhere.
        for under_way in [true, false] {
            let Some(spec) = self.spec(&task, &places, happened, under_way) else {
                return Ok(task);
            };
            let idle = spec.stops.is_empty() && spec.vehicles.iter().all(|vehicle| vehicle.load_kg == 0);
            if idle || spec.vehicles.is_empty() {
                return Ok(task);
            }
            match spec.build() {
                Ok(problem) => {
                    task.start = Some(self.start(&task));
                    task.problem = Some(problem);
                    break;
                }
                Err(_) if under_way => {}
                Err(invalid) => return Err(Impossible(invalid.to_string())),
            }
        }
        Ok(task)
    }

    /// Points from which nothing is left to take, with everything that was relayed to them.
    fn resting(&self, day: &StationDay, happened: &Happened) -> HashSet<usize> {
        let index = indices(&day.points);
        let stops = self.done.values().flat_map(Done::stops);
        let points = stops.flat_map(|stop| {
            let relayed = stop.relays.iter().map(|relay| relay.point.as_str());
            std::iter::once(stop.point.as_str()).chain(relayed)
        });
        let points = points.chain(happened.settled.iter().map(String::as_str));
        points.filter_map(|point| index.get(point).copied()).collect()
    }

    fn spec(&self, task: &Task, places: &[usize], happened: &Happened, under_way: bool) -> Option<Spec> {
        let (day, station) = (&task.day, task.day.station.as_ref()?);
        let stops = task
            .calls
            .iter()
            .map(|call| station::stop(call.point + 1, call, day))
            .collect();
        let mut spec = station::spec(day, station, places, (stops, Vec::new()));
        let index: HashMap<&str, usize> = (task.calls.iter().enumerate())
            .map(|(call, told)| (day.points[told.point].point_id.as_str(), call))
            .collect();
        for row in &day.vehicles {
            let mut beginning = self.beginning(row, day, &spec.travel, &index, happened);
            if !under_way {
                beginning.next = None;
            }
            let vehicle = beginning.vehicle(row, &spec, day, happened);
            spec.vehicles.push(vehicle);
        }
        Some(spec)
    }

    fn beginning(
        &self,
        row: &vehicles::Vehicle,
        day: &StationDay,
        travel: &Travel,
        calls: &HashMap<&str, usize>,
        happened: &Happened,
    ) -> Beginning {
        let told_kg = happened.onboard.get(&row.vehicle_id).copied();
        let mut beginning = Beginning {
            place: 0,
            free_s: row.shift_starts_s.into(),
            load_kg: told_kg.unwrap_or(0),
            next: None,
            used: false,
            rested_s: None,
        };
        let Some((done, trip)) = self
            .done
            .get(&row.vehicle_id)
            .and_then(|done| Some((done, done.trips.last()?)))
        else {
            return beginning;
        };
        beginning.used = true;
        let breaks = done.pauses.iter().filter(|pause| !pause.rest);
        beginning.rested_s = breaks.map(|pause| pause.end_s).max();
        let last = trip.stops.last();
        let (point, leave_s) = match (&done.seen, last) {
            (Some(seen), _) => (Some(&seen.point), seen.at_s),
            (None, Some(stop)) => (Some(&stop.point), stop.leave_s),
            (None, None) => (None, trip.depart_s.unwrap_or(0)),
        };
        let place = point.and_then(|id| day.points.iter().position(|point| point.point_id == *id));
        if let Some(home) = trip.home_s {
            let (way_s, unload_s) = (
                place.map_or(0, |point| travel.duration_s(point + 1, 0)),
                day.norms.routing.unload_s,
            );
            beginning.free_s = home.at(leave_s, way_s, unload_s) + unload_s;
        } else {
            let aboard: i64 = trip.stops.iter().map(|stop: &Stop| stop.load_kg).sum();
            beginning.place = place.map_or(0, |point| point + 1);
            beginning.free_s = leave_s;
            // Whoever has stopped anywhere comes home.
            beginning.load_kg = told_kg.unwrap_or(aboard).max(i64::from(last.is_some()));
            beginning.next = done.next.as_deref().and_then(|point| calls.get(point).copied());
        }
        beginning
    }

    /// What the plan has of the rest, to begin the search with.
    fn start(&self, task: &Task) -> Plan {
        let points = &task.day.points;
        let call: HashMap<&str, usize> = (task.calls.iter().enumerate())
            .map(|(index, call)| (points[call.point].point_id.as_str(), index))
            .collect();
        let route = |(vehicle, row): (usize, &vehicles::Vehicle)| {
            let route = self
                .base
                .routes
                .iter()
                .find(|route| route.vehicle_id == row.vehicle_id)?;
            let trips = route.trips.iter().map(|trip| PlannedTrip {
                stops: trip
                    .stops
                    .iter()
                    .filter_map(|stop| call.get(stop.point.as_str()).copied())
                    .collect(),
                facility: Some(0),
            });
            let trips = trips.filter(|trip| !trip.stops.is_empty()).collect();
            Some(PlannedRoute { vehicle, trips })
        };
        let routes = task.day.vehicles.iter().enumerate().filter_map(route).collect();
        Plan { routes }
    }
}

impl Beginning {
    fn vehicle(&self, row: &vehicles::Vehicle, spec: &Spec, day: &StationDay, happened: &Happened) -> Vehicle {
        let mut stated = station::vehicle(row, &day.norms);
        let now_s = happened.time_s.max(self.rested_s.unwrap_or(0));
        if self.rested_s.is_some() {
            stated.breaks.clear();
        }
        let open_s = match self.next.map(|stop| &spec.stops[stop]) {
            // It drives already, and serves there no sooner than now.
            Some(stop) => {
                let takes_s = spec.travel.duration_s(self.place, stop.place) + stop.service_s;
                self.free_s.max(now_s - takes_s)
            }
            None => self.free_s.max(now_s),
        };
        let ends_s = happened.out_s(&row.vehicle_id).unwrap_or(i64::MAX);
        let close_s = stated.shift.close_s.min(ends_s);
        // Late vehicles with a load still bring it home.
        let home_s = if self.load_kg == 0 {
            open_s
        } else {
            // Who sets out when no break is owed any more can do without.
            let breaks = stated.breaks.iter().map(|pause| pause.begin.close_s);
            breaks.fold(open_s, i64::max) + spec.travel.duration_s(self.place, 0) + day.norms.routing.unload_s
        };
        Vehicle {
            start: self.place,
            shift: Window::new(open_s, close_s.max(home_s)),
            fixed_cost: if self.used { 0 } else { stated.fixed_cost },
            load_kg: self.load_kg.min(row.payload_kg),
            locked: self.next.into_iter().collect(),
            ..stated
        }
    }
}

impl Base {
    /// The loads of the plan by point, without what is relayed to them.
    fn dues(&self) -> HashMap<String, Due> {
        let due = |load_kg: i64, basis: Option<Basis>| Due {
            grams: load_kg * 1_000,
            basis: basis.unwrap_or(Basis::Declared),
        };
        let mut dues = HashMap::new();
        for stop in self
            .routes
            .iter()
            .flat_map(|route| route.trips.iter())
            .flat_map(|trip| &trip.stops)
        {
            let relayed: i64 = stop.relays.iter().map(|relay| relay.load_kg).sum();
            dues.insert(stop.point.clone(), due((stop.load_kg - relayed).max(0), stop.basis));
            dues.extend(
                stop.relays
                    .iter()
                    .map(|relay| (relay.point.clone(), due(relay.load_kg, stop.basis))),
            );
        }
        dues.extend(
            self.left
                .iter()
                .map(|left| (left.call_id.clone(), due(left.load_kg, Basis::parse(&left.basis)))),
        );
        dues
    }
}
