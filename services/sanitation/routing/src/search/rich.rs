//! The search with windows, shifts, unloading and a mixed fleet.

use crate::control::GoOn;
use crate::search::judge::{Judge, Spot};
use crate::search::lane::{RETRIED, Step};
use crate::search::net::{Net, narrow};
use crate::search::rng::{Blinks, Rng};
use crate::search::ruin::ruin;
use crate::search::state::{NONE, State};
use crate::search::{choices, fleet, order, unload};

/// Among so many stops of a first solution with windows, one begins a route.
const ALONE: usize = 4;

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

    /// Serves the absent stops as cheaply as insertion one by one can, those far away first, until told to stop.
    pub(crate) fn construct(&mut self, step: &mut Step<'_, '_>, go_on: GoOn<'_>) {
        self.state.begin();
        let mut absent = std::mem::take(&mut self.state.absent);
        absent.sort_unstable_by_key(|&stop| (std::cmp::Reverse(step.net.remote[stop as usize]), stop));
        // Routes that begin far from each other are joined sooner than long ones are parted.
        let alone = if step.net.is_spread() { absent.len() / ALONE } else { 0 };
        for (index, stop) in absent.into_iter().enumerate() {
            if !go_on() {
                self.state.absent.push(stop);
            } else if index >= alone || !self.open(step, stop) {
                self.insert(step, stop);
            }
        }
    }

    /// Gives a stop a route of its own; answers whether a vehicle was free for it.
    fn open(&mut self, step: &mut Step<'_, '_>, stop: u32) -> bool {
        let chance = (&mut self.insertion.blinks, &mut *step.rng);
        let mut judge = Judge::new(step.net, &self.state.roster, stop, chance);
        for kind in 0..step.net.kinds.len() {
            if let Some(vehicle) = self.state.roster.free(kind) {
                judge.fresh(vehicle);
            }
        }
        let spot = judge.spot();
        if let Some((_, spot)) = spot {
            spot.apply(&mut self.state, step.net, stop);
        }
        spot.is_some()
    }

    /// Ruins and recreates around a stop; answers whether the outcome was kept.
    pub(crate) fn step(&mut self, step: &mut Step<'_, '_>, seed: u32, mean: f64) -> bool {
        let net = step.net;
        self.state.begin();
        self.removed.clear();
        ruin(&mut self.state, net, step.rng, (seed, mean), &mut self.removed);
        choices::complete(&mut self.state, net, &mut self.removed);
        if !self.tidy(net) {
            self.state.rollback(net);
            return false;
        }
        self.state.ruined();
        for _ in 0..RETRIED.min(self.state.absent.len()) {
            let index = step.rng.below(self.state.absent.len());
            self.removed.push(self.state.absent.swap_remove(index));
        }
        order::sort(net, step.rng, &mut self.removed);
        let limit = step.limit(self.state.cost_before());
        if !self.recreate(step, limit) {
            self.state.rollback(net);
            return false;
        }
        for index in 0..self.state.touched() {
            let vehicle = self.state.touched_at(index);
            unload::choose(&mut self.state, net, vehicle);
            fleet::choose(&mut self.state, net, vehicle);
        }
        if self.state.cost < limit {
            return true;
        }
        self.state.rollback(net);
        false
    }

    /// Puts the removed stops back; gives up as soon as the cost is certain to reach the limit, since no insertion makes
    /// routes much shorter.
    fn recreate(&mut self, step: &mut Step<'_, '_>, limit: i64) -> bool {
        let mut pending: i64 = self.removed.iter().map(|&stop| step.net.missed(stop)).sum();
        for index in 0..self.removed.len() {
            let stop = self.removed[index];
            self.insert(step, stop);
            pending -= step.net.missed(stop);
            if self.state.cost - pending >= limit {
                return false;
            }
        }
        true
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
        if let Some(choice) = net.choices.of(stop) {
            return self.choose(state, net, rng, choice);
        }
        let Some((_, spot)) = self.find(state, net, rng, stop) else {
            return false;
        };
        spot.apply(state, net, stop);
        true
    }

    /// Serves a choice the way that costs least; answers whether there was room for one.
    fn choose(&mut self, state: &mut State, net: &Net<'_>, rng: &mut Rng, choice: usize) -> bool {
        let mut best: Option<(i64, &[u32], Vec<Spot>)> = None;
        for way in net.choices.ways(choice) {
            let found = way.iter().map(|&stop| self.find(state, net, rng, stop));
            let Some(found) = found.collect::<Option<Vec<(i64, Spot)>>>() else {
                continue;
            };
            let cost = found.iter().map(|(cost, _)| cost).sum();
            if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                best = Some((cost, way, found.into_iter().map(|(_, spot)| spot).collect()));
            }
        }
        let Some((_, way, spots)) = best else {
            return false;
        };
        for (index, &stop) in way.iter().enumerate() {
            // What was found for stops in one route does not hold for the second of them.
            let apart = spots[..index].iter().all(|other| other.is_apart(spots[index]));
            let spot = if apart {
                Some(spots[index])
            } else {
                self.find(state, net, rng, stop).map(|(_, spot)| spot)
            };
            let Some(spot) = spot else {
                for &stop in &way[..index] {
                    let vehicle = state.places[stop as usize].vehicle;
                    choices::pull(state, stop);
                    unload::join(state, net, vehicle);
                    let fits = state.refresh(net, vehicle);
                    debug_assert!(fits, "what was there before still is");
                }
                return false;
            };
            spot.apply(state, net, stop);
        }
        state.cost -= net.missed(way[0]);
        true
    }

    fn find(&mut self, state: &State, net: &Net<'_>, rng: &mut Rng, stop: u32) -> Option<(i64, Spot)> {
        let Self { blinks, seen } = self;
        seen.search += 1;
        let mut judge = Judge::new(net, &state.roster, stop, (blinks, rng));
        for near in net.beside.of(stop) {
            let place = &state.places[near.stop as usize];
            let (vehicle, trip) = (place.vehicle, place.trip as usize);
            if vehicle == NONE {
                continue;
            }
            if judge.is_roomy(place) {
                judge.beside(&state.routes, near, place);
                continue;
            }
            let route = &state.routes[vehicle as usize];
            if judge.is_local(route, vehicle, trip) {
                let index = place.index as usize;
                judge.trip(route, (vehicle, trip), index..index + 2);
            } else if seen.is_new(vehicle, place.trip) {
                judge.trip(route, (vehicle, trip), 0..usize::MAX);
            }
        }
        let mut whole = |judge: &mut Judge<'_>, vehicle: u32| {
            let route = &state.routes[vehicle as usize];
            for trip in 0..route.trips.len() {
                if seen.is_new(vehicle, narrow(trip)) {
                    judge.trip(route, (vehicle, trip), 0..usize::MAX);
                }
            }
        };
        // Routes that lost stops in this step have slack, perhaps for another trip.
        for &vehicle in state.slack(net) {
            whole(&mut judge, vehicle);
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
