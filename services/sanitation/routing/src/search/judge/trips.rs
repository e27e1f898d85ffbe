//! The positions of a trip, divided where it has no room.

use std::ops::Range;

use super::Judge;
use super::spot::{Split, Spot};
use crate::search::fleet;
use crate::search::net::Kind;
use crate::search::route::Route;
use crate::search::times::{Forward, Way};

impl Judge<'_> {
    /// Tries those positions of a trip that lie within a range.
    pub(crate) fn trip(&mut self, route: &Route, (vehicle, trip): (u32, usize), within: Range<usize>) {
        let (net, kind) = (self.net, self.net.kind(vehicle));
        if !kind.suits(self.stop) || route.stops >= kind.max_stops || route.taken + self.demand > kind.max_kg {
            return;
        }
        let mut span = route.span(trip);
        let mut raised = std::mem::take(&mut self.raised);
        let waits = net.release(self.stop) > route.trips[trip].release;
        let last = if waits {
            self.raise(&mut raised, route, kind, trip)
        } else {
            span.end
        };
        let first = span.start;
        let from = |index: usize| {
            if waits {
                (&raised, index - first)
            } else {
                (&route.forward, index)
            }
        };
        if trip == 0 {
            span.start += kind.locked.len();
        }
        span.start = span.start.max(within.start);
        let last = last.min(within.end - 1);
        let spot = |index| Spot {
            vehicle,
            into: vehicle,
            trip,
            index,
            split: Split::Whole,
        };
        let fits = route.trips[trip].load + self.demand <= kind.payload;
        if fits {
            for index in span.start..=last {
                let (forward, leaves) = from(index);
                if net.clocked && forward.ready(leaves) > self.closes {
                    break;
                }
                if net.clocked && route.backward.latest(index) < self.leaves {
                    continue;
                }
                let way = [route.before(kind, index), self.stop, route.at(kind, index)];
                let detour = self.metres_from(way[0]) + self.metres_to(way[2]) - i64::from(route.legs[index]);
                if kind.per_m * detour >= self.least {
                    continue;
                }
                let release = if index == first {
                    net.release(self.stop).max(route.trips[trip].release)
                } else {
                    0
                };
                let way = Way {
                    nodes: &way,
                    releases: [release, 0, 0],
                };
                self.offer(route, kind, ((forward, leaves), way), spot(index));
            }
        }
        if !net.has_facilities() && !fits && !net.clocked {
            self.upgraded(route, kind, spot(span.start));
        }
        if net.has_facilities() && route.trips.len() < kind.max_trips {
            if !fits {
                for index in span.start..=last {
                    self.divided(route, kind, from(index), spot(index));
                }
            } else if net.is_released() {
                // A trip of its own before or after this one may leave earlier than one with others.
                if span.start <= last {
                    self.divided(route, kind, from(span.start), spot(span.start));
                }
                self.divided(route, kind, (&route.forward, span.end), spot(span.end));
            }
        }
        self.raised = raised;
    }

    /// Lets a trip wait for what the stop needs; answers the last index that is still reached in time.
    fn raise(&self, raised: &mut Forward, route: &Route, kind: &Kind, trip: usize) -> usize {
        let span = route.span(trip);
        raised.resume(&route.forward, span.start);
        let mut release = self.net.release(self.stop);
        for index in span.clone() {
            let hop = route.hop(kind, index);
            if raised
                .advance(self.net, kind, (index - span.start, hop), release)
                .is_none()
            {
                return index;
            }
            release = 0;
        }
        span.end
    }

    /// Tries all positions from one on in a route that a free vehicle with more room takes over, where no time matters.
    fn upgraded(&mut self, route: &Route, kind: &Kind, spot: Spot) {
        let net = self.net;
        for into in (0..net.kinds.len()).filter_map(|kind| self.roster.free(kind)) {
            let stronger = net.kind(into);
            let room = stronger.payload - route.trips[spot.trip].load - self.demand;
            let base = stronger.fixed + stronger.per_m * route.metres - route.cost;
            let alike = (stronger.start, stronger.end) == (kind.start, kind.end) && stronger.suits(self.stop);
            if room < 0 || base >= self.least || !alike || kind.must_go() || !fleet::suits(net, stronger, route) {
                continue;
            }
            if route.stops >= stronger.max_stops || route.taken + self.demand > stronger.max_kg {
                continue;
            }
            for index in spot.index..=route.nodes.len() {
                let way = [route.before(kind, index), self.stop, route.at(kind, index)];
                let detour = self.metres(&way) - i64::from(route.legs[index]);
                self.take(base + stronger.per_m * detour, Spot { into, index, ..spot });
            }
        }
    }

    /// Tries to unload before or after the stop at an index of a trip.
    fn divided(&mut self, route: &Route, kind: &Kind, from: (&Forward, usize), spot: Spot) {
        let (net, stop, index) = (self.net, self.stop, spot.index);
        let (before, to) = (route.before(kind, index), route.at(kind, index));
        let (aboard, end) = (route.aboard[index], route.trips[spot.trip]);
        let rest = end.load - aboard;
        // After the last stop only the load before matters: the stop itself starts the new trip.
        let behind = aboard + self.demand <= kind.payload && index < end.end;
        let ahead = aboard > 0 && rest + self.demand <= kind.payload;
        // Whichever facility it is, the way there and on is at least that to the nearest.
        let useful = |metres: i64| kind.per_m * (metres - i64::from(route.legs[index])) < self.least;
        let (unload, unloaded) = net.unloading(stop);
        let behind = behind && useful(self.metres_from(before) + unload + net.unloading(to).1);
        let ahead = ahead && useful(net.unloading(before).0 + unloaded + self.metres_to(to));
        let waits = route.release(spot.trip, index);
        let leaves = if index == route.span(spot.trip).start {
            net.release(stop)
        } else {
            0
        };
        for &facility in net.unloads(stop) {
            if behind {
                let way = Way {
                    nodes: &[before, stop, facility, to],
                    releases: [leaves, 0, waits],
                };
                self.offer(
                    route,
                    kind,
                    (from, way),
                    Spot {
                        split: Split::After(facility),
                        ..spot
                    },
                );
            }
            if ahead {
                let way = Way {
                    nodes: &[before, facility, stop, to],
                    releases: [waits, net.release(stop), 0],
                };
                self.offer(
                    route,
                    kind,
                    (from, way),
                    Spot {
                        split: Split::Before(facility),
                        ..spot
                    },
                );
            }
        }
    }
}
