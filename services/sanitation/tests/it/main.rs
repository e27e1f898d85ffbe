//! The sanitation service over gRPC, on real PostgreSQL and Redis, with the registers of a real county.

mod balance;
mod by_roads;
mod compliance;
mod courses;
mod custody;
mod demand;
mod devices;
mod imports;
mod lists;
mod people;
mod plans;
mod refused;
mod roads;
mod router;
mod routes;
mod routing;
mod signatures;
mod siting;
mod terminal;
mod town;
