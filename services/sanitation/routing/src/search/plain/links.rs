//! Routes as chains of stops in flat arrays, with a journal that takes a step back.

use crate::search::best::Sketch;
use crate::search::net::{Net, narrow};
use crate::search::roster::Roster;
use crate::search::state::{Changed, NONE, State};

/// A stop in a chain. [`NONE`] before the first and after the last stop stands for start and end of the shift.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    /// Vehicle, or [`NONE`] while in no route.
    pub(crate) route: u32,
    pub(crate) prev: u32,
    pub(crate) next: u32,
    /// Metres from the one before.
    pub(crate) into: u32,
    /// Metres to the next one.
    pub(crate) out: u32,
}

/// A route: its ends, stops and load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chain {
    load: i64,
    pub(crate) first: u32,
    pub(crate) last: u32,
    pub(crate) stops: u32,
}

const APART: Link = Link {
    route: NONE,
    prev: NONE,
    next: NONE,
    into: 0,
    out: 0,
};

const EMPTY: Chain = Chain {
    load: 0,
    first: NONE,
    last: NONE,
    stops: 0,
};

/// All routes of a part of a plain problem.
pub(crate) struct Links {
    pub(crate) stops: Vec<Link>,
    pub(crate) chains: Vec<Chain>,
    /// Load of each route, and one beyond all limits for stops that are in none.
    pub(crate) loads: Vec<i64>,
    pub(crate) roster: Roster,
    /// Metres of all routes.
    pub(crate) metres: i64,
    /// Vehicles whose routes differ from the best solution kept.
    changed: Changed,
    /// What this step has overwritten, in order.
    old_stops: Vec<(u32, Link)>,
    old_chains: Vec<(u32, Chain)>,
    old_metres: i64,
}

impl Links {
    pub(crate) fn new(net: &Net<'_>, state: &State) -> Self {
        let mut links = Self {
            stops: vec![APART; net.stops as usize],
            chains: vec![EMPTY; net.kind_of.len()],
            loads: (0..net.kind_of.len()).map(|_| 0).chain([i64::MAX]).collect(),
            roster: state.roster.clone(),
            metres: 0,
            changed: Changed::new(net.kind_of.len()),
            old_stops: Vec::new(),
            old_chains: Vec::new(),
            old_metres: 0,
        };
        for &vehicle in &state.roster.used {
            let mut last = NONE;
            for &stop in &state.routes[vehicle as usize].nodes {
                links.insert(net, vehicle, last, stop);
                last = stop;
            }
        }
        links.changed.clear();
        links
    }

    /// Begins a step that may be taken back.
    pub(crate) fn begin(&mut self) {
        self.old_stops.clear();
        self.old_chains.clear();
        self.old_metres = self.metres;
    }

    /// Takes the step back.
    pub(crate) fn rollback(&mut self, net: &Net<'_>) {
        for &(stop, link) in self.old_stops.iter().rev() {
            self.stops[stop as usize] = link;
        }
        for &(vehicle, chain) in self.old_chains.iter().rev() {
            self.chains[vehicle as usize] = chain;
            self.loads[vehicle as usize] = chain.load;
        }
        for index in 0..self.old_chains.len() {
            let (vehicle, _) = self.old_chains[index];
            self.enlist(net, vehicle);
        }
        self.metres = self.old_metres;
    }

    /// Notes the routes that this step has changed.
    pub(crate) fn commit(&mut self) {
        for &(vehicle, _) in &self.old_chains {
            self.changed.mark(vehicle);
        }
    }

    /// Puts a stop that is in no route behind `after`, or at the start.
    pub(crate) fn insert(&mut self, net: &Net<'_>, vehicle: u32, after: u32, stop: u32) {
        let plain = &net.plain_kind;
        let mut chain = self.note_chain(vehicle);
        let next = if after == NONE {
            chain.first
        } else {
            self.stops[after as usize].next
        };
        let link = Link {
            route: vehicle,
            prev: after,
            next,
            into: if after == NONE {
                plain.from[stop as usize]
            } else {
                net.metric.metres(after, stop)
            },
            out: if next == NONE {
                plain.to[stop as usize]
            } else {
                net.metric.metres(stop, next)
            },
        };
        self.metres += i64::from(link.into) + i64::from(link.out) - self.leg(after, next);
        self.note(stop);
        self.stops[stop as usize] = link;
        self.tie(&mut chain, (after, stop), link.into);
        self.tie(&mut chain, (stop, next), link.out);
        chain.load += net.demand[stop as usize];
        chain.stops += 1;
        self.set_chain(vehicle, chain);
        self.enlist(net, vehicle);
    }

    /// Takes `count` stops from `first` on out of their route and appends them to `removed`.
    pub(crate) fn cut(&mut self, net: &Net<'_>, first: u32, count: usize, removed: &mut Vec<u32>) {
        let plain = &net.plain_kind;
        let Link {
            route: vehicle, prev, ..
        } = self.stops[first as usize];
        let mut chain = self.note_chain(vehicle);
        let (mut next, mut taken) = (first, i64::from(self.stops[first as usize].into));
        for _ in 0..count {
            self.note(next);
            let link = &mut self.stops[next as usize];
            link.route = NONE;
            taken += i64::from(link.out);
            chain.load -= net.demand[next as usize];
            removed.push(next);
            next = link.next;
        }
        chain.stops -= narrow(count);
        let leg = match (prev, next) {
            (NONE, NONE) => 0,
            (NONE, next) => plain.from[next as usize],
            (prev, NONE) => plain.to[prev as usize],
            (prev, next) => net.metric.metres(prev, next),
        };
        self.metres += i64::from(leg) - taken;
        self.tie(&mut chain, (prev, next), leg);
        self.set_chain(vehicle, chain);
        self.enlist(net, vehicle);
    }

    /// Metres between what follows each other; none in a route without stops.
    fn leg(&self, after: u32, next: u32) -> i64 {
        match (after, next) {
            (NONE, NONE) => 0,
            (NONE, next) => i64::from(self.stops[next as usize].into),
            (after, _) => i64::from(self.stops[after as usize].out),
        }
    }

    /// Makes two stops, or a stop and an end of the chain, follow each other.
    fn tie(&mut self, chain: &mut Chain, (prev, next): (u32, u32), metres: u32) {
        if prev == NONE {
            chain.first = next;
        } else {
            self.note(prev);
            let link = &mut self.stops[prev as usize];
            (link.next, link.out) = (next, metres);
        }
        if next == NONE {
            chain.last = prev;
        } else {
            self.note(next);
            let link = &mut self.stops[next as usize];
            (link.prev, link.into) = (prev, metres);
        }
    }

    fn note(&mut self, stop: u32) {
        self.old_stops.push((stop, self.stops[stop as usize]));
    }

    fn note_chain(&mut self, vehicle: u32) -> Chain {
        let chain = self.chains[vehicle as usize];
        self.old_chains.push((vehicle, chain));
        chain
    }

    fn set_chain(&mut self, vehicle: u32, chain: Chain) {
        self.chains[vehicle as usize] = chain;
        self.loads[vehicle as usize] = chain.load;
    }

    fn enlist(&mut self, net: &Net<'_>, vehicle: u32) {
        self.roster.set(net, vehicle, self.chains[vehicle as usize].stops > 0);
    }

    /// The stops of a route in order.
    pub(crate) fn walk(&self, vehicle: u32) -> impl Iterator<Item = u32> + '_ {
        let first = Some(self.chains[vehicle as usize].first).filter(|&stop| stop != NONE);
        std::iter::successors(first, |&stop| {
            Some(self.stops[stop as usize].next).filter(|&next| next != NONE)
        })
    }

    /// Cost of all routes.
    pub(crate) fn cost(&self, net: &Net<'_>) -> i64 {
        let kind = &net.kinds[0];
        kind.per_m * self.metres + kind.fixed * i64::try_from(self.roster.used.len()).unwrap_or(i64::MAX)
    }

    /// Writes the routes that differ into a sketch.
    pub(crate) fn keep(&mut self, sketch: &mut Sketch) {
        for &vehicle in &self.changed.list {
            let nodes = &mut sketch.routes[vehicle as usize];
            nodes.clear();
            nodes.extend(self.walk(vehicle));
        }
        self.changed.clear();
    }
}
