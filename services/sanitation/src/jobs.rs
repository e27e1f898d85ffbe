//! Long-running work.

mod plan_routes;
mod plan_street_work;

pub use plan_routes::{PLAN_ROUTES, PlanRoutes, USUAL_SEARCH_SECONDS};
pub use plan_street_work::{PLAN_STREET_WORK, PlanStreetWork};
