//! The fastest ways over the network, with the time of turning round.
//!
//! A vehicle's state is the arc that it drives (a road in one direction), since that tells whether the next one turns round.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::Spec;

/// A road in one direction: twice the road, plus one for backward.
pub(crate) type Arc = usize;

/// Where a way begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum From {
    /// At a junction, at rest.
    Node(usize),
    /// At the end of an arc just driven.
    After(Arc),
}

/// Where a way ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum To {
    /// At a junction, to rest.
    Node(usize),
    /// At the begin of an arc that is driven next.
    Before(Arc),
}

/// Seconds, then metres, in one comparable number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Length(u64);

impl Length {
    const ZERO: Self = Self(0);
    pub(crate) const NO_WAY: Self = Self(u64::MAX);

    fn plus(self, seconds: u32, metres: u32) -> Self {
        Self(
            self.0
                .saturating_add(u64::from(seconds) << 32)
                .saturating_add(u64::from(metres)),
        )
    }

    #[expect(clippy::cast_possible_truncation, reason = "the upper and the lower half")]
    pub(crate) const fn seconds_and_metres(self) -> (u32, u32) {
        ((self.0 >> 32) as u32, self.0 as u32)
    }
}

const NONE: u32 = u32::MAX;

/// The network as arcs.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    turn_s: u32,
    /// By arc: begin, end, seconds, metres.
    arcs: Vec<(usize, usize, u32, u32)>,
    leaving: Lists,
    coming: Lists,
}

/// Open arcs by junction.
#[derive(Debug, Clone)]
struct Lists {
    from: Vec<usize>,
    arcs: Vec<Arc>,
}

impl Lists {
    fn new(nodes: usize, pairs: impl Iterator<Item = (usize, Arc)> + Clone) -> Self {
        let mut from = vec![0; nodes + 1];
        for (node, _) in pairs.clone() {
            from[node + 1] += 1;
        }
        for node in 0..nodes {
            from[node + 1] += from[node];
        }
        let mut next = from.clone();
        let mut arcs = vec![0; from[nodes]];
        for (node, arc) in pairs {
            arcs[next[node]] = arc;
            next[node] += 1;
        }
        Self { from, arcs }
    }

    fn of(&self, node: usize) -> &[Arc] {
        &self.arcs[self.from[node]..self.from[node + 1]]
    }
}

/// All ways from one place.
pub(crate) struct Ways<'n> {
    network: &'n Network,
    source: From,
    lengths: Vec<Length>,
    before: Vec<u32>,
    heap: BinaryHeap<Reverse<(Length, Arc)>>,
}

impl Network {
    pub(crate) fn new(spec: &Spec) -> Self {
        let arc = |arc: Arc| {
            let road = &spec.roads[arc / 2];
            let (begin, end) = road.ends(arc.is_multiple_of(2));
            (
                begin,
                end,
                road.driving_s(arc.is_multiple_of(2)).unwrap_or(NONE),
                road.length_m,
            )
        };
        let arcs: Vec<_> = (0..2 * spec.roads.len()).map(arc).collect();
        let open = || arcs.iter().enumerate().filter(|(_, arc)| arc.2 != NONE);
        let leaving = Lists::new(spec.nodes, open().map(|(index, arc)| (arc.0, index)));
        let coming = Lists::new(spec.nodes, open().map(|(index, arc)| (arc.1, index)));
        Self {
            turn_s: spec.turn_s,
            arcs,
            leaving,
            coming,
        }
    }

    /// The place where a pass ends; without turning times the junction tells all.
    pub(crate) fn after(&self, arc: Arc) -> From {
        if self.turn_s == 0 {
            From::Node(self.arcs[arc].1)
        } else {
            From::After(arc)
        }
    }

    /// The place where a pass begins.
    pub(crate) fn before(&self, arc: Arc) -> To {
        if self.turn_s == 0 {
            To::Node(self.arcs[arc].0)
        } else {
            To::Before(arc)
        }
    }

    pub(crate) fn ways(&self) -> Ways<'_> {
        Ways {
            network: self,
            source: From::Node(0),
            lengths: vec![Length::NO_WAY; self.arcs.len()],
            before: vec![NONE; self.arcs.len()],
            heap: BinaryHeap::new(),
        }
    }

    const fn turning(&self, from: Arc, to: Arc) -> u32 {
        if from ^ 1 == to { self.turn_s } else { 0 }
    }
}

impl Ways<'_> {
    /// Searches all ways from a place.
    #[expect(clippy::cast_possible_truncation, reason = "at most 2^21 arcs")]
    pub(crate) fn search(&mut self, source: From) {
        self.source = source;
        self.lengths.fill(Length::NO_WAY);
        let network = self.network;
        let begin = match source {
            From::Node(node) => node,
            From::After(arc) => network.arcs[arc].1,
        };
        for &arc in network.leaving.of(begin) {
            let turn_s = match source {
                From::Node(_) => 0,
                From::After(last) => network.turning(last, arc),
            };
            self.reach(arc, Length::ZERO, turn_s, NONE);
        }
        while let Some(Reverse((length, arc))) = self.heap.pop() {
            if length > self.lengths[arc] {
                continue;
            }
            for &next in network.leaving.of(network.arcs[arc].1) {
                self.reach(next, length, network.turning(arc, next), arc as u32);
            }
        }
    }

    fn reach(&mut self, arc: Arc, length: Length, turn_s: u32, before: u32) {
        let (_, _, seconds, metres) = self.network.arcs[arc];
        let length = length.plus(seconds, metres).plus(turn_s, 0);
        if length < self.lengths[arc] {
            self.lengths[arc] = length;
            self.before[arc] = before;
            self.heap.push(Reverse((length, arc)));
        }
    }

    /// The length of the way to a place, and its last arc.
    fn last(&self, target: To) -> (Length, Option<Arc>) {
        let network = self.network;
        let (end, next) = match target {
            To::Node(node) => (node, None),
            To::Before(arc) => (network.arcs[arc].0, Some(arc)),
        };
        let turning = |last: Option<Arc>| match (last, next) {
            (Some(last), Some(next)) => network.turning(last, next),
            _ => 0,
        };
        let at_once = match self.source {
            From::Node(node) => (node == end).then_some(None),
            From::After(arc) => (network.arcs[arc].1 == end).then_some(Some(arc)),
        };
        let at_once = at_once.map(|last| (Length::ZERO.plus(turning(last), 0), None));
        let over = network.coming.of(end).iter().map(|&arc| {
            let length = self.lengths[arc].plus(turning(Some(arc)), 0);
            (length, Some(arc))
        });
        at_once.into_iter().chain(over).min().unwrap_or((Length::NO_WAY, None))
    }

    pub(crate) fn length(&self, target: To) -> Length {
        self.last(target).0
    }

    /// The arcs of the way to a place.
    pub(crate) fn arcs(&self, target: To) -> Vec<Arc> {
        let mut last = self.last(target).1;
        let mut arcs = Vec::new();
        while let Some(arc) = last {
            arcs.push(arc);
            last = (self.before[arc] != NONE).then_some(self.before[arc] as usize);
        }
        arcs.reverse();
        arcs
    }
}
