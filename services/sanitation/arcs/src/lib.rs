#![doc = include_str!("../README.md")]

mod answer;
mod checker;
mod control;
mod impossible;
mod invalid;
mod jobs;
mod model;
mod problem;
mod search;
mod solution;
mod solve;
mod validate;
mod ways;

pub use checker::{Violation, check};
pub use control::{Params, Progress, Watched, unwatched};
pub use invalid::{InvalidProblem, ProblemError};
pub use model::{LIMIT, Refill, Road, Shift, Sides, Spec, Task, Vehicle, Work};
pub use problem::Problem;
pub use solution::{Objective, Reason, Route, Solution, Step, Unserved};
pub use solve::solve;
