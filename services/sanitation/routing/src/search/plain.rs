//! The search where only distance and load matter: one kind of vehicle, one trip each, no clock.

mod insert;
pub(crate) mod links;
mod ruin;

use crate::control::GoOn;
use crate::search::best::Sketch;
use crate::search::lane::{RETRIED, Step};
use crate::search::net::{Net, narrow};
use crate::search::order;
use crate::search::rng::Blinks;
use crate::search::state::State;

use insert::Insertion;
use links::Links;

/// The current solution of a plain problem, or of a part of one.
pub(crate) struct Plain {
    links: Links,
    absent: Vec<u32>,
    /// Cost of leaving the absent stops out.
    missed: i64,
    insertion: Insertion,
    removed: Vec<u32>,
    before: Vec<u32>,
}

impl Plain {
    pub(crate) fn new(net: &Net<'_>, state: &State, blinks: Blinks) -> Self {
        Self {
            links: Links::new(net, state),
            missed: weight(net, &state.absent),
            absent: state.absent.clone(),
            insertion: Insertion::new(net, blinks),
            removed: Vec::new(),
            before: Vec::new(),
        }
    }

    pub(crate) fn cost(&self, net: &Net<'_>) -> i64 {
        self.links.cost(net) + self.missed
    }

    /// Serves the absent stops as cheaply as insertion one by one can, those far away first, until told to stop.
    pub(crate) fn construct(&mut self, step: &mut Step<'_, '_>, go_on: GoOn<'_>) {
        self.links.begin();
        let net = step.net;
        let mut absent = std::mem::take(&mut self.absent);
        absent.sort_unstable_by_key(|&stop| (std::cmp::Reverse(net.remote[stop as usize]), stop));
        self.missed = 0;
        for stop in absent {
            self.insert(step, stop, go_on());
        }
        self.links.commit();
    }

    /// Ruins and recreates around a stop; answers whether the outcome was kept.
    pub(crate) fn step(&mut self, step: &mut Step<'_, '_>, seed: u32, mean: f64) -> bool {
        let net = step.net;
        let (before, missed) = (self.cost(net), self.missed);
        self.before.clone_from(&self.absent);
        self.links.begin();
        self.removed.clear();
        ruin::ruin(&mut self.links, net, step.rng, (seed, mean), &mut self.removed);
        for _ in 0..RETRIED.min(self.absent.len()) {
            let index = step.rng.below(self.absent.len());
            let stop = self.absent.swap_remove(index);
            self.missed -= net.weight[stop as usize];
            self.removed.push(stop);
        }
        order::sort(net, step.rng, &mut self.removed);
        let limit = step.limit(before);
        if self.recreate(step, limit) && self.cost(net) < limit {
            self.links.commit();
            return true;
        }
        self.links.rollback(net);
        std::mem::swap(&mut self.absent, &mut self.before);
        self.missed = missed;
        false
    }

    /// Puts the removed stops back; gives up as soon as the cost is certain to reach the limit, since no insertion makes
    /// routes much shorter.
    fn recreate(&mut self, step: &mut Step<'_, '_>, limit: i64) -> bool {
        for index in 0..self.removed.len() {
            self.insert(step, self.removed[index], true);
            if self.cost(step.net) >= limit {
                return false;
            }
        }
        true
    }

    /// Puts a stop where it costs least, if it shall be and if there is room worth its cost.
    fn insert(&mut self, step: &mut Step<'_, '_>, stop: u32, wanted: bool) {
        if !wanted || !self.insertion.insert(&mut self.links, step.net, step.rng, stop) {
            self.absent.push(stop);
            self.missed += step.net.weight[stop as usize];
        }
    }

    /// Mean number of stops of a route.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    pub(crate) fn mean(&self, mine: usize) -> f64 {
        (mine - self.absent.len()) as f64 / self.links.roster.used.len().max(1) as f64
    }

    /// Writes into a sketch what has changed since it was last written.
    pub(crate) fn keep(&mut self, net: &Net<'_>, sketch: &mut Sketch) {
        self.links.keep(sketch);
        sketch.cost = self.cost(net);
    }

    pub(crate) fn sketch(&self, net: &Net<'_>) -> Sketch {
        let vehicles = 0..self.links.chains.len();
        Sketch {
            routes: vehicles
                .map(|vehicle| self.links.walk(narrow(vehicle)).collect())
                .collect(),
            cost: self.cost(net),
        }
    }
}

fn weight(net: &Net<'_>, stops: &[u32]) -> i64 {
    stops.iter().map(|&stop| net.weight[stop as usize]).sum()
}
