//! The search from the first solution to the last answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::search::best::Sketch;
use crate::search::cross::cross;
use crate::search::heat::Heat;
use crate::search::lane::Lane;
use crate::search::net::Net;
use crate::search::pool::Pool;
use crate::search::rng::Rng;
use crate::search::{begin, parts};
use crate::{Objective, Params, Problem, Progress, Solution, Watched, answer};

/// Steps between two calls of the watcher, a few milliseconds; where only distance and load matter steps are quick.
const BEAT: u64 = 64;
const PLAIN_BEAT: u64 = 1024;
/// Steps at one temperature.
const ROUND: u64 = 2_048;
const PLAIN_ROUND: u64 = 8_192;
/// Such rounds after which the parts of a divided problem are put together.
const DIVISION: u64 = 4;
/// Stops from which threads share the problem instead of each searching all of it.
const DIVIDED: usize = 400;
/// Part of the budget after which the pace is known.
const PACED: f64 = 0.004;
/// Steps for each stop from which breeding beats a single cooling.
const BREEDING: f64 = 6_000.0;
/// Steps for each stop that make an ancestor.
const ANCESTOR: f64 = 3_000.0;
/// Part of the budget for the ancestors.
const FOUNDING: f64 = 0.4;
/// Steps for each stop around which a child is searched.
const CHILD: u64 = 50;

/// Searches for a good solution until the iterations are used up or the watcher has seen enough.
///
/// The watcher is called on the caller's thread. With one thread the solution depends on the problem, the parameters and
/// the watcher's answers alone; with several that holds as long as the watcher answers `Continue(0.0)`. `Break` ends the
/// first solution too, however little is planned by then; a budget that is used up lets it be finished.
pub fn solve(problem: &Problem, params: &Params, watch: &mut dyn FnMut(&Progress<'_>) -> Watched) -> Solution {
    let idle = answer::idle(problem);
    let mut stopped = false;
    let mut go_on = || {
        let progress = Progress {
            iterations: 0,
            objective: idle.objective,
            improved: false,
            best: &|| idle.clone(),
        };
        stopped = stopped || watch(&progress).is_break();
        !stopped
    };
    let Some(net) = Net::new(problem, &mut go_on) else {
        return idle;
    };
    let state = begin::state(&net, params.start.as_ref(), &mut go_on);
    let mut lane = Lane::new(&net, state, Rng::new(params.seed, 0));
    lane.construct(&mut go_on);
    let best = lane.best.clone();
    let objective = answer::objective(&net, &best);
    let mut run = Run {
        net: &net,
        params,
        watch,
        heat: Heat::new(&net),
        best,
        objective,
        iterations: 0,
        used: 0.0,
        begun: 0.0,
        improved: true,
        over: false,
    };
    run.over = stopped;
    run.tell();
    if !stopped {
        run.search(lane);
    }
    run.over = true;
    run.tell();
    answer::solution(&net, &run.best)
}

struct Run<'a, 'n, 'p> {
    net: &'n Net<'p>,
    params: &'a Params,
    watch: &'a mut dyn FnMut(&Progress<'_>) -> Watched,
    heat: Heat,
    best: Sketch,
    /// Value of the best.
    objective: Objective,
    iterations: u64,
    /// Part of the budget used, 0 to 1.
    used: f64,
    /// Part of it used before the first step.
    begun: f64,
    improved: bool,
    over: bool,
}

impl<'n, 'p> Run<'_, 'n, 'p> {
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

    /// Steps between two calls of the watcher, and such beats at one temperature.
    const fn rhythm(&self) -> (u64, u64) {
        if self.net.plain {
            (PLAIN_BEAT, PLAIN_ROUND / PLAIN_BEAT)
        } else {
            (BEAT, ROUND / BEAT)
        }
    }

    /// Steps until the next call of the watcher, shared by some lanes.
    fn beat(&self, lanes: usize) -> u64 {
        let (steps, _) = self.rhythm();
        steps.min((self.params.max_iterations - self.iterations).div_ceil(lanes as u64))
    }

    /// Steps for each stop that the budget allows at the pace so far; what the first solution took is gone.
    #[expect(clippy::cast_precision_loss, reason = "a scale")]
    fn pace(&self) -> f64 {
        let per_budget = self.iterations as f64 / (self.used - self.begun).max(1e-9);
        per_budget * (1.0 - self.begun) / f64::from(self.net.stops.max(1))
    }

    /// Lets all lanes run side by side for some beats; the first on this thread, watched. `whole`: each lane searches the
    /// whole problem.
    fn side_by_side(
        &mut self,
        lanes: &mut [Lane<'n, 'p>],
        beats: u64,
        heat: &(impl Fn(u64) -> f64 + Sync),
        whole: bool,
    ) {
        let halt = AtomicBool::new(false);
        let (count, steps) = (lanes.len(), self.beat(lanes.len()));
        let left = (self.params.max_iterations - self.iterations).div_ceil((steps * count as u64).max(1));
        let beats = beats.min(left);
        let Some((first, others)) = lanes.split_first_mut() else {
            return;
        };
        thread::scope(|scope| {
            for lane in others {
                let halt = &halt;
                scope.spawn(move || {
                    for beat in 0..beats {
                        if halt.load(Ordering::Relaxed) {
                            break;
                        }
                        lane.run(steps, heat(beat));
                    }
                });
            }
            for beat in 0..beats {
                first.run(steps, heat(beat));
                self.iterations += steps * count as u64;
                if whole {
                    self.keep(&first.best);
                }
                // Where iterations run out, the others have theirs to do, however far they have come.
                halt.store(self.tell(), Ordering::Relaxed);
                if self.over {
                    break;
                }
            }
        });
        if whole {
            for lane in lanes.iter() {
                self.keep(&lane.best);
            }
        }
    }

    /// Finds out how many steps the budget allows and searches accordingly.
    fn search(&mut self, lane: Lane<'n, 'p>) {
        if lane.is_idle() {
            return;
        }
        let threads = self.params.threads.clamp(1, 64);
        let mut lanes = vec![lane];
        for number in 1..threads {
            lanes.push(Lane::new(
                self.net,
                parts::whole(self.net, &self.best),
                Rng::new(self.params.seed, number as u64),
            ));
        }
        let mild = self.heat.at(0.6);
        self.begun = self.used;
        while !self.over && (self.iterations == 0 || self.used - self.begun < PACED) {
            self.side_by_side(&mut lanes, 1, &|_| mild, true);
        }
        self.heat = self.heat.paced(self.pace());
        if self.pace() >= BREEDING {
            self.breed(lanes);
        } else if threads > 1 && self.net.stops as usize >= DIVIDED && self.net.choices.is_empty() {
            self.divided(&lanes[0].current(), threads);
        } else {
            self.cool(&mut lanes, 1.0);
        }
    }

    /// Each lane searches the whole problem by itself, cooling down until a part of the budget is used.
    fn cool(&mut self, lanes: &mut [Lane<'n, 'p>], until: f64) {
        let from = self.used;
        while !self.over && self.used < until {
            let heat = self.heat.at((self.used - from) / (until - from));
            self.side_by_side(lanes, self.rhythm().1, &|_| heat, true);
        }
    }

    /// Anneals some solutions one after another, then crosses them and anneals each child a little where it is new, until the
    /// end.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "small and positive"
    )]
    fn breed(&mut self, mut lanes: Vec<Lane<'n, 'p>>) {
        let threads = lanes.len();
        let ancestors = (self.pace() / ANCESTOR).clamp(2.0, 12.0);
        let turns = (ancestors / threads as f64).ceil();
        let mut pool = Pool::default();
        for turn in 0..turns as u32 {
            if turn > 0 {
                for lane in &mut lanes {
                    lane.renew();
                }
            }
            self.cool(&mut lanes, FOUNDING * f64::from(turn + 1) / turns);
            for lane in &lanes {
                pool.add(self.net, &lane.best);
            }
        }
        let mut rng = Rng::new(self.params.seed, u64::MAX);
        let mut born = threads as u64;
        while !self.over {
            let mut children: Vec<_> = (0..threads)
                .map(|_| {
                    let (base, other) = pool.parents(&mut rng);
                    born += 1;
                    let child = cross(self.net, base, other, &mut rng);
                    let mut lane = Lane::new(self.net, child.state, Rng::new(self.params.seed, born));
                    lane.focus(child.changed);
                    lane
                })
                .collect();
            for child in &mut children {
                child.construct(&mut || true);
            }
            let width: usize = children.iter().map(Lane::width).sum();
            let steps = width as u64 * CHILD / threads as u64;
            let beats = steps.div_ceil(self.beat(threads).max(1)).max(1);
            let tepid = self.heat.tepid();
            let heat = |beat: u64| tepid.at(beat as f64 / beats as f64);
            self.side_by_side(&mut children, beats, &heat, true);
            for child in &children {
                pool.add(self.net, &child.best);
            }
        }
    }

    /// Each thread searches its own part of the routes; the parts are cut anew again and again.
    fn divided(&mut self, start: &Sketch, threads: usize) {
        let mut rng = Rng::new(self.params.seed, u64::MAX);
        let mut current = start.clone();
        let mut round = threads as u64;
        while !self.over {
            let states = parts::divide(self.net, &current, threads, &mut rng);
            let lane_of = |state| {
                round += 1;
                Lane::new(self.net, state, Rng::new(self.params.seed, round))
            };
            let mut lanes: Vec<_> = states.into_iter().map(lane_of).collect();
            let heat = self.heat.at(self.used);
            self.side_by_side(&mut lanes, DIVISION * self.rhythm().1, &|_| heat, false);
            let best = parts::unite(self.net, lanes.iter().map(|lane| &lane.best));
            self.keep(&best);
            let now: Vec<Sketch> = lanes.iter().map(Lane::current).collect();
            current = parts::unite(self.net, now.iter());
        }
        self.tell();
    }
}
