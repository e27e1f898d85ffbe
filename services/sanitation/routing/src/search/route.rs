//! One vehicle's route in the search, with what makes insertions cheap to judge.

use std::ops::Range;

use crate::LIMIT;
use crate::search::net::{Kind, Net};
use crate::timing::latest_begin;

/// Stops and facilities in order. Empty when the vehicle stays at home.
#[derive(Debug, Default)]
pub(crate) struct Route {
    pub(crate) nodes: Vec<u32>,
    /// Trips in order; every trip but one without facilities ends at the facility at index `end`.
    pub(crate) trips: Vec<Trip>,
    /// Metres into each node, the last one into the end.
    pub(crate) legs: Vec<u32>,
    /// Load aboard before each node.
    pub(crate) aboard: Vec<i64>,
    /// Earliest departure towards each node, the last one towards the end.
    pub(crate) ready: Vec<i64>,
    /// Latest arrival at each node, the last one at the end.
    pub(crate) latest: Vec<i64>,
    pub(crate) metres: i64,
    pub(crate) cost: i64,
}

/// One trip of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trip {
    /// One past the index of the last stop.
    pub(crate) end: usize,
    /// Load at the end.
    pub(crate) load: i64,
}

impl Route {
    /// A route with these nodes, whose loads, times and cost are still to be computed.
    pub(crate) fn with(net: &Net<'_>, nodes: &[u32]) -> Self {
        let ends = (0..nodes.len()).filter(|&index| !net.is_stop(nodes[index]));
        let mut trips: Vec<Trip> = ends.map(|end| Trip { end, load: 0 }).collect();
        if trips.is_empty() && !nodes.is_empty() {
            trips.push(Trip {
                end: nodes.len(),
                load: 0,
            });
        }
        Self {
            nodes: nodes.to_vec(),
            trips,
            ..Self::default()
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.nodes.clear();
        self.trips.clear();
        self.metres = 0;
        self.cost = 0;
    }

    /// Becomes a copy and keeps its memory.
    pub(crate) fn copy(&mut self, other: &Self) {
        self.nodes.clone_from(&other.nodes);
        self.trips.clone_from(&other.trips);
        self.legs.clone_from(&other.legs);
        self.aboard.clone_from(&other.aboard);
        self.ready.clone_from(&other.ready);
        self.latest.clone_from(&other.latest);
        self.metres = other.metres;
        self.cost = other.cost;
    }

    /// Indices of the stops of a trip.
    pub(crate) fn span(&self, trip: usize) -> Range<usize> {
        let begin = trip.checked_sub(1).map_or(0, |before| self.trips[before].end + 1);
        begin..self.trips[trip].end
    }

    /// The node before an index, or the start.
    pub(crate) fn before(&self, kind: &Kind, index: usize) -> u32 {
        index.checked_sub(1).map_or(kind.start, |before| self.nodes[before])
    }

    /// The node at an index, or the end.
    pub(crate) fn at(&self, kind: &Kind, index: usize) -> u32 {
        self.nodes.get(index).copied().unwrap_or(kind.end)
    }

    /// Takes nodes out of a trip; loads, times and cost are not brought up to date.
    pub(crate) fn cut(&mut self, trip: usize, range: Range<usize>) {
        let count = range.len();
        self.nodes.drain(range);
        for later in &mut self.trips[trip..] {
            later.end -= count;
        }
    }

    /// Puts a stop into a trip; loads, times and cost are not brought up to date.
    pub(crate) fn put(&mut self, trip: usize, index: usize, stop: u32) {
        self.nodes.insert(index, stop);
        for later in &mut self.trips[trip..] {
            later.end += 1;
        }
    }

    /// Ends a trip at an index by unloading there; what follows becomes a trip of its own.
    pub(crate) fn split(&mut self, trip: usize, index: usize, facility: u32) {
        self.nodes.insert(index, facility);
        for later in &mut self.trips[trip..] {
            later.end += 1;
        }
        self.trips.insert(trip, Trip { end: index, load: 0 });
    }

    /// Removes the unloading at the end of a trip and so joins it with the next one, or drops it when it is the last.
    pub(crate) fn join(&mut self, trip: usize) {
        let ended = self.trips.remove(trip);
        self.nodes.remove(ended.end);
        for later in &mut self.trips[trip..] {
            later.end -= 1;
        }
    }

    /// Computes legs, loads, times and cost anew. Answers whether the route keeps payload, windows and shift.
    pub(crate) fn refresh(&mut self, net: &Net<'_>, kind: &Kind) -> bool {
        if self.is_empty() {
            self.clear();
            return true;
        }
        let mut fits = self.trips.len() <= kind.max_trips;
        self.legs.clear();
        self.aboard.clear();
        self.metres = 0;
        let (mut previous, mut load, mut trip) = (kind.start, kind.load, 0);
        for &node in &self.nodes {
            let leg = net.metric.metres(previous, node);
            self.legs.push(leg);
            self.aboard.push(load);
            self.metres += i64::from(leg);
            if net.is_stop(node) {
                load += net.demand[node as usize];
            } else {
                fits &= load <= kind.payload;
                self.trips[trip].load = load;
                trip += 1;
                load = 0;
            }
            previous = node;
        }
        if let Some(last) = self.trips.get_mut(trip) {
            fits &= load <= kind.payload;
            last.load = load;
        }
        let leg = net.metric.metres(previous, kind.end);
        self.legs.push(leg);
        self.metres += i64::from(leg);
        self.cost = kind.fixed + kind.per_m * self.metres;
        if net.clocked {
            match self.time(net, kind) {
                Some(duration_s) => self.cost += kind.per_s * duration_s,
                None => fits = false,
            }
        }
        fits
    }

    /// Computes the times anew; answers the seconds from departure to return, or none when it is too late.
    fn time(&mut self, net: &Net<'_>, kind: &Kind) -> Option<i64> {
        self.ready.clear();
        self.latest.clear();
        let (mut previous, mut now, mut worked) = (kind.start, kind.shift.open_s, 0);
        for &node in &self.nodes {
            self.ready.push(now);
            let driving = net.metric.seconds(previous, node);
            worked += driving + net.service(node);
            now = net.done(node, now + driving)?;
            previous = node;
        }
        self.ready.push(now);
        let driving = net.metric.seconds(previous, kind.end);
        worked += driving;
        let finish = now + driving;
        if finish > kind.shift.close_s {
            return None;
        }
        self.latest.resize(self.nodes.len() + 1, kind.shift.close_s);
        let (mut limit, mut next) = (kind.shift.close_s, kind.end);
        for (index, &node) in self.nodes.iter().enumerate().rev() {
            limit = net.latest_arrival(node, limit - net.metric.seconds(node, next));
            self.latest[index] = limit;
            next = node;
        }
        // Without waiting the shift takes what the work takes; with waiting the departure may be later.
        if kind.per_s == 0 || finish - kind.shift.open_s == worked {
            return Some(finish - kind.shift.open_s);
        }
        Some(finish - self.departure(net, kind, finish))
    }

    /// The latest departure with which the shift is over at `finish`.
    fn departure(&self, net: &Net<'_>, kind: &Kind, finish: i64) -> i64 {
        let (mut limit, mut next) = (finish, kind.end);
        for &node in self.nodes.iter().rev() {
            let done = limit - net.metric.seconds(node, next);
            limit = latest_begin(net.windows(node), done - net.service(node)).unwrap_or(-LIMIT);
            next = node;
        }
        (limit - net.metric.seconds(kind.start, next)).max(kind.shift.open_s)
    }
}
