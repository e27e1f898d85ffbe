//! One vehicle's route in the search, with what makes insertions cheap to judge.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::search::net::{Kind, Net};
use crate::search::times::{Backward, Forward, Hop};

/// Stops and facilities in order. Empty when the vehicle stays at home.
#[derive(Debug, Default)]
pub(crate) struct Route {
    pub(crate) nodes: Vec<u32>,
    /// Trips in order; every trip but one without facilities ends at the facility at index `end`.
    pub(crate) trips: Vec<Trip>,
    /// Metres into each node, the last one into the end.
    pub(crate) legs: Vec<u32>,
    /// Seconds likewise; empty where no time matters.
    pub(crate) seconds: Vec<i64>,
    /// Load aboard before each node.
    pub(crate) aboard: Vec<i64>,
    pub(crate) forward: Forward,
    pub(crate) backward: Backward,
    /// Memory for another.
    spare: Backward,
    /// The nodes for which legs and times hold.
    known: Vec<u32>,
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
        self.known.clear();
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
        self.known.clone_from(&other.known);
        self.seconds.clone_from(&other.seconds);
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

    /// Computes legs, loads, times and cost anew where the nodes have changed. Answers whether the route keeps every limit.
    pub(crate) fn refresh(&mut self, net: &Net<'_>, kind: &Kind) -> bool {
        if self.is_empty() {
            self.clear();
            return true;
        }
        let still = self.still();
        self.measure(net, kind, still);
        let mut fits = self.load(net, kind);
        self.cost = kind.fixed + kind.per_m * self.metres;
        self.known.clear();
        if net.clocked {
            // What a trip waits for at its beginning may change with any of its stops.
            let still = if net.is_released() { (0, 0) } else { still };
            match self.time(net, kind, still) {
                Some(duration_s) => self.cost += kind.per_s * duration_s + kind.overtime(self.finish),
                None => return false,
            }
        }
        fits &= self.trips.len() <= kind.max_trips;
        fits &= self.stops <= kind.max_stops && self.taken <= kind.max_kg;
        self.known.clone_from(&self.nodes);
        fits
    }

    /// How many nodes from the first and from the last on are those for which legs and times are known.
    fn still(&self) -> (usize, usize) {
        let most = self.known.len().min(self.nodes.len());
        let pairs = self.known.iter().zip(&self.nodes);
        let head = pairs.take_while(|(before, now)| before == now).count();
        let pairs = self.known.iter().rev().zip(self.nodes.iter().rev());
        let tail = pairs.take(most - head).take_while(|(before, now)| before == now);
        (head, tail.count())
    }

    /// Computes the legs anew, but for those between nodes that are known.
    fn measure(&mut self, net: &Net<'_>, kind: &Kind, (head, tail): (usize, usize)) {
        let Self {
            nodes, legs, seconds, ..
        } = self;
        let (count, stale) = (nodes.len(), legs.len());
        let stale = head..(stale - tail.min(stale)).max(head);
        let way = |index: usize| {
            let before = index.checked_sub(1).map_or(kind.start, |before| nodes[before]);
            (before, nodes.get(index).copied().unwrap_or(kind.end))
        };
        let fresh = || (head..count + 1 - tail).map(way);
        if net.clocked {
            seconds.splice(stale.clone(), fresh().map(|(from, to)| net.metric.seconds(from, to)));
        }
        legs.splice(stale, fresh().map(|(from, to)| net.metric.metres(from, to)));
        self.metres = legs.iter().map(|&leg| i64::from(leg)).sum();
    }

    /// Computes the loads anew; answers whether every trip has room for its own.
    fn load(&mut self, net: &Net<'_>, kind: &Kind) -> bool {
        self.aboard.clear();
        (self.stops, self.taken) = (0, 0);
        let (mut index, mut fits) = (0, true);
        for (number, trip) in self.trips.iter_mut().enumerate() {
            let mut load = if number == 0 { kind.load } else { 0 };
            let nodes = &self.nodes[index..self.nodes.len().min(trip.end + 1)];
            trip.release = 0;
            for &node in nodes {
                self.aboard.push(load);
                if net.is_stop(node) {
                    load += net.demand[node as usize];
                    self.taken += net.demand[node as usize];
                    self.stops += 1;
                    trip.release = trip.release.max(net.release(node));
                }
            }
            trip.load = load;
            fits &= load <= kind.payload;
            index = trip.end + 1;
        }
        fits
    }

    /// Computes the times anew, but for those that so many first and last nodes cannot have changed; answers the seconds
    /// from departure to return, or none when it is too late or takes too much driving. Where seconds cost nothing it may
    /// answer more of them.
    fn time(&mut self, net: &Net<'_>, kind: &Kind, (head, tail): (usize, usize)) -> Option<i64> {
        let count = self.nodes.len();
        self.forward.keep(kind, (head, tail), count);
        let mut trip = 0;
        for index in head..count {
            let (hop, release) = (self.hop(kind, index), self.release(trip, index));
            let same = self.forward.advance(net, kind, (index, hop), release)?;
            if same && index + tail >= count {
                break;
            }
            trip += usize::from(!net.is_stop(hop.to));
        }
        self.finish = self.forward.finish(net, kind, (self.before(kind, count), count))?;
        self.back(net, kind, kind.shift.close_s, (head, tail));
        if !kind.counts_time() {
            return Some(0);
        }
        self.driving = self.seconds.iter().sum();
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
        self.back(net, kind, self.finish, (0, 0));
        let release = self.trips[0].release;
        let departure = self.backward.departure(kind, self.seconds[0], release);
        std::mem::swap(&mut self.backward, &mut self.spare);
        Some(self.finish - departure)
    }

    /// The way into the node at an index.
    pub(crate) fn hop(&self, kind: &Kind, index: usize) -> Hop {
        Hop {
            from: self.before(kind, index),
            to: self.at(kind, index),
            driving_s: self.seconds[index],
        }
    }

    /// Has to be called when the route is given to a vehicle of another kind, whose legs and times are other ones.
    pub(crate) fn forget(&mut self) {
        self.known.clear();
    }

    /// Computes how late everything may be in a shift that is over by a time, but for what is known.
    fn back(&mut self, net: &Net<'_>, kind: &Kind, close: i64, (head, tail): (usize, usize)) {
        let count = self.nodes.len();
        self.backward.keep(kind, close, (head, tail), count);
        let mut trip = self.trips.len() - 1;
        for index in (0..count - tail).rev() {
            let hop = self.hop(kind, index + 1);
            let mut release = 0;
            if net.is_released() && !net.is_stop(hop.from) && index + 1 < count {
                release = self.trips[trip].release;
                trip -= 1;
            }
            let same = self.backward.advance(net, kind, (count - index, hop), release);
            if same && index < head {
                break;
            }
        }
    }
}
