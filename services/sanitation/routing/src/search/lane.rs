//! One search: ruin, recreate, accept or take back.

use crate::search::best::Sketch;
use crate::search::net::Net;
use crate::search::order;
use crate::search::plain::PlainInsertion;
use crate::search::rich::RichInsertion;
use crate::search::rng::{Blinks, Rng};
use crate::search::ruin::ruin;
use crate::search::state::State;
use crate::search::unload;

/// How often the best position is overlooked.
const BLINK: f64 = 0.01;
/// Most absent stops that a step tries to serve besides those that it removed.
const RETRIED: usize = 16;

/// A search over a part of the problem, or all of it.
pub(crate) struct Lane<'n, 'p> {
    net: &'n Net<'p>,
    pub(crate) state: State,
    /// The best solution of this lane.
    pub(crate) best: Sketch,
    /// Stops of this part.
    mine: Vec<u32>,
    rng: Rng,
    insertion: Insertion,
    removed: Vec<u32>,
}

enum Insertion {
    Plain(PlainInsertion),
    Rich(RichInsertion),
}

impl<'n, 'p> Lane<'n, 'p> {
    /// A search that begins with a state.
    pub(crate) fn new(net: &'n Net<'p>, state: State, mut rng: Rng) -> Self {
        let blinks = Blinks::new(BLINK, &mut rng);
        let insertion = if net.plain {
            Insertion::Plain(PlainInsertion::new(net, blinks))
        } else {
            Insertion::Rich(RichInsertion::new(net, blinks))
        };
        let mut lane = Self {
            net,
            best: Sketch::of(&state),
            state,
            mine: Vec::new(),
            rng,
            insertion,
            removed: Vec::new(),
        };
        lane.survey();
        lane
    }

    fn survey(&mut self) {
        let (net, state) = (self.net, &self.state);
        let routed = state
            .roster
            .used
            .iter()
            .flat_map(|&vehicle| &state.routes[vehicle as usize].nodes);
        self.mine = routed
            .copied()
            .filter(|&node| net.is_stop(node))
            .chain(state.absent.iter().copied())
            .collect();
        self.mine.sort_unstable();
        self.state.changed.clear();
    }

    /// Serves the absent stops as cheaply as insertion one by one can, those far away first.
    pub(crate) fn construct(&mut self) {
        self.state.begin();
        let mut absent = std::mem::take(&mut self.state.absent);
        absent.sort_unstable_by_key(|&stop| (std::cmp::Reverse(self.net.remote[stop as usize]), stop));
        for stop in absent {
            self.insert(stop);
        }
        self.best.update(&mut self.state);
    }

    /// Whether there is nothing to search.
    pub(crate) fn is_idle(&self) -> bool {
        self.mine.is_empty()
    }

    /// Makes `count` steps at a temperature.
    pub(crate) fn run(&mut self, count: u64, temperature: f64) {
        if self.mine.is_empty() {
            return;
        }
        let mean = self.mean();
        for _ in 0..count {
            self.step(temperature, mean);
        }
    }

    fn step(&mut self, temperature: f64, mean: f64) {
        self.state.begin();
        self.removed.clear();
        ruin(
            &mut self.state,
            self.net,
            &mut self.rng,
            &self.mine,
            mean,
            &mut self.removed,
        );
        if !self.tidy() {
            self.state.rollback(self.net);
            return;
        }
        for _ in 0..RETRIED.min(self.state.absent.len()) {
            let index = self.rng.below(self.state.absent.len());
            self.removed.push(self.state.absent.swap_remove(index));
        }
        order::sort(self.net, &mut self.rng, &mut self.removed);
        for index in 0..self.removed.len() {
            self.insert(self.removed[index]);
        }
        if !self.net.plain {
            for index in 0..self.state.touched() {
                let vehicle = self.state.touched_at(index);
                unload::choose(&mut self.state, self.net, vehicle);
            }
        }
        self.decide(temperature);
    }

    /// Brings ruined routes up to date. Answers whether they are feasible: where a detour is quicker than the direct
    /// way, leaving out a stop may make a route late.
    fn tidy(&mut self) -> bool {
        if self.net.plain {
            return true;
        }
        (0..self.state.touched()).all(|index| {
            let vehicle = self.state.touched_at(index);
            unload::join(&mut self.state, self.net, vehicle);
            self.state.refresh(self.net, vehicle)
        })
    }

    fn insert(&mut self, stop: u32) {
        let (state, net, rng) = (&mut self.state, self.net, &mut self.rng);
        let served = match &mut self.insertion {
            Insertion::Plain(plain) => plain.insert(state, net, rng, stop),
            Insertion::Rich(rich) => rich.insert(state, net, rng, stop),
        };
        if !served {
            self.state.absent.push(stop);
        }
    }

    /// Accepts the step as simulated annealing does.
    #[expect(clippy::cast_precision_loss, reason = "costs far below 2^53 differ by exact amounts")]
    fn decide(&mut self, temperature: f64) {
        let worse = (self.state.cost - self.state.cost_before()) as f64;
        if worse > 0.0 && worse >= -temperature * (1.0 - self.rng.unit()).ln() {
            self.state.rollback(self.net);
        } else if self.state.cost < self.best.cost {
            self.best.update(&mut self.state);
        }
    }

    /// Mean number of stops of a trip.
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    fn mean(&self) -> f64 {
        let routes = self
            .state
            .roster
            .used
            .iter()
            .map(|&vehicle| &self.state.routes[vehicle as usize]);
        let trips: usize = routes.map(|route| route.trips.len()).sum();
        (self.mine.len() - self.state.absent.len()) as f64 / trips.max(1) as f64
    }
}
