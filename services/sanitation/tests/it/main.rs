//! The sanitation service over gRPC, on real PostgreSQL and Redis, with the registers of a real county.

mod balance;
mod by_roads;
mod complaints;
mod compliance;
mod courses;
mod custody;
mod demand;
mod devices;
mod imports;
mod lists;
mod plans;
mod positions;
mod quality;
mod refused;
mod road;
mod roads;
mod router;
mod routes;
mod routing;
mod signatures;
mod stop_events;
mod terminal;
mod town;
mod works_orders;
