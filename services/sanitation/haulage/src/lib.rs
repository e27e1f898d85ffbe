#![doc = include_str!("../README.md")]

mod board;
mod checker;
mod greedy;
mod model;
mod plan;
mod rng;
mod search;
mod shortage;
mod slots;
mod validate;
mod yard;

pub use checker::{Violation, check};
pub use model::{Arrival, Cost, NO_WAY, Plant, Problem, Spec, Station, Table, Truck, Window};
pub use plan::{Day, Haul, Objective, Plan, Stock};
pub use search::{Params, Progress, solve};
pub use shortage::{Cure, Shortage, shortages};
pub use validate::Invalid;
