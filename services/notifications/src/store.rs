//! SQL and nothing else. Row-level security holds every statement inside the division of its transaction.

pub mod attempt;
pub mod claim;
pub mod delivery;
pub mod endpoint;
pub mod event;
pub mod health;
pub mod inbox;
pub mod notice;
pub mod plan;
pub mod recipient;
pub mod record;
pub mod scope;
pub mod template;
pub mod worker;
