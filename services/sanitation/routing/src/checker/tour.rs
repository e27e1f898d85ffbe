//! Drives along a route, clock in hand.

use super::Check;
use crate::{Pause, Route, Vehicle, Window};

/// Sums over a route, and where and when the vehicle is.
pub(super) struct Tour<'a> {
    pub(super) vehicle: &'a Vehicle,
    /// Pauses to come.
    pub(super) pauses: &'a [Pause],
    pub(super) place: usize,
    pub(super) now_s: i64,
    pub(super) load_kg: i64,
    /// Visits and unloadings done.
    pub(super) works: usize,
    pub(super) taken_kg: i64,
    pub(super) distance_m: i64,
    pub(super) driving_s: i64,
    /// Driven since the last rest.
    pub(super) tired_s: i64,
    pub(super) service_s: i64,
    pub(super) paused_s: i64,
    pub(super) waiting_s: i64,
}

impl<'a> Tour<'a> {
    /// A vehicle that leaves its start.
    pub(super) fn new(vehicle: &'a Vehicle, route: &'a Route) -> Self {
        Self {
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
        }
    }
}

impl Check<'_> {
    pub(super) fn drive(&mut self, path: &str, tour: &mut Tour<'_>, to: usize) {
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

    /// Drives to a place and works there; `at` is the place, the time of the work, its windows and the earliest departure,
    /// `told` are the arrival, start and departure that the solution states.
    pub(super) fn work(
        &mut self,
        path: &str,
        tour: &mut Tour<'_>,
        at: (usize, i64, &[Window], i64),
        told: (i64, i64, i64),
    ) {
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
}
