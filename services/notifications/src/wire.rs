//! Between the contract and the core: requests are checked with the path of every field, answers are built.

pub mod audience;
pub mod channel;
pub mod delivery;
pub mod diff;
pub mod endpoint;
pub mod event;
pub mod inbox;
pub mod name;
pub mod notice;
pub mod plan;
pub mod problem;
pub mod recipient;
pub mod rule;
pub mod template;
