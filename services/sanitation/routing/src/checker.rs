//! Checks a solution against its problem: every constraint and every number, recomputed from the statement alone.
//!
//! Written apart from the search: it shares no code with it but the statement of the problem and the travel table.

use std::collections::HashSet;

use crate::{Objective, Pause, Problem, Reason, Route, Solution, Spec, Stop, Trip, Vehicle, Window};

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
    let missing = check.missing(solution);
    let objective = Objective { missing, cost };
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
struct Tour<'a> {
    vehicle: &'a Vehicle,
    /// Pauses to come.
    pauses: &'a [Pause],
    place: usize,
    now_s: i64,
    load_kg: i64,
    /// Visits and unloadings done.
    works: usize,
    taken_kg: i64,
    distance_m: i64,
    driving_s: i64,
    /// Driven since the last rest.
    tired_s: i64,
    service_s: i64,
    paused_s: i64,
    waiting_s: i64,
}

/// When a trip may leave its beginning.
fn released_s(spec: &Spec, trip: &Trip) -> i64 {
    let stops = trip.visits.iter().filter_map(|visit| spec.stops.get(visit.stop));
    stops.map(|stop| stop.release_s).max().unwrap_or(0)
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
            vehicle,
            pauses: &route.pauses,
            place: vehicle.start,
            now_s: route.departure_s,
            load_kg: vehicle.load_kg,
            works: 0,
            taken_kg: 0,
            distance_m: 0,
            driving_s: 0,
            tired_s: 0,
            service_s: 0,
            paused_s: 0,
            waiting_s: 0,
        };
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
                tour.taken_kg += stop.demand_kg;
                self.equal(&path, "load_kg", visit.load_kg, tour.load_kg);
                self.at_most(&path, "overloaded", tour.load_kg, vehicle.payload_kg);
                let told = (visit.arrival_s, visit.start_s, visit.departure_s);
                self.work(&path, &mut tour, (stop.place, stop.service_s, &stop.windows, 0), told);
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
                        (facility.place, facility.service_s, &facility.windows, next_s),
                        told,
                    );
                }
            }
            self.equal(&path, "distance_m", trip.distance_m, tour.distance_m - before_m);
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

    fn drive(&mut self, path: &str, tour: &mut Tour<'_>, to: usize) {
        tour.distance_m += self.spec.travel.distance_m(tour.place, to);
        let driving_s = self.spec.travel.duration_s(tour.place, to);
        tour.driving_s += driving_s;
        tour.tired_s += driving_s;
        if let Some(rest) = tour.vehicle.rest {
            self.at_most(
                path,
                "more driving without a rest than allowed",
                tour.tired_s,
                rest.driving_s,
            );
        }
        tour.now_s += driving_s;
        tour.place = to;
    }

    /// Takes the pauses that the solution states for this point of the route.
    fn pause(&mut self, path: &str, tour: &mut Tour<'_>, on_arrival: bool) {
        while let Some((pause, later)) = tour.pauses.split_first() {
            if (pause.after, pause.on_arrival) != (tour.works, on_arrival) {
                return;
            }
            tour.pauses = later;
            let (start_s, duration_s) = match (pause.of, tour.vehicle.rest) {
                (Some(index), _) => {
                    let Some(due) = tour.vehicle.breaks.get(index) else {
                        self.report(path, "no such break", index, tour.vehicle.breaks.len());
                        continue;
                    };
                    self.at_most(path, "break begun too late", pause.start_s, due.begin.close_s);
                    (tour.now_s.max(due.begin.open_s), due.duration_s)
                }
                (None, Some(rest)) => (tour.now_s, rest.duration_s),
                (None, None) => {
                    self.report(path, "rest of a vehicle that needs none", pause.start_s, 0_usize);
                    continue;
                }
            };
            self.equal(path, "pauses.start_s", pause.start_s, start_s);
            self.equal(path, "pauses.end_s", pause.end_s, start_s + duration_s);
            if tour.vehicle.rest.is_some_and(|rest| duration_s >= rest.duration_s) {
                tour.tired_s = 0;
            }
            tour.waiting_s += start_s - tour.now_s;
            tour.paused_s += duration_s;
            tour.now_s = start_s + duration_s;
        }
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

    /// Drives to a place and works there; `at` is the place, the time of the work, its windows and the earliest departure,
    /// `told` are the arrival, start and departure that the solution states.
    fn work(&mut self, path: &str, tour: &mut Tour<'_>, at: (usize, i64, &[Window], i64), told: (i64, i64, i64)) {
        let (place, service_s, windows, leave_s) = at;
        self.drive(path, tour, place);
        self.equal(path, "arrival_s", told.0, tour.now_s);
        self.pause(path, tour, true);
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
        tour.works += 1;
        self.pause(path, tour, false);
        tour.waiting_s += (leave_s - tour.now_s).max(0);
        tour.now_s = tour.now_s.max(leave_s);
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

    /// Mandatory stops that are not served, and choices of which no way is; of each choice one way at most is begun.
    fn missing(&mut self, solution: &Solution) -> usize {
        let spec = self.spec;
        let mut missing = 0;
        let mut in_choices = HashSet::new();
        for (index, choice) in spec.choices.iter().enumerate() {
            let all: HashSet<usize> = choice.ways.iter().flatten().copied().collect();
            let served: HashSet<usize> = all.intersection(&self.served).copied().collect();
            let whole = choice.ways.iter().any(|way| served == way.iter().copied().collect());
            if !whole && !served.is_empty() {
                self.report("choices", "served in part or in several ways", index, served.len());
            }
            missing += usize::from(!whole);
            in_choices.extend(all);
        }
        let alone =
            |stop: usize| !in_choices.contains(&stop) && spec.stops.get(stop).is_some_and(|s| s.penalty.is_none());
        missing + solution.unserved.iter().filter(|one| alone(one.stop)).count()
    }

    /// Whether a stop belongs to a choice that is served another way.
    fn is_chosen_otherwise(&self, stop: usize) -> bool {
        let choice = self
            .spec
            .choices
            .iter()
            .find(|choice| choice.ways.iter().any(|way| way.contains(&stop)));
        let mut ways = choice.into_iter().flat_map(|choice| &choice.ways);
        ways.any(|way| way.iter().all(|one| self.served.contains(one)))
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
                Reason::NotChosen => self.is_chosen_otherwise(one.stop),
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
