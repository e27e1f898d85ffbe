#![doc = include_str!("../README.md")]

mod control;
mod impossible;
mod invalid;
mod model;
mod plan;
mod problem;
mod schedule;
mod solution;
mod timing;
mod travel;
mod validate;

pub use control::{Params, Progress, Watched, unwatched};
pub use invalid::{InvalidProblem, ProblemError};
pub use model::{Facility, LIMIT, Spec, Stop, Stream, Vehicle, Window};
pub use plan::{Plan, PlannedRoute, PlannedTrip};
pub use problem::Problem;
pub use solution::{Objective, Reason, Route, Solution, Trip, Unload, Unserved, Visit};
pub use travel::{Point, Road, Travel};
