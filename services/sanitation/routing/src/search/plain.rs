//! Insertion where only distance and load matter.

use crate::search::metric::Metric;
use crate::search::net::Net;
use crate::search::rng::{Blinks, Rng};
use crate::search::route::Route;
use crate::search::state::{NONE, State};
use crate::travel::{arc_m, line_m};

/// Neighbours whose routes are tried.
const NEAR: usize = 40;

/// Where a stop goes: vehicle, index, added metres.
type Spot = (u32, usize, i64);

/// Puts each stop where it lengthens the routes least, position by position overlooked now and then ("blinks").
pub(crate) struct PlainInsertion {
    blinks: Blinks,
    seen: Vec<u64>,
    search: u64,
}

impl PlainInsertion {
    pub(crate) fn new(net: &Net<'_>, blinks: Blinks) -> Self {
        Self {
            blinks,
            seen: vec![0; net.kind_of.len()],
            search: 0,
        }
    }

    /// Inserts a stop; answers whether there was room.
    pub(crate) fn insert(&mut self, state: &mut State, net: &Net<'_>, rng: &mut Rng, stop: u32) -> bool {
        let kind = &net.kinds[0];
        let mut best = self.find(state, net, rng, stop);
        if let Some(vehicle) = state.roster.free(0) {
            let way = i64::from(net.metric.metres(kind.start, stop)) + i64::from(net.metric.metres(stop, kind.end));
            if best.is_none_or(|(_, _, metres)| metres * kind.per_m > way * kind.per_m + kind.fixed) {
                best = Some((vehicle, 0, way));
            }
        }
        let Some((vehicle, index, metres)) = best else {
            return false;
        };
        if metres * kind.per_m >= net.weight[stop as usize] {
            return false;
        }
        state.put_plain(net, vehicle, index, stop);
        true
    }

    fn find(&mut self, state: &State, net: &Net<'_>, rng: &mut Rng, stop: u32) -> Option<Spot> {
        let kind = &net.kinds[0];
        match &net.metric {
            Metric::Table { nodes, metres, .. } => {
                let row = &metres[stop as usize * nodes..][..*nodes];
                let near = (row[kind.start as usize], row[kind.end as usize]);
                self.scan(state, net, rng, stop, near, |node| row[node as usize])
            }
            Metric::Planar { points, road } => {
                let here = points[stop as usize];
                let way = |node: u32| road.stretched(line_m(here, points[node as usize]));
                self.scan(state, net, rng, stop, (way(kind.start), way(kind.end)), way)
            }
            Metric::Sphere { points, road } => {
                let here = points[stop as usize];
                let way = |node: u32| road.stretched(arc_m(here, points[node as usize]));
                self.scan(state, net, rng, stop, (way(kind.start), way(kind.end)), way)
            }
            Metric::Given { .. } => {
                let way = |node: u32| net.metric.metres(stop, node);
                self.scan(state, net, rng, stop, (way(kind.start), way(kind.end)), way)
            }
        }
    }

    fn scan(
        &mut self,
        state: &State,
        net: &Net<'_>,
        rng: &mut Rng,
        stop: u32,
        ends: (u32, u32),
        way: impl Fn(u32) -> u32,
    ) -> Option<Spot> {
        self.search += 1;
        let room = net.kinds[0].payload - net.demand[stop as usize];
        let mut best: Option<Spot> = None;
        let mut try_route = |vehicle: u32, best: &mut Option<Spot>| {
            let route = &state.routes[vehicle as usize];
            if route.trips[0].load <= room {
                let least = best.map_or(i64::MAX, |(_, _, metres)| metres);
                let found = best_index(&mut self.blinks, route, rng, ends, &way, least);
                *best = found.map(|(index, metres)| (vehicle, index, metres)).or(*best);
            }
        };
        for &near in net.near.nearest(stop, NEAR) {
            let vehicle = state.route_of[near as usize];
            if vehicle != NONE && std::mem::replace(&mut self.seen[vehicle as usize], self.search) != self.search {
                try_route(vehicle, &mut best);
            }
        }
        if best.is_none() && state.roster.free(0).is_none() {
            for &vehicle in &state.roster.used {
                try_route(vehicle, &mut best);
            }
        }
        best
    }
}

/// The index in a route that adds least, if fewer metres than `least`, and how many.
fn best_index(
    blinks: &mut Blinks,
    route: &Route,
    rng: &mut Rng,
    ends: (u32, u32),
    way: &impl Fn(u32) -> u32,
    mut least: i64,
) -> Option<(usize, i64)> {
    let (mut best, mut into) = (None, i64::from(ends.0));
    for (index, &leg) in route.legs.iter().enumerate() {
        let out = i64::from(route.nodes.get(index).map_or(ends.1, |&node| way(node)));
        let added = into + out - i64::from(leg);
        into = out;
        // Only a position that would be taken needs to be overlooked.
        if added < least && !blinks.blink(rng) {
            least = added;
            best = Some((index, added));
        }
    }
    best
}
