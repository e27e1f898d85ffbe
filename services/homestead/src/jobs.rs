//! Long work and recurring work.

pub mod billing;
pub mod chunk;
pub mod collection;
pub mod dunning;
pub mod reassessment;
pub mod recount;
pub mod rules;
pub mod seal;
pub mod sharing;
