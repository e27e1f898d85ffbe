//! The search with windows, shifts, unloading and a mixed fleet.

use crate::search::judge::{Judge, Spot};
use crate::search::lane::{RETRIED, Step};
use crate::search::net::{Net, narrow};
use crate::search::rng::{Blinks, Rng};
use crate::search::ruin::ruin;
use crate::search::state::{NONE, State};
use crate::search::{order, unload};

/// Neighbours whose trips are tried.
const NEAR: usize = 40;

/// The current solution of any problem, or of a part of one.
pub(crate) struct Rich {
    pub(crate) state: State,
    insertion: RichInsertion,
    removed: Vec<u32>,
}

impl Rich {
    pub(crate) fn new(net: &Net<'_>, mut state: State, blinks: Blinks) -> Self {
        state.changed.clear();
        Self {
            insertion: RichInsertion::new(net, blinks),
            state,
            removed: Vec::new(),
        }
    }

    /// Serves the absent stops as cheaply as insertion one by one can, those far away first.
    pub(crate) fn construct(&mut self, step: &mut Step<'_, '_>) {
        self.state.begin();
        let mut absent = std::mem::take(&mut self.state.absent);
        absent.sort_unstable_by_key(|&stop| (std::cmp::Reverse(step.net.remote[stop as usize]), stop));
        for stop in absent {
            self.insert(step, stop);
        }
    }

    /// Ruins and recreates around a stop; answers whether the outcome was kept.
    pub(crate) fn step(&mut self, step: &mut Step<'_, '_>, seed: u32, mean: f64) -> bool {
        let net = step.net;
        self.state.begin();
        self.removed.clear();
        ruin(&mut self.state, net, step.rng, (seed, mean), &mut self.removed);
        if !self.tidy(net) {
            self.state.rollback(net);
            return false;
        }
        for _ in 0..RETRIED.min(self.state.absent.len()) {
            let index = step.rng.below(self.state.absent.len());
            self.removed.push(self.state.absent.swap_remove(index));
        }
        order::sort(net, step.rng, &mut self.removed);
        for index in 0..self.removed.len() {
            self.insert(step, self.removed[index]);
        }
        for index in 0..self.state.touched() {
            let vehicle = self.state.touched_at(index);
            unload::choose(&mut self.state, net, vehicle);
        }
        if self.state.cost < step.limit(self.state.cost_before()) {
            return true;
        }
        self.state.rollback(net);
        false
    }

    /// Brings ruined routes up to date. Answers whether they are feasible: where a detour is quicker than the direct
    /// way, leaving out a stop may make a route late.
    fn tidy(&mut self, net: &Net<'_>) -> bool {
        (0..self.state.touched()).all(|index| {
            let vehicle = self.state.touched_at(index);
            unload::join(&mut self.state, net, vehicle);
            self.state.refresh(net, vehicle)
        })
    }

    fn insert(&mut self, step: &mut Step<'_, '_>, stop: u32) {
        if !self.insertion.insert(&mut self.state, step.net, step.rng, stop) {
            self.state.absent.push(stop);
        }
    }

    /// Mean number of stops of a trip.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    pub(crate) fn mean(&self, mine: usize) -> f64 {
        let routes = (self.state.roster.used.iter()).map(|&vehicle| &self.state.routes[vehicle as usize]);
        let trips: usize = routes.map(|route| route.trips.len()).sum();
        (mine - self.state.absent.len()) as f64 / trips.max(1) as f64
    }
}

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
