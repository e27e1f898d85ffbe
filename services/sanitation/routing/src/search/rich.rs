//! Insertion with windows, shifts, unloading and a mixed fleet.

use crate::search::judge::{Judge, Spot};
use crate::search::net::{Net, narrow};
use crate::search::rng::{Blinks, Rng};
use crate::search::state::{NONE, State};

/// Neighbours whose trips are tried.
const NEAR: usize = 40;

/// Puts each stop where it costs least, position by position overlooked now and then ("blinks"). Where a trip has no
/// room it may be split by an unloading beside the stop.
pub(crate) struct RichInsertion {
    blinks: Blinks,
    seen: Seen,
}

impl RichInsertion {
    pub(crate) fn new(net: &Net<'_>, blinks: Blinks) -> Self {
        Self {
            blinks,
            seen: Seen {
                search: 0,
                trips: vec![(0, 0); net.kind_of.len()],
            },
        }
    }

    /// Inserts a stop; answers whether there was room worth its cost.
    pub(crate) fn insert(&mut self, state: &mut State, net: &Net<'_>, rng: &mut Rng, stop: u32) -> bool {
        let Some(spot) = self.find(state, net, rng, stop) else {
            return false;
        };
        spot.apply(state, net, stop);
        true
    }

    fn find(&mut self, state: &State, net: &Net<'_>, rng: &mut Rng, stop: u32) -> Option<Spot> {
        let Self { blinks, seen } = self;
        seen.search += 1;
        let mut judge = Judge::new(net, stop, blinks, rng);
        for &near in net.near.nearest(stop, NEAR) {
            let vehicle = state.route_of[near as usize];
            if vehicle != NONE && seen.is_new(vehicle, state.trip_of[near as usize]) {
                judge.trip(
                    &state.routes[vehicle as usize],
                    vehicle,
                    state.trip_of[near as usize] as usize,
                );
            }
        }
        let mut whole = |judge: &mut Judge<'_>, vehicle: u32| {
            let route = &state.routes[vehicle as usize];
            for trip in 0..route.trips.len() {
                if seen.is_new(vehicle, narrow(trip)) {
                    judge.trip(route, vehicle, trip);
                }
            }
        };
        // Routes that lost stops in this step have slack, perhaps for another trip.
        for index in 0..state.touched() {
            whole(&mut judge, state.touched_at(index));
        }
        for kind in 0..net.kinds.len() {
            if let Some(vehicle) = state.roster.free(kind) {
                judge.fresh(vehicle);
            }
        }
        if !judge.found() {
            for &vehicle in &state.roster.used {
                whole(&mut judge, vehicle);
            }
        }
        judge.spot()
    }
}

/// Trips already tried for a stop.
struct Seen {
    search: u64,
    /// For each vehicle the search that met it last and the trips met then.
    trips: Vec<(u64, u64)>,
}

impl Seen {
    /// Whether a trip is met for the first time in this search; trips after the 64th of a route always are.
    fn is_new(&mut self, vehicle: u32, trip: u32) -> bool {
        let (search, met) = &mut self.trips[vehicle as usize];
        if *search != self.search {
            (*search, *met) = (self.search, 0);
        }
        let bit = 1_u64.checked_shl(trip).unwrap_or(0);
        let is_new = *met & bit == 0;
        *met |= bit;
        is_new
    }
}
