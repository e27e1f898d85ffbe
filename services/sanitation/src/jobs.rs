//! Long-running work.

pub mod complaints;
mod plan_routes;
pub mod works;

pub use plan_routes::{PLAN_ROUTES, PlanRoutes, USUAL_SEARCH_SECONDS};
