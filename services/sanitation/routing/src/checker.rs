//! Checks a solution against its problem: every constraint and every number, recomputed from the statement alone.
//!
//! Written apart from the search: it shares no code with it but the statement of the problem and the travel table.

use std::collections::HashSet;

use crate::{Objective, Problem, Reason, Route, Solution, Spec, Stop, Vehicle, Window};

/// One broken promise of a solution.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, thiserror::Error)]
#[error("{path}: {rule} (is {value}, should be {expected})")]
pub struct Violation {
    /// Where, such as `routes[2].trips[0].visits[5].arrival_s`.
    pub path: String,
    /// The constraint or the recomputed number.
    pub rule: &'static str,
    /// What the solution says.
    pub value: i64,
    /// What it should say, or the limit.
    pub expected: i64,
}

/// Checks a solution.
///
/// # Errors
/// Everything in which the solution breaks a constraint or differs from the recomputed numbers.
pub fn check(problem: &Problem, solution: &Solution) -> Result<(), Vec<Violation>> {
    let spec = problem.spec();
    let mut check = Check {
        spec,
        broken: Vec::new(),
        served: HashSet::new(),
    };
    let mut cost = 0;
    let mut previous = None;
    for (index, route) in solution.routes.iter().enumerate() {
        let path = format!("routes[{index}]");
        if route.vehicle >= spec.vehicles.len() || previous.is_some_and(|before| before >= route.vehicle) {
            check.report(
                &path,
                "vehicles must exist and ascend",
                route.vehicle,
                spec.vehicles.len(),
            );
            continue;
        }
        previous = Some(route.vehicle);
        check.route(&path, route);
        cost += route.cost;
    }
    check.vehicles_that_must_go(solution);
    cost += check.unserved(problem, solution);
    let missing = solution
        .unserved
        .iter()
        .filter(|one| spec.stops.get(one.stop).is_some_and(|s| s.penalty.is_none()));
    let objective = Objective {
        missing: missing.count(),
        cost,
    };
    check.equal("objective", "missing", solution.objective.missing, objective.missing);
    check.equal("objective", "cost", solution.objective.cost, objective.cost);
    if check.broken.is_empty() {
        Ok(())
    } else {
        Err(check.broken)
    }
}

struct Check<'a> {
    spec: &'a Spec,
    broken: Vec<Violation>,
    served: HashSet<usize>,
}

/// Sums over a route, and where and when the vehicle is.
struct Tour {
    place: usize,
    now_s: i64,
    load_kg: i64,
    distance_m: i64,
    driving_s: i64,
    service_s: i64,
    waiting_s: i64,
}

trait Number: Copy {
    fn number(self) -> i64;
}

impl Number for i64 {
    fn number(self) -> i64 {
        self
    }
}

impl Number for usize {
    fn number(self) -> i64 {
        i64::try_from(self).unwrap_or(i64::MAX)
    }
}

impl Check<'_> {
    fn report(&mut self, path: &str, rule: &'static str, value: impl Number, expected: impl Number) {
        let (value, expected) = (value.number(), expected.number());
        self.broken.push(Violation {
            path: path.to_owned(),
            rule,
            value,
            expected,
        });
    }

    fn equal(&mut self, path: &str, field: &str, value: impl Number, expected: impl Number) {
        if value.number() != expected.number() {
            self.report(
                &format!("{path}.{field}"),
                "must equal the recomputed number",
                value,
                expected,
            );
        }
    }

    fn at_most(&mut self, path: &str, rule: &'static str, value: impl Number, limit: impl Number) {
        if value.number() > limit.number() {
            self.report(path, rule, value, limit);
        }
    }

    fn route(&mut self, path: &str, route: &Route) {
        let spec = self.spec;
        let vehicle = &spec.vehicles[route.vehicle];
        let mut tour = Tour {
            place: vehicle.start,
            now_s: route.departure_s,
            load_kg: vehicle.load_kg,
            distance_m: 0,
            driving_s: 0,
            service_s: 0,
            waiting_s: 0,
        };
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
        for (index, trip) in route.trips.iter().enumerate() {
            let path = format!("{path}.trips[{index}]");
            if trip.visits.is_empty() && (index > 0 || vehicle.load_kg == 0) {
                self.report(
                    &path,
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
                    return;
                };
                self.admitted(&path, vehicle, stop);
                if !self.served.insert(visit.stop) {
                    self.report(&path, "stop served twice", visit.stop, visit.stop);
                }
                tour.load_kg += stop.demand_kg;
                self.equal(&path, "load_kg", visit.load_kg, tour.load_kg);
                self.at_most(&path, "overloaded", tour.load_kg, vehicle.payload_kg);
                let told = (visit.arrival_s, visit.start_s, visit.departure_s);
                self.work(&path, &mut tour, (stop.place, stop.service_s, &stop.windows), told);
            }
            self.equal(&path, "load_kg", trip.load_kg, tour.load_kg);
            match trip.unload {
                None if spec.facilities.is_empty() => {}
                None => self.report(&path, "a trip must end with unloading", 0_usize, 1_usize),
                Some(unload) => {
                    let path = format!("{path}.unload");
                    let Some(facility) = spec.facilities.get(unload.facility) else {
                        self.report(&path, "no such facility", unload.facility, spec.facilities.len());
                        return;
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
                        &mut tour,
                        (facility.place, facility.service_s, &facility.windows),
                        told,
                    );
                }
            }
            self.equal(&path, "distance_m", trip.distance_m, tour.distance_m - before_m);
        }
        if let Some(end) = vehicle.end {
            self.drive(&mut tour, end);
        }
        self.at_most(path, "return after the shift", tour.now_s, vehicle.shift.close_s);
        self.locked_first(path, route, vehicle);
        self.equal(path, "arrival_s", route.arrival_s, tour.now_s);
        self.equal(path, "distance_m", route.distance_m, tour.distance_m);
        self.equal(path, "driving_s", route.driving_s, tour.driving_s);
        self.equal(path, "service_s", route.service_s, tour.service_s);
        self.equal(path, "waiting_s", route.waiting_s, tour.waiting_s);
        let duration_s = tour.now_s - route.departure_s;
        let variable = tour.distance_m * vehicle.cost_per_m + duration_s * vehicle.cost_per_s;
        self.equal(path, "cost", route.cost, vehicle.fixed_cost + variable);
    }

    fn drive(&self, tour: &mut Tour, to: usize) {
        tour.distance_m += self.spec.travel.distance_m(tour.place, to);
        let driving_s = self.spec.travel.duration_s(tour.place, to);
        tour.driving_s += driving_s;
        tour.now_s += driving_s;
        tour.place = to;
    }

    /// Drives to a place and works there; `told` are the arrival, start and departure that the solution states.
    fn work(&mut self, path: &str, tour: &mut Tour, at: (usize, i64, &[Window]), told: (i64, i64, i64)) {
        let (place, service_s, windows) = at;
        self.drive(tour, place);
        self.equal(path, "arrival_s", told.0, tour.now_s);
        let opening = windows
            .iter()
            .filter(|window| window.close_s >= tour.now_s)
            .map(|window| window.open_s)
            .min();
        let start_s = match opening {
            Some(open_s) => open_s.max(tour.now_s),
            None if windows.is_empty() => tour.now_s,
            None => {
                self.report(path, "arrival after the last window", tour.now_s, told.1);
                tour.now_s
            }
        };
        self.equal(path, "start_s", told.1, start_s);
        tour.waiting_s += start_s - tour.now_s;
        tour.service_s += service_s;
        tour.now_s = start_s + service_s;
        self.equal(path, "departure_s", told.2, tour.now_s);
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

    /// Vehicles with locked stops or a load aboard have to be used.
    fn vehicles_that_must_go(&mut self, solution: &Solution) {
        let used: HashSet<usize> = solution.routes.iter().map(|route| route.vehicle).collect();
        for (index, vehicle) in self.spec.vehicles.iter().enumerate() {
            let loaded = vehicle.load_kg > 0 && !self.spec.facilities.is_empty();
            if (loaded || !vehicle.locked.is_empty()) && !used.contains(&index) {
                self.report(
                    "routes",
                    "vehicle with locked stops or load aboard must be used",
                    index,
                    index,
                );
            }
        }
    }

    /// Every stop is either served or listed with a fitting reason; answers the penalties.
    fn unserved(&mut self, problem: &Problem, solution: &Solution) -> i64 {
        let spec = self.spec;
        let impossible: HashSet<_> = problem.impossible().collect();
        let (mut listed, mut penalties) = (HashSet::new(), 0);
        for one in &solution.unserved {
            let Some(stop) = spec.stops.get(one.stop) else {
                self.report("unserved", "no such stop", one.stop, spec.stops.len());
                continue;
            };
            if self.served.contains(&one.stop) || !listed.insert(one.stop) {
                self.report("unserved", "stop listed twice or served", one.stop, one.stop);
            }
            let fits = match one.reason {
                Reason::NoRoom => stop.penalty.is_none(),
                Reason::NotWorth => stop.penalty.is_some(),
                _ => impossible.contains(one),
            };
            if !fits {
                self.report("unserved", "reason does not fit the stop", one.stop, one.stop);
            }
            penalties += stop.penalty.unwrap_or(0);
        }
        for index in 0..spec.stops.len() {
            if !self.served.contains(&index) && !listed.contains(&index) {
                self.report("unserved", "stop neither served nor listed", index, index);
            }
        }
        penalties
    }
}
