//! Interchangeable vehicles as the search sees them.

use super::narrow;
use crate::impossible::{suits, takes};
use crate::pauses::Pauses;
use crate::search::times::{Backward, Forward};
use crate::{Break, LIMIT, Problem, Rest, Vehicle, Window};

/// Interchangeable vehicles.
pub(crate) struct Kind {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) payload: i64,
    pub(crate) load: i64,
    pub(crate) locked: Vec<u32>,
    pub(crate) shift: Window,
    regular_end: i64,
    breaks: Vec<Break>,
    rest: Option<Rest>,
    /// Times of a route without a node.
    pub(crate) opening: Forward,
    pub(crate) closing: Backward,
    pub(crate) max_driving: i64,
    pub(crate) max_trips: usize,
    pub(crate) max_stops: usize,
    pub(crate) max_kg: i64,
    pub(crate) fixed: i64,
    pub(crate) per_m: i64,
    pub(crate) per_s: i64,
    pub(crate) per_overtime_s: i64,
    /// Facilities that take its stream.
    pub(crate) facilities: Vec<u32>,
    /// Whether it may serve each stop.
    pub(super) suits: Vec<bool>,
}

impl Kind {
    pub(super) fn new(
        problem: &Problem,
        vehicle: &Vehicle,
        (start, end): (u32, u32),
        order: (&[usize], &[u32]),
    ) -> Self {
        let spec = problem.spec();
        let (stop_of, node_of) = order;
        let facilities = spec.facilities.iter().enumerate();
        let facilities = facilities.filter(|(_, facility)| takes(facility, vehicle.stream));
        let mut kind = Self {
            start,
            end,
            payload: vehicle.payload_kg,
            load: vehicle.load_kg,
            locked: vehicle.locked.iter().map(|&stop| node_of[stop]).collect(),
            shift: vehicle.shift,
            regular_end: vehicle.regular_end_s,
            breaks: vehicle.breaks.clone(),
            rest: vehicle.rest,
            opening: Forward::default(),
            closing: Backward::default(),
            max_driving: vehicle.max_driving_s,
            max_trips: vehicle.max_trips as usize,
            max_stops: vehicle.max_stops as usize,
            max_kg: vehicle.max_kg,
            fixed: vehicle.fixed_cost,
            per_m: vehicle.cost_per_m,
            per_s: vehicle.cost_per_s,
            per_overtime_s: vehicle.cost_per_overtime_s,
            facilities: facilities.map(|(index, _)| narrow(spec.stops.len() + index)).collect(),
            suits: (stop_of.iter())
                .map(|&stop| !problem.is_impossible(stop) && suits(spec, vehicle, &spec.stops[stop]))
                .collect(),
        };
        let (mut opening, mut closing) = (Forward::default(), Backward::default());
        opening.begin(&kind);
        closing.end(&kind, kind.shift.close_s);
        (kind.opening, kind.closing) = (opening, closing);
        kind
    }

    /// Its breaks and rests, if it has any.
    pub(crate) fn pauses(&self) -> Option<Pauses<'_>> {
        let some = !self.breaks.is_empty() || self.rest.is_some();
        some.then_some(Pauses {
            breaks: &self.breaks,
            rest: self.rest,
        })
    }

    /// Cost of overtime in a shift that is over at a time.
    pub(crate) fn overtime(&self, finish: i64) -> i64 {
        self.per_overtime_s * (finish - self.regular_end).max(0)
    }

    /// Whether more than the order of time matters: what it costs or how much of it is driving.
    pub(crate) const fn counts_time(&self) -> bool {
        self.per_s > 0 || self.per_overtime_s > 0 || self.max_driving < LIMIT
    }

    /// Whether its time costs something or is limited.
    pub(super) fn is_clocked(&self) -> bool {
        self.per_s > 0
            || (self.per_overtime_s > 0 && self.regular_end < LIMIT)
            || self.shift.close_s.min(self.max_driving) < LIMIT
            || self.pauses().is_some()
    }

    pub(crate) fn suits(&self, stop: u32) -> bool {
        self.suits[stop as usize]
    }

    /// Whether its vehicles have something to do whatever is planned.
    pub(crate) fn must_go(&self) -> bool {
        !self.locked.is_empty() || (self.load > 0 && !self.facilities.is_empty())
    }
}
