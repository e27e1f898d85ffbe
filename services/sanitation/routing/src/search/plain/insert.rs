//! Insertion where only distance and load matter.

use crate::search::metric::Metric;
use crate::search::net::{Net, PlainKind};
use crate::search::plain::links::Links;
use crate::search::rng::{Blinks, Rng};
use crate::search::state::NONE;
use crate::travel::{arc_m, line_m};

/// Where a stop goes.
#[derive(Debug, Clone, Copy)]
struct Spot {
    vehicle: u32,
    /// The stop before, or [`NONE`].
    after: u32,
    metres: i64,
}

/// Puts each stop where it lengthens the routes least, position by position overlooked now and then ("blinks").
pub(crate) struct Insertion {
    blinks: Blinks,
    seen: Vec<u32>,
    search: u32,
}

impl Insertion {
    pub(crate) fn new(net: &Net<'_>, blinks: Blinks) -> Self {
        Self {
            blinks,
            seen: vec![0; net.kind_of.len()],
            search: 0,
        }
    }

    /// Inserts a stop; answers whether there was room worth its cost.
    pub(crate) fn insert(&mut self, links: &mut Links, net: &Net<'_>, rng: &mut Rng, stop: u32) -> bool {
        let (kind, plain) = (&net.kinds[0], &net.plain_kind);
        let mut best = self.find(links, net, rng, stop);
        if let Some(vehicle) = links.roster.free(0) {
            let metres = i64::from(plain.from[stop as usize]) + i64::from(plain.to[stop as usize]);
            if best.is_none_or(|best| best.metres * kind.per_m > metres * kind.per_m + kind.fixed) {
                let after = NONE;
                best = Some(Spot { vehicle, after, metres });
            }
        }
        match best {
            Some(best) if best.metres * kind.per_m < net.weight[stop as usize] => {
                links.insert(net, best.vehicle, best.after, stop);
                true
            }
            _ => false,
        }
    }

    fn find(&mut self, links: &Links, net: &Net<'_>, rng: &mut Rng, stop: u32) -> Option<Spot> {
        match &net.metric {
            Metric::Table { nodes, metres, .. } => {
                let row = &metres[stop as usize * nodes..][..*nodes];
                self.scan(links, net, rng, stop, |node| row[node as usize])
            }
            Metric::Planar { points, road } => {
                let here = points[stop as usize];
                let way = |node: u32| road.stretched(line_m(here, points[node as usize]));
                self.scan(links, net, rng, stop, way)
            }
            Metric::Sphere { points, road } => {
                let here = points[stop as usize];
                let way = |node: u32| road.stretched(arc_m(here, points[node as usize]));
                self.scan(links, net, rng, stop, way)
            }
            Metric::Given { .. } => self.scan(links, net, rng, stop, |node| net.metric.metres(stop, node)),
        }
    }

    /// Looks beside each near stop, and at both ends of the routes of near stops.
    fn scan(
        &mut self,
        links: &Links,
        net: &Net<'_>,
        rng: &mut Rng,
        stop: u32,
        way: impl Fn(u32) -> u32,
    ) -> Option<Spot> {
        self.search = self.search.wrapping_add(1);
        let plain = &net.plain_kind;
        let room = net.kinds[0].payload - net.demand[stop as usize];
        let (from, to) = (i64::from(plain.from[stop as usize]), i64::from(plain.to[stop as usize]));
        let (mut best, mut least) = (None, i64::MAX);
        let mut offer = |vehicle: u32, after: u32, metres: i64, least: &mut i64| {
            // Only a position that would be taken needs to be overlooked.
            if metres < *least && !self.blinks.blink(rng) {
                *least = metres;
                best = Some(Spot { vehicle, after, metres });
            }
        };
        // Most routes are full: those with room are sorted out first, without a branch to mispredict.
        let (mut roomy, mut count) = ([(0, 0); PlainKind::NEAR], 0);
        for &pair in plain.near(stop) {
            roomy[count] = pair;
            let vehicle = links.stops[pair.0 as usize].route as usize;
            let load = links.loads[vehicle.min(links.loads.len() - 1)];
            count += usize::from(load <= room);
        }
        for &(near, metres) in &roomy[..count] {
            let link = &links.stops[near as usize];
            let vehicle = link.route;
            if std::mem::replace(&mut self.seen[vehicle as usize], self.search) != self.search {
                let chain = &links.chains[vehicle as usize];
                let leg = i64::from(links.stops[chain.first as usize].into);
                if from - leg < least {
                    offer(vehicle, NONE, from + i64::from(way(chain.first)) - leg, &mut least);
                }
                let leg = i64::from(links.stops[chain.last as usize].out);
                if to - leg < least {
                    offer(vehicle, chain.last, to + i64::from(way(chain.last)) - leg, &mut least);
                }
            }
            // Between two stops the nearer one offers the position, so that twice its distance bounds the detour.
            let metres = i64::from(metres);
            if link.next != NONE && 2 * metres - i64::from(link.out) < least {
                let other = i64::from(way(link.next));
                if other >= metres {
                    offer(vehicle, near, metres + other - i64::from(link.out), &mut least);
                }
            }
            if link.prev != NONE && 2 * metres - i64::from(link.into) < least {
                let other = i64::from(way(link.prev));
                if other >= metres {
                    offer(vehicle, link.prev, metres + other - i64::from(link.into), &mut least);
                }
            }
        }
        best.or_else(|| self.anywhere(links, rng, room, (from, to), way))
    }

    /// The best position of all, looked for when there is none nearby: where loads are tight, room may be far away.
    fn anywhere(
        &mut self,
        links: &Links,
        rng: &mut Rng,
        room: i64,
        (from, to): (i64, i64),
        way: impl Fn(u32) -> u32,
    ) -> Option<Spot> {
        let mut best: Option<Spot> = None;
        let roomy = |vehicle: &&u32| links.loads[**vehicle as usize] <= room;
        for &vehicle in links.roster.used.iter().filter(roomy) {
            let (mut after, mut into) = (NONE, from);
            for next in links.walk(vehicle).chain([NONE]) {
                let (out, leg) = if next == NONE {
                    (to, links.stops[after as usize].out)
                } else {
                    (i64::from(way(next)), links.stops[next as usize].into)
                };
                let metres = into + out - i64::from(leg);
                if best.is_none_or(|best| metres < best.metres) && !self.blinks.blink(rng) {
                    best = Some(Spot { vehicle, after, metres });
                }
                (after, into) = (next, out);
            }
        }
        best
    }
}
