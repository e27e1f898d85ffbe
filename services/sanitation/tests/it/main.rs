//! The sanitation service over gRPC, on real PostgreSQL and Redis, with the registers of a real county.

mod balance;
mod by_roads;
mod compliance;
mod courses;
mod custody;
mod demand;
mod devices;
mod haulage;
mod imports;
mod lists;
mod plans;
mod refused;
mod roads;
mod router;
mod routes;
mod routing;
mod signatures;
mod terminal;
mod town;
