//! What steers a search and what it tells while it runs.

use std::ops::ControlFlow;

use crate::{Objective, Solution};

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Same problem, parameters and answers of the watcher: same solution.
    pub seed: u64,
    /// Most iterations, over all threads.
    pub max_iterations: u64,
    /// Threads to use, 1 to 64. Another number is another search, but each is deterministic.
    pub threads: usize,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            seed: 1,
            max_iterations: 100_000,
            threads: 1,
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
    /// The best solution so far, with all ways; building it takes a search for each way.
    pub fn solution(&self) -> Solution {
        (self.best)()
    }
}

/// Answer of a watcher: `Break` ends the search now; `Continue(used)` lets it go on, where `used` is the part of the
/// watcher's own budget (such as wall time) that is used up: 0 at the beginning, at 1 the search ends. The search cools
/// with the greater of this and the part of the iterations done.
pub type Watched = ControlFlow<(), f64>;

/// A watcher that only lets the iterations run out.
pub const fn unwatched(_: &Progress<'_>) -> Watched {
    ControlFlow::Continue(0.0)
}
