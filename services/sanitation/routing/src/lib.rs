#![doc = include_str!("../README.md")]

mod answer;
mod checker;
mod choices;
mod control;
mod impossible;
mod invalid;
mod model;
mod nearest;
mod pauses;
mod plan;
mod problem;
mod schedule;
mod search;
mod solution;
mod solve;
mod timing;
mod travel;
mod validate;

pub use checker::{Violation, check};
pub use control::{Params, Progress, Watched, unwatched};
pub use invalid::{InvalidProblem, ProblemError};
pub use model::{Break, Choice, Facility, LIMIT, Rest, Spec, Stop, Stream, Vehicle, Window};
pub use nearest::nearest_neighbour;
pub use plan::{Plan, PlannedRoute, PlannedTrip};
pub use problem::Problem;
pub use solution::{Objective, Pause, Reason, Route, Solution, Trip, Unload, Unserved, Visit};
pub use solve::solve;
pub use travel::{Point, Road, Travel};
