//! One search: ruin, recreate, accept or take back.

use crate::control::GoOn;
use crate::search::best::Sketch;
use crate::search::net::Net;
use crate::search::plain::Plain;
use crate::search::rich::Rich;
use crate::search::rng::{Blinks, Rng};
use crate::search::state::State;

/// How often the best position is overlooked.
const BLINK: f64 = 0.01;
/// Most absent stops that a step tries to serve besides those that it removed.
pub(crate) const RETRIED: usize = 16;
/// Neighbouring stops among which seeds are drawn for a while, so that what they need stays in the processor's caches.
const QUARTER: usize = 512;
/// Steps that stay in one quarter; quick ones stay longer.
const STAY: u64 = 256;
const PLAIN_STAY: u64 = 512;

/// A search over a part of the problem, or all of it.
pub(crate) struct Lane<'n, 'p> {
    net: &'n Net<'p>,
    /// The best solution of this lane.
    pub(crate) best: Sketch,
    /// How many stops this part has.
    stops: usize,
    /// Those around which it searches.
    mine: Vec<u32>,
    /// Where the current quarter begins, and how many steps are left in it.
    quarter: (usize, u64),
    rng: Rng,
    body: Body,
}

/// The current solution and how it is changed.
enum Body {
    Plain(Box<Plain>),
    Rich(Box<Rich>),
}

/// What a step may use.
pub(crate) struct Step<'a, 'n> {
    pub(crate) net: &'a Net<'n>,
    pub(crate) rng: &'a mut Rng,
    pub(crate) temperature: f64,
}

impl Step<'_, '_> {
    /// The cost below which simulated annealing accepts what comes of a solution that costs `before`.
    #[expect(clippy::cast_possible_truncation, reason = "a saturating cast is wanted")]
    pub(crate) fn limit(&mut self, before: i64) -> i64 {
        let worse = -self.temperature * (1.0 - self.rng.unit()).ln();
        before.saturating_add((worse.ceil() as i64).max(1))
    }
}

impl<'n, 'p> Lane<'n, 'p> {
    /// A search that begins with a state.
    pub(crate) fn new(net: &'n Net<'p>, state: State, mut rng: Rng) -> Self {
        let routed = (state.roster.used.iter()).flat_map(|&vehicle| &state.routes[vehicle as usize].nodes);
        let mut mine: Vec<u32> = (routed.copied())
            .filter(|&node| net.is_stop(node))
            .chain(state.absent.iter().copied())
            .collect();
        mine.sort_unstable();
        let best = Sketch::of(&state);
        let blinks = Blinks::new(BLINK, &mut rng);
        let body = if net.plain {
            Body::Plain(Box::new(Plain::new(net, &state, blinks)))
        } else {
            Body::Rich(Box::new(Rich::new(net, state, blinks)))
        };
        Self {
            net,
            best,
            stops: mine.len(),
            mine,
            quarter: (0, 0),
            rng,
            body,
        }
    }

    /// Searches around some stops only, unless there are none.
    pub(crate) fn focus(&mut self, mut stops: Vec<u32>) {
        if !stops.is_empty() {
            stops.sort_unstable();
            self.mine = stops;
        }
    }

    /// Around how many stops it searches.
    pub(crate) const fn width(&self) -> usize {
        self.mine.len()
    }

    /// Serves the absent stops as cheaply as insertion one by one can, those far away first, until told to stop.
    pub(crate) fn construct(&mut self, go_on: GoOn<'_>) {
        let mut step = Step {
            net: self.net,
            rng: &mut self.rng,
            temperature: 0.0,
        };
        match &mut self.body {
            Body::Plain(plain) => plain.construct(&mut step, go_on),
            Body::Rich(rich) => rich.construct(&mut step, go_on),
        }
        self.keep();
    }

    /// Whether there is nothing to search.
    pub(crate) fn is_idle(&self) -> bool {
        self.mine.is_empty()
    }

    /// Forgets the best solution and goes on from the current one.
    pub(crate) fn renew(&mut self) {
        self.best = self.current();
    }

    /// The current solution.
    pub(crate) fn current(&self) -> Sketch {
        match &self.body {
            Body::Plain(plain) => plain.sketch(self.net),
            Body::Rich(rich) => Sketch::of(&rich.state),
        }
    }

    /// Makes `count` steps at a temperature.
    pub(crate) fn run(&mut self, count: u64, temperature: f64) {
        if self.mine.is_empty() {
            return;
        }
        let mean = match &self.body {
            Body::Plain(plain) => plain.mean(self.stops),
            Body::Rich(rich) => rich.mean(self.stops),
        };
        for _ in 0..count {
            if self.quarter.1 == 0 {
                let stay = if self.net.plain { PLAIN_STAY } else { STAY };
                self.quarter = (self.rng.below(self.mine.len()), stay);
            }
            self.quarter.1 -= 1;
            let seed = (self.quarter.0 + self.rng.below(self.mine.len().min(QUARTER))) % self.mine.len();
            self.step(temperature, (self.mine[seed], mean));
        }
    }

    fn step(&mut self, temperature: f64, (seed, mean): (u32, f64)) {
        let net = self.net;
        let mut step = Step {
            net,
            rng: &mut self.rng,
            temperature,
        };
        let kept = match &mut self.body {
            Body::Plain(plain) => plain.step(&mut step, seed, mean) && plain.cost(net) < self.best.cost,
            Body::Rich(rich) => rich.step(&mut step, seed, mean) && rich.state.cost < self.best.cost,
        };
        if kept {
            self.keep();
        }
    }

    fn keep(&mut self) {
        match &mut self.body {
            Body::Plain(plain) => plain.keep(self.net, &mut self.best),
            Body::Rich(rich) => self.best.update(&mut rich.state),
        }
    }
}
