//! The search: slack induction by string removals with simulated annealing.

pub(crate) mod begin;
mod beside;
pub(crate) mod best;
mod choices;
pub(crate) mod cross;
mod fleet;
pub(crate) mod heat;
mod hilbert;
mod judge;
pub(crate) mod lane;
mod metric;
mod neighbours;
pub(crate) mod net;
mod order;
pub(crate) mod parts;
mod plain;
pub(crate) mod pool;
mod rich;
pub(crate) mod rng;
mod roster;
mod route;
mod ruin;
mod savings;
pub(crate) mod state;
mod timely;
mod times;
mod unload;
