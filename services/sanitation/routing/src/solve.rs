//! The search from the first solution to the last answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::search::best::Sketch;
use crate::search::lane::Lane;
use crate::search::net::Net;
use crate::search::rng::Rng;
use crate::search::{begin, parts};
use crate::{Params, Problem, Progress, Solution, Watched, answer};

/// Steps between two calls of the watcher, a few milliseconds.
const BEAT: u64 = 256;
/// Beats after which the best of independent searches is looked up.
const EXCHANGE: u64 = 64;
/// Beats after which the parts of a divided problem are put together.
const DIVISION: u64 = 32;
/// Stops from which threads share the problem instead of each searching all of it.
const DIVIDED: usize = 400;

/// Searches for a good solution until the iterations are used up or the watcher has seen enough.
///
/// The watcher is called on the caller's thread. With one thread the solution depends on the problem, the parameters and
/// the watcher's answers alone; with several that holds as long as the watcher answers `Continue(0.0)`.
pub fn solve(problem: &Problem, params: &Params, watch: &mut dyn FnMut(&Progress<'_>) -> Watched) -> Solution {
    let net = Net::new(problem);
    let state = begin::state(&net, params.start.as_ref());
    let mut lane = Lane::new(&net, state, Rng::new(params.seed, 0));
    lane.construct();
    let heat = Heat::new(&net);
    let best = lane.best.clone();
    let mut run = Run {
        net: &net,
        params,
        watch,
        heat,
        best,
        iterations: 0,
        used: 0.0,
        improved: true,
        over: false,
    };
    run.tell();
    let threads = params.threads.clamp(1, 64);
    if threads == 1 || lane.is_idle() {
        run.alone(&mut lane);
    } else if problem.spec().stops.len() < DIVIDED {
        run.together(lane, threads);
    } else {
        run.divided(&mut lane, threads);
    }
    run.over = true;
    run.tell();
    answer::solution(&net, &run.best)
}

/// Temperature by the part of the budget used.
struct Heat {
    hot: f64,
    cold: f64,
}

impl Heat {
    const HOT: f64 = 0.7;
    const COLD: f64 = 0.015;

    fn new(net: &Net<'_>) -> Self {
        let unit = net.near_cost();
        Self {
            hot: Self::HOT * unit,
            cold: Self::COLD * unit,
        }
    }

    fn at(&self, used: f64) -> f64 {
        self.hot * (self.cold / self.hot).powf(used.clamp(0.0, 1.0))
    }
}

struct Run<'a, 'n, 'p> {
    net: &'n Net<'p>,
    params: &'a Params,
    watch: &'a mut dyn FnMut(&Progress<'_>) -> Watched,
    heat: Heat,
    best: Sketch,
    iterations: u64,
    /// Part of the budget used, 0 to 1.
    used: f64,
    improved: bool,
    over: bool,
}

impl<'n, 'p> Run<'_, 'n, 'p> {
    /// Tells the watcher and takes its answer.
    #[expect(clippy::cast_precision_loss, reason = "a fraction")]
    fn tell(&mut self) {
        let (net, best) = (self.net, &self.best);
        let progress = Progress {
            iterations: self.iterations,
            objective: answer::objective(net, best),
            improved: std::mem::replace(&mut self.improved, false),
            best: &|| answer::solution(net, best),
        };
        let answer = (self.watch)(&progress);
        let iterated = self.iterations as f64 / self.params.max_iterations.max(1) as f64;
        self.used = iterated.max(answer.continue_value().unwrap_or(1.0));
        self.over |= self.iterations >= self.params.max_iterations || self.used >= 1.0;
    }

    fn keep(&mut self, sketch: &Sketch) {
        if sketch.cost < self.best.cost {
            self.best.clone_from(sketch);
            self.improved = true;
        }
    }

    /// Steps until the next call of the watcher, shared by some lanes.
    fn beat(&self, lanes: usize) -> u64 {
        BEAT.min((self.params.max_iterations - self.iterations).div_ceil(lanes as u64))
    }

    fn alone(&mut self, lane: &mut Lane<'n, 'p>) {
        while !self.over {
            let steps = self.beat(1);
            lane.run(steps, self.heat.at(self.used));
            self.iterations += steps;
            self.keep(&lane.best);
            self.tell();
        }
    }

    /// Lets all lanes run side by side for some beats; the first on this thread, watched.
    fn side_by_side(&mut self, lanes: &mut [Lane<'n, 'p>], beats: u64, whole: bool) {
        let halt = AtomicBool::new(false);
        let temperature = self.heat.at(self.used);
        let (count, steps) = (lanes.len(), self.beat(lanes.len()));
        let beats = beats.min((self.params.max_iterations - self.iterations).div_ceil(steps * count as u64));
        let Some((first, others)) = lanes.split_first_mut() else {
            return;
        };
        thread::scope(|scope| {
            for lane in others {
                let halt = &halt;
                scope.spawn(move || {
                    let mut left = beats;
                    while left > 0 && !halt.load(Ordering::Relaxed) {
                        lane.run(steps, temperature);
                        left -= 1;
                    }
                });
            }
            for _ in 0..beats {
                first.run(steps, temperature);
                self.iterations += steps * count as u64;
                if whole {
                    self.keep(&first.best);
                }
                self.tell();
                if self.over {
                    halt.store(true, Ordering::Relaxed);
                    break;
                }
            }
        });
    }

    /// Each thread searches the whole problem by itself; the best of all counts.
    fn together(&mut self, lane: Lane<'n, 'p>, threads: usize) {
        let start = lane.best.clone();
        let mut lanes = vec![lane];
        for number in 1..threads {
            lanes.push(Lane::new(
                self.net,
                parts::whole(self.net, &start),
                Rng::new(self.params.seed, number as u64),
            ));
        }
        while !self.over {
            self.side_by_side(&mut lanes, EXCHANGE, true);
            for lane in &lanes {
                self.keep(&lane.best);
            }
        }
    }

    /// Each thread searches its own part of the routes; the parts are cut anew again and again.
    fn divided(&mut self, lane: &mut Lane<'n, 'p>, threads: usize) {
        let mut rng = Rng::new(self.params.seed, u64::MAX);
        let mut current = Sketch::of(&lane.state);
        let mut round = 0;
        while !self.over {
            let states = parts::divide(self.net, &current, threads, &mut rng);
            let lane_of = |state| {
                round += 1;
                Lane::new(self.net, state, Rng::new(self.params.seed, round))
            };
            let mut lanes: Vec<_> = states.into_iter().map(lane_of).collect();
            self.side_by_side(&mut lanes, DIVISION, false);
            let best = parts::unite(self.net, lanes.iter().map(|lane| &lane.best));
            self.keep(&best);
            current = parts::unite(
                self.net,
                lanes
                    .iter()
                    .map(|lane| Sketch::of(&lane.state))
                    .collect::<Vec<_>>()
                    .iter(),
            );
        }
        self.tell();
    }
}
