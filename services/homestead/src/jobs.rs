//! Long work and recurring work.

mod apart;
pub mod billing;
pub mod cash;
pub mod chunk;
pub mod collection;
pub mod discounts;
pub mod dunning;
pub mod instalments;
pub mod pending;
pub mod reassessment;
pub mod reconcile;
pub mod recount;
pub mod roots;
pub mod rules;
pub mod seal;
pub mod sharing;
