//! Long-running work.

pub mod complaints;
mod dues;
mod ground;
mod plan_haulage;
mod plan_routes;
mod plan_street_work;
mod plan_week;
mod searching;
pub mod works;

pub use plan_haulage::{PLAN_HAULAGE, PlanHaulage, USUAL_STEPS};
pub use plan_routes::{PLAN_ROUTES, PlanRoutes};
pub use plan_street_work::{PLAN_STREET_WORK, PlanStreetWork};
pub use plan_week::{PLAN_WEEK, PlanWeek};

/// Seconds of search where the request says 0.
pub const USUAL_SEARCH_SECONDS: i32 = 60;
