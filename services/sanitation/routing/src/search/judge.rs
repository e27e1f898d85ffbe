//! What an insertion costs and whether it keeps every limit.

mod offers;
mod spot;
mod trips;

use crate::search::beside::Near;
use crate::search::net::Net;
use crate::search::rng::{Blinks, Rng};
use crate::search::roster::Roster;
use crate::search::route::Route;
use crate::search::state::Place;
use crate::search::times::Forward;

pub(crate) use spot::Spot;

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
    /// When a vehicle leaves there at the earliest.
    leaves: i64,
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
            leaves: net.leaves(stop),
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
    pub(crate) fn beside(&mut self, routes: &[Route], near: &Near, place: &Place) {
        let (vehicle, trip, index) = (place.vehicle, place.trip as usize, place.index as usize);
        let (per_m, seconds) = (self.net.kind(vehicle).per_m, i64::from(near.seconds));
        // Whatever is at the other end, the detour is not less than this.
        let useful = |apart: u32| per_m * (i64::from(near.metres) - i64::from(apart)) < self.least;
        let early = self.leaves + seconds <= place.latest && useful(place.into);
        let late = place.ready.saturating_add(seconds) <= self.closes && useful(place.out);
        if early {
            let detour = self.metres_from(place.prev) + self.metres_to(near.stop) - i64::from(place.into);
            if per_m * detour < self.least {
                self.trip(&routes[vehicle as usize], (vehicle, trip), index..index + 1);
            }
        }
        if late {
            let detour = self.metres_from(near.stop) + self.metres_to(place.next) - i64::from(place.out);
            if per_m * detour < self.least {
                self.trip(&routes[vehicle as usize], (vehicle, trip), index + 1..index + 2);
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
}
