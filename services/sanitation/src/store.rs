//! SQL, and nothing else.

pub mod anomalies;
pub mod areas;
pub mod bins;
pub mod chain;
pub mod checks;
pub mod demand;
pub mod devices;
pub mod facilities;
pub mod facts;
pub mod hand_overs;
pub mod haulage;
pub mod haulage_plans;
pub mod keys;
pub mod list;
pub mod loads;
pub mod missed;
pub mod plans;
pub mod points;
pub mod roads;
pub mod route_plans;
pub mod routes;
pub mod tares;
pub mod trips;
pub mod upsert;
pub mod vehicles;
pub mod weighings;
