//! One vehicle's route in the search, with what makes insertions cheap to judge.

use std::ops::Range;

use crate::search::net::{Kind, Net};
use crate::search::times::{Backward, Forward};

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
    pub(crate) forward: Forward,
    pub(crate) backward: Backward,
    /// Memory for another.
    spare: Backward,
    /// The nodes for which the times hold.
    timed: Vec<u32>,
    /// Stops.
    pub(crate) stops: usize,
    /// Taken from stops.
    pub(crate) taken: i64,
    pub(crate) metres: i64,
    /// Seconds of driving; 0 where they do not matter.
    pub(crate) driving: i64,
    /// Earliest return; 0 where no time matters.
    pub(crate) finish: i64,
    pub(crate) cost: i64,
}

/// One trip of a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trip {
    /// One past the index of the last stop.
    pub(crate) end: usize,
    /// Load at the end.
    pub(crate) load: i64,
    /// Earliest departure.
    pub(crate) release: i64,
}

impl Trip {
    /// A trip whose load is still to be computed.
    pub(crate) const fn until(end: usize) -> Self {
        Self {
            end,
            load: 0,
            release: 0,
        }
    }
}

impl Route {
    /// A route with these nodes, whose loads, times and cost are still to be computed.
    pub(crate) fn with(net: &Net<'_>, nodes: &[u32]) -> Self {
        let ends = (0..nodes.len()).filter(|&index| !net.is_stop(nodes[index]));
        let mut trips: Vec<Trip> = ends.map(Trip::until).collect();
        if trips.is_empty() && !nodes.is_empty() {
            trips.push(Trip::until(nodes.len()));
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
        self.timed.clear();
        (self.stops, self.taken, self.metres) = (0, 0, 0);
        (self.driving, self.finish, self.cost) = (0, 0, 0);
    }

    /// Becomes a copy and keeps its memory.
    pub(crate) fn copy(&mut self, other: &Self) {
        self.nodes.clone_from(&other.nodes);
        self.trips.clone_from(&other.trips);
        self.legs.clone_from(&other.legs);
        self.aboard.clone_from(&other.aboard);
        self.forward.copy(&other.forward);
        self.backward.copy(&other.backward);
        self.timed.clone_from(&other.timed);
        (self.stops, self.taken, self.metres) = (other.stops, other.taken, other.metres);
        (self.driving, self.finish, self.cost) = (other.driving, other.finish, other.cost);
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
        self.trips.insert(trip, Trip::until(index));
    }

    /// Removes the unloading at the end of a trip and so joins it with the next one, or drops it when it is the last.
    pub(crate) fn join(&mut self, trip: usize) {
        let ended = self.trips.remove(trip);
        self.nodes.remove(ended.end);
        for later in &mut self.trips[trip..] {
            later.end -= 1;
        }
    }

    /// What the departure towards an index waits for.
    pub(crate) fn release(&self, trip: usize, index: usize) -> i64 {
        let begins = trip.checked_sub(1).map_or(0, |before| self.trips[before].end + 1);
        if index == begins { self.trips[trip].release } else { 0 }
    }

    /// Computes legs, loads, times and cost anew. Answers whether the route keeps every limit.
    pub(crate) fn refresh(&mut self, net: &Net<'_>, kind: &Kind) -> bool {
        if self.is_empty() {
            self.clear();
            return true;
        }
        self.legs.clear();
        self.aboard.clear();
        (self.stops, self.taken, self.metres) = (0, 0, 0);
        let mut fits = self.trips.len() <= kind.max_trips;
        let (mut previous, mut index) = (kind.start, 0);
        for (number, trip) in self.trips.iter_mut().enumerate() {
            let mut load = if number == 0 { kind.load } else { 0 };
            let nodes = &self.nodes[index..self.nodes.len().min(trip.end + 1)];
            trip.release = 0;
            for &node in nodes {
                let leg = net.metric.metres(previous, node);
                self.legs.push(leg);
                self.aboard.push(load);
                self.metres += i64::from(leg);
                if net.is_stop(node) {
                    load += net.demand[node as usize];
                    self.taken += net.demand[node as usize];
                    self.stops += 1;
                    trip.release = trip.release.max(net.release(node));
                }
                previous = node;
            }
            trip.load = load;
            fits &= load <= kind.payload;
            index = trip.end + 1;
        }
        let leg = net.metric.metres(previous, kind.end);
        self.legs.push(leg);
        self.metres += i64::from(leg);
        fits &= self.stops <= kind.max_stops && self.taken <= kind.max_kg;
        self.cost = kind.fixed + kind.per_m * self.metres;
        if net.clocked {
            match self.time(net, kind) {
                Some(duration_s) => self.cost += kind.per_s * duration_s + kind.overtime(self.finish),
                None => fits = false,
            }
        }
        fits
    }

    /// Computes the times anew; answers the seconds from departure to return, or none when it is too late or takes too
    /// much driving. Where seconds cost nothing it may answer more of them.
    fn time(&mut self, net: &Net<'_>, kind: &Kind) -> Option<i64> {
        let (head, tail) = self.timed_still(net);
        self.timed.clear();
        if head == 0 {
            self.forward.begin(kind);
        } else {
            self.forward.keep(head);
        }
        let mut trip = 0;
        for index in head..self.nodes.len() {
            let (from, node) = (self.before(kind, index), self.nodes[index]);
            let release = self.release(trip, index);
            if !self.forward.advance(net, kind, (from, node), release) {
                return None;
            }
            trip += usize::from(!net.is_stop(node));
        }
        let count = self.nodes.len();
        self.finish = self.forward.finish(net, kind, (self.before(kind, count), count))?;
        self.back(net, kind, (kind.shift.close_s, tail));
        self.timed.clone_from(&self.nodes);
        if !kind.counts_time() {
            return Some(0);
        }
        let legs = (0..=count).map(|index| net.metric.seconds(self.before(kind, index), self.at(kind, index)));
        self.driving = legs.sum();
        if self.driving > kind.max_driving {
            return None;
        }
        // Without waiting and pauses the shift takes what the work takes; otherwise the departure may be later.
        let duration = self.finish - kind.shift.open_s;
        let worked: i64 = self.nodes.iter().map(|&node| net.service(node)).sum();
        if kind.per_s == 0 || duration == self.driving + worked {
            return Some(duration);
        }
        std::mem::swap(&mut self.backward, &mut self.spare);
        self.back(net, kind, (self.finish, 0));
        let release = self.trips[0].release;
        let driving = net.metric.seconds(kind.start, self.nodes[0]);
        let departure = self.backward.departure(kind, driving, release);
        std::mem::swap(&mut self.backward, &mut self.spare);
        Some(self.finish - departure)
    }

    /// How many nodes from the first and from the last on are as they were when their times were computed. What a trip
    /// waits for at its beginning may change with any of its stops.
    fn timed_still(&self, net: &Net<'_>) -> (usize, usize) {
        if net.is_released() {
            return (0, 0);
        }
        let most = self.timed.len().min(self.nodes.len());
        let pairs = self.timed.iter().zip(&self.nodes);
        let head = pairs.take_while(|(before, now)| before == now).count();
        let pairs = self.timed.iter().rev().zip(self.nodes.iter().rev());
        let tail = pairs.take(most - head).take_while(|(before, now)| before == now);
        (head, tail.count())
    }

    /// Has to be called when the route is given to a vehicle of another kind, whose times are other ones.
    pub(crate) fn forget_times(&mut self) {
        self.timed.clear();
    }

    /// Computes how late everything may be in a shift that is over by a time; for so many last nodes it is known.
    fn back(&mut self, net: &Net<'_>, kind: &Kind, (close, tail): (i64, usize)) {
        if tail == 0 {
            self.backward.end(kind, close);
        } else {
            self.backward.keep(tail);
        }
        let mut trip = self.trips.len() - 1;
        for index in (0..self.nodes.len() - tail).rev() {
            let (node, next) = (self.nodes[index], self.at(kind, index + 1));
            let mut release = 0;
            if net.is_released() && !net.is_stop(node) && index + 1 < self.nodes.len() {
                release = self.trips[trip].release;
                trip -= 1;
            }
            self.backward.advance(net, kind, (node, next), release);
        }
    }
}
