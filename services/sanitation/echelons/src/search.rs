//! Ruin and recreate of the collection routes, judged with the least cost of the haulage that they ask for.

mod recreate;
mod ruin;

use std::ops::ControlFlow;

use crate::{Objective, Plan, Problem, hauls::Hauls, rng::Rng, routes::Routes};
use recreate::Recreate;
use ruin::{Ruin, near};

/// Steps between two calls of the watcher.
const BEAT: u64 = 128;
/// Heat at the beginning and at the end of a cooling, in mean legs of the first routes.
const HOT: f64 = 2.0;
const COLD: f64 = 0.01;
/// Coolings, each from the best plan so far and less hot than the one before.
const COOLINGS: f64 = 3.0;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Same problem, parameters and answers of the watcher: same plan.
    pub seed: u64,
    /// Most steps.
    pub steps: u64,
}

/// How far a search has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Steps done.
    pub steps: u64,
    /// Best value so far.
    pub best: Objective,
}

/// Answer of a watcher: `Break` ends the search now; `Continue(used)` lets it go on, where `used` is the part of the
/// watcher's own budget (such as wall time) that is used up; at 1 the search ends. It cools with the greater of this and the
/// part of the steps done, so a watcher without a budget answers 0.
pub type Watched = ControlFlow<(), f64>;

/// A watcher that only lets the steps run out.
pub const fn unwatched(_: &Progress) -> Watched {
    ControlFlow::Continue(0.0)
}

/// Plans both levels.
pub fn solve(problem: &Problem, params: Params, watch: &mut dyn FnMut(&Progress) -> Watched) -> Plan {
    let mut search = Search::new(problem, params.seed);
    search.run(params.steps, watch);
    search.best.unserved.sort_unstable();
    search.best
}

struct Search<'p> {
    problem: &'p Problem,
    rng: Rng,
    routes: Routes<'p>,
    hauls: Hauls<'p>,
    /// Stops near each stop.
    near: Vec<Vec<usize>>,
    ruin: Ruin,
    recreate: Recreate,
    /// What a missing stop counts while others are looked for.
    missed: i64,
    /// What the routes now cost, with the haulage and what is missing.
    now: i64,
    best: Plan,
}

impl<'p> Search<'p> {
    fn new(problem: &'p Problem, seed: u64) -> Self {
        let mut routes = Routes::new(problem);
        let (mut rng, mut recreate) = (Rng::new(seed), Recreate::new(problem));
        let near = near(problem);
        recreate.all(&mut routes, &near, &mut rng, None);
        let mut hauls = Hauls::new(problem);
        let missed = recreate.dearest();
        let mut best = routes.told();
        let haulage;
        (best.hauls, haulage) = hauls.plan(&routes.kg);
        best.objective.cost = routes.cost() + haulage;
        Self {
            problem,
            rng,
            hauls,
            near,
            ruin: Ruin::new(problem),
            recreate,
            missed,
            now: best.objective.cost + missed * count(routes.missing.len()),
            routes,
            best,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a scale and a part")]
    fn run(&mut self, steps: u64, watch: &mut dyn FnMut(&Progress) -> Watched) {
        if self.problem.spec().stops_kg.is_empty() {
            return;
        }
        let legs = self.routes.count + self.problem.spec().stops_kg.len();
        let leg = (self.routes.cost() as f64 / legs as f64).max(1.0);
        let (mut heat, mut cooling) = (HOT * leg, 0.0);
        for step in 0..steps {
            if step % BEAT == 0 {
                let told = Progress {
                    steps: step,
                    best: self.best.objective,
                };
                let ControlFlow::Continue(seen) = watch(&told) else {
                    return;
                };
                let used = seen.max(step as f64 / steps as f64);
                if used >= 1.0 {
                    return;
                }
                let turn = (used * COOLINGS).floor();
                if turn > cooling {
                    cooling = turn;
                    self.back_to_best();
                }
                let hot = HOT / (1.0 + cooling);
                heat = leg * hot * (COLD / hot).powf(used * COOLINGS - turn);
            }
            self.step(heat);
        }
    }

    fn step(&mut self, heat: f64) {
        self.routes.mark();
        let shut = self.ruin.change(&mut self.routes, &self.near, &mut self.rng);
        self.recreate.all(&mut self.routes, &self.near, &mut self.rng, shut);
        let missing = self.routes.missing.len();
        let cost = self.routes.cost();
        let counted = cost + self.missed * count(missing);
        let limit = self.now + whole(-heat * self.rng.unit().ln()) + 1;
        let haulage = (counted < limit)
            .then(|| self.hauls.cost(&self.routes.kg, limit - counted))
            .flatten();
        let Some(haulage) = haulage else {
            self.routes.undo();
            return;
        };
        self.now = counted + haulage;
        let objective = |haulage| Objective {
            missing,
            cost: cost + haulage,
        };
        if objective(haulage) < self.best.objective {
            let (hauls, haulage) = self.hauls.plan(&self.routes.kg);
            self.now = counted + haulage;
            // Of many stations another order may have given the cost than the one that is known now.
            if objective(haulage) < self.best.objective {
                self.best = Plan {
                    hauls,
                    objective: objective(haulage),
                    ..self.routes.told()
                };
            }
        }
    }

    fn back_to_best(&mut self) {
        let mut routes = Routes::new(self.problem);
        for route in &self.best.routes {
            let way = routes.free();
            routes.ways[way].station = route.station;
            for (index, &stop) in route.stops.iter().enumerate() {
                routes.put(stop, way, index);
            }
        }
        routes.missing.clone_from(&self.best.unserved);
        self.routes = routes;
        self.now = self.best.objective.cost + self.missed * count(self.best.unserved.len());
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[expect(clippy::cast_possible_truncation, reason = "costs stay far below 2^52")]
const fn whole(value: f64) -> i64 {
    value as i64
}
