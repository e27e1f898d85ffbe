//! Searches all stations of a day side by side.

use std::{
    ops::ControlFlow,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use routing::{Params, Progress, Solution, Watched, solve};
use sanitation_core::route::Totals;

use super::{Task, outcome};

/// How often a better plan is told at most.
const TELL: Duration = Duration::from_millis(250);

/// What a search may use.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Time for all stations together.
    pub time: Duration,
    /// Seed.
    pub seed: u64,
    /// Most iterations for each station; `None`: as many as the time allows.
    pub iterations: Option<u64>,
    /// Stations searched at a time.
    pub threads: usize,
}

/// How far a search has come.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// Stations finished.
    pub planned: usize,
    /// Iterations over all stations.
    pub iterations: u64,
    /// Sums of the best plans so far.
    pub totals: Totals,
}

/// Searches every task; the answer has a solution for each that has a problem. Larger stations begin first and get time by
/// their number of stops. Ends early when `cancelled`; `told` hears of every improvement, not too often.
pub fn search(
    tasks: &[Task],
    budget: Budget,
    cancelled: &(dyn Fn() -> bool + Sync),
    told: &(dyn Fn(Snapshot) + Sync),
) -> Vec<Option<Solution>> {
    let mut order: Vec<usize> = (0..tasks.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(tasks[*index].calls.len()), *index));
    let threads = budget.threads.clamp(1, tasks.len().max(1));
    let board = Board {
        stations: Mutex::new(vec![State::default(); tasks.len()]),
        told,
    };
    let all: usize = tasks.iter().map(|task| task.calls.len()).sum();
    let next = AtomicUsize::new(0);
    let found: Mutex<Vec<Option<Solution>>> = Mutex::new(tasks.iter().map(|_| None).collect());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(index) = order.get(next.fetch_add(1, Ordering::Relaxed)).copied() {
                    let task = &tasks[index];
                    let time = share(budget.time, threads, task.calls.len(), all);
                    let station = Station {
                        index,
                        task,
                        time,
                        board: &board,
                        cancelled,
                    };
                    let solution = station.run(&budget);
                    lock(&found)[index] = solution;
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// The part of the time of all threads that falls to `stops` of `all`, at most the whole time.
fn share(time: Duration, threads: usize, stops: usize, all: usize) -> Duration {
    let part = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    (time * part(threads) / part(all.max(1)) * part(stops)).min(time)
}

struct Station<'a> {
    index: usize,
    task: &'a Task,
    time: Duration,
    board: &'a Board<'a>,
    cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Station<'_> {
    fn run(&self, budget: &Budget) -> Option<Solution> {
        let Some(problem) = &self.task.problem else {
            self.board.tell(self.index, 0, outcome::totals(self.task, None), true);
            return None;
        };
        let params = Params {
            seed: budget.seed.wrapping_add(self.index as u64),
            max_iterations: budget.iterations.unwrap_or(u64::MAX),
            threads: 1,
            start: self.task.start.clone(),
        };
        let begun = Instant::now();
        let mut last = None;
        let mut watch = |progress: &Progress<'_>| {
            if (self.cancelled)() {
                return ControlFlow::Break(());
            }
            let due = last.is_none_or(|last: Instant| last.elapsed() >= TELL);
            if progress.improved && due {
                let totals = outcome::totals(self.task, Some(&progress.solution()));
                self.board.tell(self.index, progress.iterations, totals, false);
                last = Some(Instant::now());
            }
            self.used(begun, budget)
        };
        let solution = solve(problem, &params, &mut watch);
        let totals = outcome::totals(self.task, Some(&solution));
        self.board.tell(self.index, 0, totals, true);
        Some(solution)
    }

    /// The part of the time that is used up. With a bound on iterations the clock only stops a search that takes too long,
    /// so that the plan does not depend on it.
    fn used(&self, begun: Instant, budget: &Budget) -> Watched {
        let used = begun.elapsed().as_secs_f64() / self.time.as_secs_f64().max(0.001);
        match budget.iterations {
            Some(_) if used < 1.0 => ControlFlow::Continue(0.0),
            _ => ControlFlow::Continue(used.min(1.0)),
        }
    }
}

#[derive(Clone, Default)]
struct State {
    totals: Totals,
    iterations: u64,
    planned: bool,
}

struct Board<'a> {
    stations: Mutex<Vec<State>>,
    told: &'a (dyn Fn(Snapshot) + Sync),
}

impl Board<'_> {
    fn tell(&self, index: usize, iterations: u64, totals: Totals, planned: bool) {
        let mut snapshot = Snapshot::default();
        {
            let mut stations = lock(&self.stations);
            let state = &mut stations[index];
            state.iterations = state.iterations.max(iterations);
            (state.totals, state.planned) = (totals, planned);
            for state in stations.iter() {
                snapshot.planned += usize::from(state.planned);
                snapshot.iterations += state.iterations;
                snapshot.totals += state.totals;
            }
        }
        (self.told)(snapshot);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
