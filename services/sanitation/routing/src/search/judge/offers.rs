//! What a detour costs and whether it keeps every limit of time.

use super::Judge;
use super::spot::{Split, Spot};
use crate::search::net::Kind;
use crate::search::route::Route;
use crate::search::times::{Forward, Way};

impl Judge<'_> {
    /// Tries a vehicle that has nothing to do yet.
    pub(crate) fn fresh(&mut self, vehicle: u32) {
        let (net, stop, kind) = (self.net, self.stop, self.net.kind(vehicle));
        if !kind.suits(stop) || kind.load + self.demand > kind.payload || self.demand > kind.max_kg {
            return;
        }
        let base = Spot {
            vehicle,
            into: vehicle,
            trip: 0,
            index: 0,
            split: Split::Whole,
        };
        let releases = [net.release(stop), 0, 0];
        if net.has_facilities() {
            for &facility in net.unloads(stop) {
                let way = Way {
                    nodes: &[kind.start, stop, facility, kind.end],
                    releases,
                };
                self.offer_fresh(
                    kind,
                    way,
                    Spot {
                        split: Split::After(facility),
                        ..base
                    },
                );
            }
        } else {
            self.offer_fresh(
                kind,
                Way {
                    nodes: &[kind.start, stop, kind.end],
                    releases,
                },
                base,
            );
        }
    }

    /// Compares a detour, which replaces the leg at the index of the spot and leaves the route at the index of some times.
    pub(super) fn offer(&mut self, route: &Route, kind: &Kind, (from, way): ((&Forward, usize), Way<'_>), spot: Spot) {
        let (metres, leg) = (self.metres(way.nodes), i64::from(route.legs[spot.index]));
        let mut cost = kind.per_m * (metres - leg);
        if cost >= self.least {
            return;
        }
        if self.net.clocked {
            let (forward, leaves) = from;
            let Some(arrival) = forward.detour(self.net, kind, way, (leaves, &route.backward, spot.index)) else {
                return;
            };
            if kind.counts_time() {
                let direct = self.net.metric.seconds(way.nodes[0], way.nodes[way.nodes.len() - 1]);
                let driving = way.driving(self.net) - direct;
                if route.driving + driving > kind.max_driving {
                    return;
                }
                // As if no later waiting took up the delay; what overtime really costs is known when the route is.
                let before = route
                    .forward
                    .ready(spot.index)
                    .max(route.release(spot.trip, spot.index))
                    + direct;
                let finish = route.finish + (arrival - before).max(0);
                cost += kind.per_s * (driving + self.service(way.nodes));
                cost += kind.overtime(finish) - kind.overtime(route.finish);
            }
        }
        self.take(cost, spot);
    }

    fn offer_fresh(&mut self, kind: &Kind, way: Way<'_>, spot: Spot) {
        let mut cost = kind.fixed + kind.per_m * self.metres(way.nodes);
        if cost >= self.least {
            return;
        }
        if self.net.clocked {
            let Some(finish) = kind.opening.detour(self.net, kind, way, (0, &kind.closing, 0)) else {
                return;
            };
            let driving = way.driving(self.net);
            if driving > kind.max_driving {
                return;
            }
            cost += kind.per_s * (driving + self.service(way.nodes)) + kind.overtime(finish);
        }
        self.take(cost, spot);
    }

    /// Seconds of work between the ends of a way.
    fn service(&self, nodes: &[u32]) -> i64 {
        nodes[1..nodes.len() - 1]
            .iter()
            .map(|&node| self.net.service(node))
            .sum()
    }
}
