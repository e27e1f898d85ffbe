//! Times, loads and cost of a planned route.

use crate::pauses::{Label, Leg, Pauses, Work};
use crate::plan::PlannedRoute;
use crate::timing::earliest_begin;
use crate::{Pause, Route, Spec, Trip, Unload, Vehicle, Visit};

/// Why a planned route cannot be driven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// A place cannot be reached in time, or the shift is over too late.
    Late,
    /// It would be in time, but takes more driving than the vehicle may do.
    Driving,
}

/// The route with times: everything as early as possible, then the departure as late as that allows.
pub(crate) fn schedule(spec: &Spec, planned: &PlannedRoute) -> Result<Route, Misfit> {
    let tour = Tour::new(spec, planned);
    let finish_s = tour.finish().ok_or(Misfit::Late)?;
    if tour.driving_s() > tour.vehicle.max_driving_s {
        return Err(Misfit::Driving);
    }
    let departure_s = tour.departure(finish_s);
    let (end, notes) = tour.drive(departure_s, true).ok_or(Misfit::Late)?;
    Ok(tour.told(planned, departure_s, notes.of(end)))
}

/// A place where the vehicle works.
struct Step<'a> {
    place: usize,
    work: Work<'a>,
    /// Earliest departure towards it.
    release_s: i64,
}

/// A planned route as one row of places.
struct Tour<'a> {
    spec: &'a Spec,
    vehicle: &'a Vehicle,
    pauses: Pauses<'a>,
    steps: Vec<Step<'a>>,
}

/// Every pause considered, with the one before it; 0 stands for none.
struct Notes(Vec<(usize, Pause)>);

impl Notes {
    fn add(&mut self, before: usize, pause: Pause) -> usize {
        self.0.push((before, pause));
        self.0.len()
    }

    /// The pauses on the way to a label.
    fn of(&self, end: Label) -> Vec<Pause> {
        let mut pauses = Vec::new();
        let mut note = end.note;
        while let Some(&(before, pause)) = note.checked_sub(1).and_then(|index| self.0.get(index)) {
            pauses.push(pause);
            note = before;
        }
        pauses.reverse();
        pauses
    }
}

impl<'a> Tour<'a> {
    fn new(spec: &'a Spec, planned: &PlannedRoute) -> Self {
        let vehicle = &spec.vehicles[planned.vehicle];
        let mut steps = Vec::new();
        for trip in &planned.trips {
            let mut release_s = trip
                .stops
                .iter()
                .map(|&stop| spec.stops[stop].release_s)
                .max()
                .unwrap_or(0);
            let mut push = |place, windows, service_s| {
                let work = Work { windows, service_s };
                let release_s = std::mem::take(&mut release_s);
                steps.push(Step { place, work, release_s });
            };
            for stop in trip.stops.iter().map(|&stop| &spec.stops[stop]) {
                push(stop.place, &stop.windows[..], stop.service_s);
            }
            if let Some(facility) = trip.facility.map(|facility| &spec.facilities[facility]) {
                push(facility.place, &facility.windows[..], facility.service_s);
            }
        }
        let pauses = Pauses {
            breaks: &vehicle.breaks,
            rest: vehicle.rest,
        };
        Self {
            spec,
            vehicle,
            pauses,
            steps,
        }
    }

    /// The leg into the step at an index, or home; none where the route ends with its last step.
    fn leg(&self, index: usize) -> Option<Leg> {
        let before = index.checked_sub(1).and_then(|before| self.steps.get(before));
        let from = before.map_or(self.vehicle.start, |step| step.place);
        let to = self.steps.get(index).map(|step| step.place).or(self.vehicle.end)?;
        Some(Leg {
            driving_s: self.spec.travel.duration_s(from, to),
            release_s: self.steps.get(index).map_or(0, |step| step.release_s),
            first: index == 0,
        })
    }

    fn driving_s(&self) -> i64 {
        let legs = (0..=self.steps.len()).filter_map(|index| self.leg(index));
        legs.map(|leg| leg.driving_s).sum()
    }

    /// The best end of a shift that begins at or, if so told, exactly at a time, and the notes on the way.
    fn drive(&self, begin_s: i64, exactly: bool) -> Option<(Label, Notes)> {
        let (pauses, mut notes, mut labels) = (self.pauses, Notes(Vec::new()), Vec::new());
        pauses.begin(&mut labels, begin_s);
        labels.retain(|label| !exactly || label.at_s == begin_s);
        for index in 0..=self.steps.len() {
            if let Some(leg) = self.leg(index) {
                pauses.drive(&mut labels, leg, &mut |before, pause| {
                    notes.add(before, Pause { after: index, ..pause })
                });
            }
            if let Some(step) = self.steps.get(index) {
                pauses.work(&mut labels, step.work, &mut |before, pause| {
                    notes.add(
                        before,
                        Pause {
                            after: index,
                            on_arrival: true,
                            ..pause
                        },
                    )
                });
            }
        }
        let mut ends = Vec::new();
        pauses.end(&mut ends, self.vehicle.shift.close_s);
        labels.retain(|label| ends.iter().any(|end| label.covers(end)));
        // Of those as early, the one that pauses least.
        let end = labels.iter().min_by_key(|label| label.preference()).copied();
        Some((end?, notes))
    }

    /// The earliest time at which the shift can be over.
    fn finish(&self) -> Option<i64> {
        self.drive(self.vehicle.shift.open_s, false).map(|(end, _)| end.at_s)
    }

    /// The latest departure with which the shift is over at `finish_s`.
    fn departure(&self, finish_s: i64) -> i64 {
        let mut labels = Vec::new();
        self.pauses.end(&mut labels, finish_s);
        for index in (0..=self.steps.len()).rev() {
            if let Some(step) = self.steps.get(index) {
                self.pauses.work_back(&mut labels, step.work);
            }
            if let Some(leg) = self.leg(index) {
                self.pauses.drive_back(&mut labels, leg);
            }
        }
        let latest_s = self.pauses.departure(&labels);
        latest_s.map_or(self.vehicle.shift.open_s, |latest_s| {
            latest_s.max(self.vehicle.shift.open_s)
        })
    }

    /// The route with a departure and pauses that are known.
    fn told(&self, planned: &PlannedRoute, departure_s: i64, pauses: Vec<Pause>) -> Route {
        let (spec, vehicle) = (self.spec, self.vehicle);
        let mut clock = Clock {
            tour: self,
            pauses: pauses.into_iter().peekable(),
            route: Route {
                vehicle: planned.vehicle,
                departure_s,
                arrival_s: departure_s,
                trips: Vec::with_capacity(planned.trips.len()),
                pauses: Vec::new(),
                distance_m: 0,
                driving_s: 0,
                service_s: 0,
                paused_s: 0,
                waiting_s: 0,
                overtime_s: 0,
                cost: 0,
            },
            place: vehicle.start,
            index: 0,
        };
        let mut load_kg = vehicle.load_kg;
        for trip in &planned.trips {
            let before_m = clock.route.distance_m;
            let mut visits = Vec::with_capacity(trip.stops.len());
            for &stop in &trip.stops {
                load_kg += spec.stops[stop].demand_kg;
                let (arrival_s, start_s, departure_s) = clock.step();
                visits.push(Visit {
                    stop,
                    arrival_s,
                    start_s,
                    departure_s,
                    load_kg,
                });
            }
            let unload = trip.facility.map(|facility| {
                let (arrival_s, start_s, departure_s) = clock.step();
                Unload {
                    facility,
                    arrival_s,
                    start_s,
                    departure_s,
                }
            });
            clock.route.trips.push(Trip {
                visits,
                unload,
                load_kg,
                distance_m: clock.route.distance_m - before_m,
            });
            if unload.is_some() {
                load_kg = 0;
            }
        }
        let mut route = clock.home();
        route.overtime_s = (route.arrival_s - vehicle.regular_end_s).max(0);
        route.cost = vehicle.fixed_cost
            + vehicle.cost_per_m * route.distance_m
            + vehicle.cost_per_s * route.duration_s()
            + vehicle.cost_per_overtime_s * route.overtime_s;
        route
    }
}

/// A vehicle driven through its tour; `route.arrival_s` is the present.
struct Clock<'a, I: Iterator<Item = Pause>> {
    tour: &'a Tour<'a>,
    pauses: std::iter::Peekable<I>,
    route: Route,
    place: usize,
    /// Steps done.
    index: usize,
}

impl<I: Iterator<Item = Pause>> Clock<'_, I> {
    /// Drives to the next step and works there; answers arrival, begin and departure.
    fn step(&mut self) -> (i64, i64, i64) {
        let step = &self.tour.steps[self.index];
        let work = step.work;
        self.drive(step.place);
        let arrival_s = self.route.arrival_s;
        self.pause(true);
        // The tour was found to be in time.
        self.wait(earliest_begin(work.windows, self.route.arrival_s).unwrap_or(self.route.arrival_s));
        let start_s = self.route.arrival_s;
        self.route.service_s += work.service_s;
        self.route.arrival_s += work.service_s;
        self.index += 1;
        self.pause(false);
        let next = self.tour.steps.get(self.index);
        self.wait(next.map_or(0, |next| next.release_s));
        (arrival_s, start_s, self.route.arrival_s)
    }

    fn home(mut self) -> Route {
        if let Some(end) = self.tour.vehicle.end {
            self.drive(end);
        }
        self.route
    }

    fn wait(&mut self, until_s: i64) {
        let waiting_s = (until_s - self.route.arrival_s).max(0);
        self.route.waiting_s += waiting_s;
        self.route.arrival_s += waiting_s;
    }

    fn drive(&mut self, to: usize) {
        let travel = &self.tour.spec.travel;
        let driving_s = travel.duration_s(self.place, to);
        self.route.distance_m += travel.distance_m(self.place, to);
        self.route.driving_s += driving_s;
        self.route.arrival_s += driving_s;
        self.place = to;
    }

    /// Takes the pauses that are due here.
    fn pause(&mut self, on_arrival: bool) {
        let index = self.index;
        let here = |pause: &Pause| pause.after == index && pause.on_arrival == on_arrival;
        while let Some(pause) = self.pauses.next_if(here) {
            self.wait(pause.start_s);
            self.route.paused_s += pause.end_s - pause.start_s;
            self.route.arrival_s = pause.end_s;
            self.route.pauses.push(pause);
        }
    }
}
