//! What an insertion costs and whether it keeps every limit.

use crate::search::net::{Kind, Net};
use crate::search::rng::{Blinks, Rng};
use crate::search::route::{Route, Trip};
use crate::search::state::State;

/// Where a stop goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    vehicle: u32,
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
    /// Puts the stop there.
    pub(crate) fn apply(self, state: &mut State, net: &Net<'_>, stop: u32) {
        state.touch(self.vehicle);
        let route = &mut state.routes[self.vehicle as usize];
        if route.is_empty() {
            route.trips.push(Trip { end: 0, load: 0 });
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
        let fits = state.refresh(net, self.vehicle);
        debug_assert!(fits, "a judged insertion keeps every limit");
    }
}

/// Looks for the cheapest spot of one stop.
pub(crate) struct Judge<'a> {
    net: &'a Net<'a>,
    stop: u32,
    demand: i64,
    blinks: &'a mut Blinks,
    rng: &'a mut Rng,
    /// Cost above which a spot is of no use.
    least: i64,
    spot: Option<Spot>,
}

impl<'a> Judge<'a> {
    pub(crate) fn new(net: &'a Net<'a>, stop: u32, blinks: &'a mut Blinks, rng: &'a mut Rng) -> Self {
        let (demand, least) = (net.demand[stop as usize], net.weight[stop as usize]);
        Self {
            net,
            stop,
            demand,
            blinks,
            rng,
            least,
            spot: None,
        }
    }

    pub(crate) const fn found(&self) -> bool {
        self.spot.is_some()
    }

    pub(crate) const fn spot(self) -> Option<Spot> {
        self.spot
    }

    /// Tries all positions of a trip.
    pub(crate) fn trip(&mut self, route: &Route, vehicle: u32, trip: usize) {
        let kind = self.net.kind(vehicle);
        if !kind.suits(self.stop) {
            return;
        }
        let mut span = route.span(trip);
        if trip == 0 {
            span.start += kind.locked.len();
        }
        let load = route.trips[trip].load;
        if load + self.demand <= kind.payload {
            for index in span.start..=span.end {
                let (from, to) = (route.before(kind, index), route.at(kind, index));
                self.offer(
                    route,
                    kind,
                    &[from, self.stop, to],
                    Spot {
                        vehicle,
                        trip,
                        index,
                        split: Split::Whole,
                    },
                );
            }
        } else if self.net.has_facilities() && route.trips.len() < kind.max_trips {
            for index in span.start..=span.end {
                self.divided(
                    route,
                    kind,
                    Spot {
                        vehicle,
                        trip,
                        index,
                        split: Split::Whole,
                    },
                );
            }
        }
    }

    /// Tries to unload before or after the stop at an index of a full trip.
    fn divided(&mut self, route: &Route, kind: &Kind, spot: Spot) {
        let (net, stop, index) = (self.net, self.stop, spot.index);
        let (from, to) = (route.before(kind, index), route.at(kind, index));
        let (before, end) = (route.aboard[index], route.trips[spot.trip]);
        let after = end.load - before;
        // After the last stop only the load before matters: the stop itself starts the new trip.
        let behind = before + self.demand <= kind.payload && index < end.end;
        let ahead = before > 0 && after + self.demand <= kind.payload;
        for &facility in net.unloads(stop) {
            if behind {
                self.offer(
                    route,
                    kind,
                    &[from, stop, facility, to],
                    Spot {
                        split: Split::After(facility),
                        ..spot
                    },
                );
            }
            if ahead {
                self.offer(
                    route,
                    kind,
                    &[from, facility, stop, to],
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
        if !kind.suits(stop) || kind.load + self.demand > kind.payload {
            return;
        }
        let base = Spot {
            vehicle,
            trip: 0,
            index: 0,
            split: Split::Whole,
        };
        if net.has_facilities() {
            for &facility in net.unloads(stop) {
                let spot = Spot {
                    split: Split::After(facility),
                    ..base
                };
                self.offer_fresh(kind, &[kind.start, stop, facility, kind.end], spot);
            }
        } else {
            self.offer_fresh(kind, &[kind.start, stop, kind.end], base);
        }
    }

    /// Compares the detour `path`, which replaces the leg at the index of the spot.
    fn offer(&mut self, route: &Route, kind: &Kind, path: &[u32], spot: Spot) {
        let (metres, leg) = (self.metres(path), i64::from(route.legs[spot.index]));
        let mut cost = kind.per_m * (metres - leg);
        if cost >= self.least {
            return;
        }
        if self.net.clocked {
            let (departure, limit) = (route.ready[spot.index], route.latest[spot.index]);
            let Some(arrival) = self.arrival(path, departure) else {
                return;
            };
            if arrival > limit {
                return;
            }
            if kind.per_s > 0 {
                let (from, to) = (path[0], path[path.len() - 1]);
                cost += kind.per_s * (self.work(path) - self.net.metric.seconds(from, to));
            }
        }
        self.take(cost, spot);
    }

    fn offer_fresh(&mut self, kind: &Kind, path: &[u32], spot: Spot) {
        let mut cost = kind.fixed + kind.per_m * self.metres(path);
        if cost >= self.least {
            return;
        }
        if self.net.clocked {
            let Some(arrival) = self.arrival(path, kind.shift.open_s) else {
                return;
            };
            if arrival > kind.shift.close_s {
                return;
            }
            cost += kind.per_s * self.work(path);
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

    /// Seconds of driving and of work on the way.
    fn work(&self, path: &[u32]) -> i64 {
        let driving: i64 = path
            .windows(2)
            .map(|pair| self.net.metric.seconds(pair[0], pair[1]))
            .sum();
        driving
            + path[1..path.len() - 1]
                .iter()
                .map(|&node| self.net.service(node))
                .sum::<i64>()
    }

    /// Arrival at the end of a path; none when a window on the way has closed.
    fn arrival(&self, path: &[u32], departure: i64) -> Option<i64> {
        let mut now = departure;
        let (last, way) = path.split_last()?;
        for pair in way.windows(2) {
            now = self
                .net
                .done(pair[1], now + self.net.metric.seconds(pair[0], pair[1]))?;
        }
        Some(now + self.net.metric.seconds(*way.last()?, *last))
    }
}
