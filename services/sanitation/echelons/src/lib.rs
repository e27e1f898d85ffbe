#![doc = include_str!("../README.md")]

mod checker;
mod hauls;
mod model;
mod plan;
mod rng;
mod routes;
mod search;
mod validate;

pub use checker::{Violation, check};
pub use model::{Fleet, Problem, Spec, Station, Table};
pub use plan::{Call, Haul, Objective, Plan, Route};
pub use search::{Params, Progress, Watched, solve, unwatched};
pub use validate::Invalid;
