//! What steers a search and what it tells while it runs.

use std::ops::ControlFlow;

use crate::{Objective, Plan, Solution};

/// How to search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Params {
    /// Same problem, parameters and answers of the watcher: same solution.
    pub seed: u64,
    /// Most iterations, over all threads.
    pub max_iterations: u64,
    /// Threads to use, 1 to 64. Another number is another search, but each is deterministic.
    pub threads: usize,
    /// Plan to begin with; what does not fit it is planned anew.
    pub start: Option<Plan>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            seed: 1,
            max_iterations: 100_000,
            threads: 1,
            start: None,
        }
    }
}

/// State of a running search, told at its beginning, its end and every few milliseconds between.
pub struct Progress<'a> {
    /// Iterations done, over all threads.
    pub iterations: u64,
    /// Best value so far.
    pub objective: Objective,
    /// Whether the best solution is a better one than at the last call.
    pub improved: bool,
    pub(crate) best: &'a dyn Fn() -> Solution,
}

impl Progress<'_> {
    /// The best solution so far; building it takes time linear in the stops.
    pub fn solution(&self) -> Solution {
        (self.best)()
    }
}

/// Answer of a watcher: `Break` ends the search now; `Continue(used)` lets it go on, where `used` is the part of the
/// watcher's own budget (such as wall time) that is used up: 0 at the beginning, at 1 the search ends. The search cools
/// with the greater of this and the part of the iterations done, so a watcher without a budget answers 0.
pub type Watched = ControlFlow<(), f64>;

/// Whether what is under way shall go on; asked every few milliseconds at least.
pub(crate) type GoOn<'a> = &'a mut dyn FnMut() -> bool;

/// A watcher that only lets the iterations run out.
pub const fn unwatched(_: &Progress<'_>) -> Watched {
    ControlFlow::Continue(0.0)
}
