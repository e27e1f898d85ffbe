//! The search from the first solution to the last answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::search::lane::{Lane, Sketch};
use crate::search::net::Net;
use crate::search::rng::Rng;
use crate::{Objective, Params, Problem, Progress, Solution, Watched, answer};

/// Steps between two calls of the watcher, a few milliseconds.
const BEAT: u64 = 64;
/// Beats at one temperature.
const ROUND: u64 = 16;
/// How often the lanes compare themselves in the course of a search.
const MEETINGS: f64 = 24.0;
/// Temperatures at the begin and the end, in mean costs of a pass.
const HOT: f64 = 1.0;
const COLD: f64 = 0.01;

/// Searches for a good solution until the iterations are used up or the watcher has seen enough.
///
/// The watcher is called on the caller's thread. With one thread the solution depends on the problem, the parameters and
/// the watcher's answers alone; with several that holds as long as the watcher answers `Continue(0.0)`.
pub fn solve(problem: &Problem, params: &Params, watch: &mut dyn FnMut(&Progress<'_>) -> Watched) -> Solution {
    let net = Net::new(problem);
    let threads = params.threads.clamp(1, 64) as u64;
    let lanes = (0..threads).map(|lane| Lane::new(&net, Rng::new(params.seed, lane)));
    let mut lanes: Vec<Lane<'_, '_>> = lanes.collect();
    let best = lanes[0].best.clone();
    let mut run = Run {
        net: &net,
        params,
        watch,
        objective: answer::objective(&net, &best),
        best,
        iterations: 0,
        used: 0.0,
        improved: true,
        over: net.possible.is_empty(),
    };
    run.tell();
    let mut met = 0.0;
    while !run.over {
        run.side_by_side(&mut lanes);
        if run.used * MEETINGS >= met {
            meet(&mut lanes);
            met = (run.used * MEETINGS).floor() + 1.0;
        }
    }
    run.tell();
    answer::solution(&net, &run.best)
}

/// The lane with the dearest solution goes on from the cheapest.
fn meet(lanes: &mut [Lane<'_, '_>]) {
    let costs = || lanes.iter().map(|lane| lane.state.cost).enumerate();
    let (Some((best, _)), Some((worst, _))) = (
        costs().min_by_key(|&(lane, cost)| (cost, lane)),
        costs().max_by_key(|&(lane, cost)| (cost, lane)),
    ) else {
        return;
    };
    if best != worst {
        let state = lanes[best].state.clone();
        lanes[worst].adopt(&state);
    }
}

struct Run<'a, 'p> {
    net: &'a Net<'p>,
    params: &'a Params,
    watch: &'a mut dyn FnMut(&Progress<'_>) -> Watched,
    best: Sketch,
    /// Value of the best.
    objective: Objective,
    iterations: u64,
    /// Part of the budget used, 0 to 1.
    used: f64,
    improved: bool,
    over: bool,
}

impl<'p> Run<'_, 'p> {
    /// Tells the watcher and takes its answer: true if it has seen enough.
    #[expect(clippy::cast_precision_loss, reason = "a fraction")]
    fn tell(&mut self) -> bool {
        let (net, best) = (self.net, &self.best);
        let progress = Progress {
            iterations: self.iterations,
            objective: self.objective,
            improved: std::mem::replace(&mut self.improved, false),
            best: &|| answer::solution(net, best),
        };
        let answer = (self.watch)(&progress);
        let iterated = self.iterations as f64 / self.params.max_iterations.max(1) as f64;
        let seen = answer.continue_value().unwrap_or(1.0);
        self.used = iterated.max(seen);
        self.over |= self.iterations >= self.params.max_iterations || self.used >= 1.0;
        seen >= 1.0
    }

    fn keep(&mut self, sketch: &Sketch) {
        if sketch.cost < self.best.cost {
            self.best.clone_from(sketch);
            self.objective = answer::objective(self.net, sketch);
            self.improved = true;
        }
    }

    /// From hot to cold in the course of the budget.
    fn heat(&self) -> f64 {
        self.net.unit * HOT * (COLD / HOT).powf(self.used.clamp(0.0, 1.0))
    }

    /// Lets all lanes run side by side for a round; the first on this thread, watched.
    fn side_by_side(&mut self, lanes: &mut [Lane<'_, 'p>]) {
        let (halt, heat) = (AtomicBool::new(false), self.heat());
        let count = lanes.len() as u64;
        let left = (self.params.max_iterations - self.iterations).div_ceil(count);
        let (steps, beats) = (BEAT.min(left), ROUND.min(left.div_ceil(BEAT)));
        let Some((first, others)) = lanes.split_first_mut() else {
            return;
        };
        thread::scope(|scope| {
            for lane in &mut *others {
                let halt = &halt;
                scope.spawn(move || {
                    for _ in 0..beats {
                        if halt.load(Ordering::Relaxed) {
                            break;
                        }
                        lane.run(steps, heat);
                    }
                });
            }
            for _ in 0..beats {
                first.run(steps, heat);
                self.iterations += steps * count;
                self.keep(&first.best);
                // Where iterations run out, the others have theirs to do, however far they have come.
                halt.store(self.tell(), Ordering::Relaxed);
                if self.over {
                    break;
                }
            }
        });
        for lane in others {
            self.keep(&lane.best);
        }
    }
}
