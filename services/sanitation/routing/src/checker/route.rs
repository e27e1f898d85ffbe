//! One route against every limit of its vehicle.

use super::Check;
use super::tour::Tour;
use crate::{Route, Spec, Stop, Trip, Vehicle};

impl Check<'_> {
    pub(super) fn route(&mut self, path: &str, route: &Route) {
        let spec = self.spec;
        let vehicle = &spec.vehicles[route.vehicle];
        let mut tour = Tour::new(vehicle, route);
        self.breaks_taken(path, route, vehicle);
        self.at_most(
            path,
            "departure before the shift",
            vehicle.shift.open_s,
            route.departure_s,
        );
        self.at_most(
            path,
            "more trips than allowed",
            route.trips.len(),
            vehicle.max_trips as usize,
        );
        if route.trips.is_empty() || (spec.facilities.is_empty() && route.trips.len() > 1) {
            self.report(
                path,
                "must have a trip, and only one without facilities",
                route.trips.len(),
                1_usize,
            );
        }
        if let Some(trip) = route.trips.first() {
            self.at_most(
                path,
                "departure before what the trip brings is ready",
                released_s(spec, trip),
                route.departure_s,
            );
        }
        for (index, trip) in route.trips.iter().enumerate() {
            let path = format!("{path}.trips[{index}]");
            // The next trip leaves when what it brings is ready.
            let next_s = route.trips.get(index + 1).map_or(0, |next| released_s(spec, next));
            if self.trip(&path, &mut tour, (index, trip), next_s).is_none() {
                return;
            }
        }
        if let Some(end) = vehicle.end {
            self.drive(path, &mut tour, end);
        }
        if let Some(pause) = tour.pauses.first() {
            self.report(
                path,
                "pause where the vehicle never is, or out of order",
                pause.after,
                tour.works,
            );
        }
        let stops: usize = route.trips.iter().map(|trip| trip.visits.len()).sum();
        self.at_most(path, "more stops than allowed", stops, vehicle.max_stops as usize);
        self.at_most(path, "more kg than allowed", tour.taken_kg, vehicle.max_kg);
        self.at_most(path, "more driving than allowed", tour.driving_s, vehicle.max_driving_s);
        self.at_most(path, "return after the shift", tour.now_s, vehicle.shift.close_s);
        self.locked_first(path, route, vehicle);
        self.equal(path, "arrival_s", route.arrival_s, tour.now_s);
        self.equal(path, "distance_m", route.distance_m, tour.distance_m);
        self.equal(path, "driving_s", route.driving_s, tour.driving_s);
        self.equal(path, "service_s", route.service_s, tour.service_s);
        self.equal(path, "paused_s", route.paused_s, tour.paused_s);
        self.equal(path, "waiting_s", route.waiting_s, tour.waiting_s);
        let overtime_s = (tour.now_s - vehicle.regular_end_s).max(0);
        self.equal(path, "overtime_s", route.overtime_s, overtime_s);
        let duration_s = tour.now_s - route.departure_s;
        let variable = tour.distance_m * vehicle.cost_per_m + duration_s * vehicle.cost_per_s;
        let overtime = overtime_s * vehicle.cost_per_overtime_s;
        self.equal(path, "cost", route.cost, vehicle.fixed_cost + variable + overtime);
    }

    /// One trip; none when it names what does not exist, so that nothing can be said of what follows.
    fn trip(&mut self, path: &str, tour: &mut Tour<'_>, (index, trip): (usize, &Trip), next_s: i64) -> Option<()> {
        let (spec, vehicle) = (self.spec, tour.vehicle);
        if trip.visits.is_empty() && (index > 0 || vehicle.load_kg == 0) {
            self.report(
                path,
                "a trip must visit a stop or unload what was aboard",
                0_usize,
                1_usize,
            );
        }
        let before_m = tour.distance_m;
        for (index, visit) in trip.visits.iter().enumerate() {
            let path = format!("{path}.visits[{index}]");
            let Some(stop) = spec.stops.get(visit.stop) else {
                self.report(&path, "no such stop", visit.stop, spec.stops.len());
                return None;
            };
            self.admitted(&path, vehicle, stop);
            if !self.served.insert(visit.stop) {
                self.report(&path, "stop served twice", visit.stop, visit.stop);
            }
            tour.load_kg += stop.demand_kg;
            tour.taken_kg += stop.demand_kg;
            self.equal(&path, "load_kg", visit.load_kg, tour.load_kg);
            self.at_most(&path, "overloaded", tour.load_kg, vehicle.payload_kg);
            let told = (visit.arrival_s, visit.start_s, visit.departure_s);
            self.work(&path, tour, (stop.place, stop.service_s, &stop.windows, 0), told);
        }
        self.equal(path, "load_kg", trip.load_kg, tour.load_kg);
        match trip.unload {
            None if spec.facilities.is_empty() => {}
            None => self.report(path, "a trip must end with unloading", 0_usize, 1_usize),
            Some(unload) => {
                let path = format!("{path}.unload");
                let Some(facility) = spec.facilities.get(unload.facility) else {
                    self.report(&path, "no such facility", unload.facility, spec.facilities.len());
                    return None;
                };
                if !facility.streams.is_empty() && !facility.streams.contains(&vehicle.stream) {
                    self.report(
                        &path,
                        "stream not taken here",
                        usize::from(vehicle.stream.0),
                        unload.facility,
                    );
                }
                tour.load_kg = 0;
                let told = (unload.arrival_s, unload.start_s, unload.departure_s);
                self.work(
                    &path,
                    tour,
                    (facility.place, facility.service_s, &facility.windows, next_s),
                    told,
                );
            }
        }
        self.equal(path, "distance_m", trip.distance_m, tour.distance_m - before_m);
        Some(())
    }

    /// Each break that is owed is taken once and in order.
    fn breaks_taken(&mut self, path: &str, route: &Route, vehicle: &Vehicle) {
        let taken: Vec<usize> = route.pauses.iter().filter_map(|pause| pause.of).collect();
        if let Some(pair) = taken.windows(2).find(|pair| pair[0] >= pair[1]) {
            self.report(path, "breaks taken twice or out of order", pair[1], pair[0]);
        }
        for (index, due) in vehicle.breaks.iter().enumerate() {
            let owed = route.departure_s < due.begin.close_s && route.arrival_s > due.begin.close_s;
            if owed && !taken.contains(&index) {
                self.report(path, "break not taken", index, index);
            }
        }
    }

    fn admitted(&mut self, path: &str, vehicle: &Vehicle, stop: &Stop) {
        if let Some(limit_kg) = stop.max_gross_kg {
            self.at_most(path, "vehicle too heavy for the road", vehicle.gross_kg, limit_kg);
        }
        if vehicle.stream != stop.stream {
            self.report(
                path,
                "streams mixed",
                usize::from(vehicle.stream.0),
                usize::from(stop.stream.0),
            );
        }
    }

    fn locked_first(&mut self, path: &str, route: &Route, vehicle: &Vehicle) {
        let first = route.trips.first().map_or(&[][..], |trip| &trip.visits);
        for (index, &stop) in vehicle.locked.iter().enumerate() {
            if first.get(index).map(|visit| visit.stop) != Some(stop) {
                self.report(path, "locked stops must come first and in order", index, stop);
            }
        }
    }
}

/// When a trip may leave its beginning.
fn released_s(spec: &Spec, trip: &Trip) -> i64 {
    let stops = trip.visits.iter().filter_map(|visit| spec.stops.get(visit.stop));
    stops.map(|stop| stop.release_s).max().unwrap_or(0)
}
