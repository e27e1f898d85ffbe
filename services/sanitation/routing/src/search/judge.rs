//! What an insertion costs and whether it keeps every limit.

use std::ops::Range;

use crate::search::fleet;
use crate::search::net::{Kind, Net};
use crate::search::rng::{Blinks, Rng};
use crate::search::roster::Roster;
use crate::search::route::{Route, Trip};
use crate::search::state::{Place, State};
use crate::search::times::{Forward, Way};

/// Where a stop goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    vehicle: u32,
    /// The vehicle that takes the route over, or the same.
    into: u32,
    trip: usize,
    index: usize,
    split: Split,
}

/// How the trip is divided when it has no room for the stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Split {
    /// Not at all.
    Whole,
    /// Unload at the facility, then serve the stop.
    Before(u32),
    /// Serve the stop, then unload at the facility.
    After(u32),
}

impl Spot {
    /// Whether two spots are in routes that have nothing to do with each other.
    pub(crate) fn is_apart(self, other: Self) -> bool {
        let (one, other) = ([self.vehicle, self.into], [other.vehicle, other.into]);
        one.iter().all(|vehicle| !other.contains(vehicle))
    }

    /// Puts the stop there.
    pub(crate) fn apply(self, state: &mut State, net: &Net<'_>, stop: u32) {
        state.touch(self.vehicle);
        if self.into != self.vehicle {
            state.touch(self.into);
            state.routes.swap(self.vehicle as usize, self.into as usize);
            state.routes[self.into as usize].forget();
            state.refresh(net, self.vehicle);
        }
        let route = &mut state.routes[self.into as usize];
        if route.is_empty() {
            route.trips.push(Trip::until(0));
            if let Split::After(facility) = self.split {
                route.nodes.push(facility);
            }
            route.put(0, 0, stop);
        } else {
            match self.split {
                Split::Whole => route.put(self.trip, self.index, stop),
                Split::Before(facility) => {
                    route.split(self.trip, self.index, facility);
                    route.put(self.trip + 1, self.index + 1, stop);
                }
                Split::After(facility) => {
                    route.put(self.trip, self.index, stop);
                    route.split(self.trip, self.index + 1, facility);
                }
            }
        }
        state.cost -= net.weight[stop as usize];
        let fits = state.refresh(net, self.into);
        debug_assert!(fits, "a judged insertion keeps every limit");
    }
}

/// Looks for the cheapest spot of one stop.
pub(crate) struct Judge<'a> {
    net: &'a Net<'a>,
    roster: &'a Roster,
    stop: u32,
    demand: i64,
    blinks: &'a mut Blinks,
    rng: &'a mut Rng,
    /// When work there has to begin at the latest.
    closes: i64,
    /// Cost above which a spot is of no use.
    least: i64,
    spot: Option<Spot>,
    /// Times within a trip that has to wait for what the stop needs.
    raised: Forward,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(
        net: &'a Net<'a>,
        roster: &'a Roster,
        stop: u32,
        (blinks, rng): (&'a mut Blinks, &'a mut Rng),
    ) -> Self {
        let (demand, least) = (net.demand[stop as usize], net.missed(stop));
        Self {
            net,
            roster,
            stop,
            demand,
            closes: net.closes(stop),
            blinks,
            rng,
            least,
            spot: None,
            raised: Forward::default(),
        }
    }

    pub(crate) const fn found(&self) -> bool {
        self.spot.is_some()
    }

    /// The cheapest spot and what it costs.
    pub(crate) fn spot(self) -> Option<(i64, Spot)> {
        Some((self.least, self.spot?))
    }

    /// Tries the positions beside a near stop, whose trip has room, in a problem where no trip waits.
    pub(crate) fn beside(&mut self, routes: &[Route], near: u32, place: &Place) {
        let (vehicle, trip, index) = (place.vehicle, place.trip as usize, place.index as usize);
        let before = self.metres_from(place.prev) + self.metres_to(near) - i64::from(place.into);
        let behind = self.metres_from(near) + self.metres_to(place.next) - i64::from(place.out);
        for (detour, index) in [(before, index), (behind, index + 1)] {
            if self.net.kind(vehicle).per_m * detour < self.least {
                self.trip(&routes[vehicle as usize], (vehicle, trip), index..index + 1);
            }
        }
    }

    /// Whether a trip has room for the stop and none has to wait: then [`Self::beside`] suffices.
    pub(crate) const fn is_roomy(&self, place: &Place) -> bool {
        self.demand <= place.room && !self.net.is_released()
    }

    /// Whether a trip need not be tried as a whole, but only beside stops that are near.
    pub(crate) fn is_local(&self, route: &Route, vehicle: u32, trip: usize) -> bool {
        let fits = || route.trips[trip].load + self.demand <= self.net.kind(vehicle).payload;
        !self.net.is_released() && (self.net.has_facilities() || fits())
    }

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
    fn offer(&mut self, route: &Route, kind: &Kind, (from, way): ((&Forward, usize), Way<'_>), spot: Spot) {
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

    fn take(&mut self, cost: i64, spot: Spot) {
        // Only a position that would be taken needs to be overlooked.
        if cost < self.least && !self.blinks.blink(self.rng) {
            self.least = cost;
            self.spot = Some(spot);
        }
    }

    fn metres(&self, path: &[u32]) -> i64 {
        let metric = &self.net.metric;
        let (first, second) = metric.towards(path[0], path[1]);
        let rest = path[1..]
            .windows(2)
            .map(|pair| i64::from(metric.metres(pair[0], pair[1])));
        i64::from(metric.metres(first, second)) + rest.sum::<i64>()
    }

    /// Metres from a node to the stop.
    fn metres_from(&self, from: u32) -> i64 {
        let (from, to) = self.net.metric.towards(from, self.stop);
        i64::from(self.net.metric.metres(from, to))
    }

    /// Metres from the stop to a node.
    fn metres_to(&self, to: u32) -> i64 {
        i64::from(self.net.metric.metres(self.stop, to))
    }

    /// Seconds of work between the ends of a way.
    fn service(&self, nodes: &[u32]) -> i64 {
        nodes[1..nodes.len() - 1]
            .iter()
            .map(|&node| self.net.service(node))
            .sum()
    }
}
