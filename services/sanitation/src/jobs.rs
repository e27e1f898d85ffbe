//! Long-running work.

mod dues;
mod plan_haulage;
mod plan_routes;

pub use plan_haulage::{PLAN_HAULAGE, PlanHaulage, USUAL_STEPS};
pub use plan_routes::{PLAN_ROUTES, PlanRoutes, USUAL_SEARCH_SECONDS};
