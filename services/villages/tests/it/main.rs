//! The villages service over gRPC, on real PostgreSQL and Redis.

mod cadre;
mod county;
mod division_change;
mod division_import;
mod edge_cases;
mod household;
mod measurement;
mod measurement_import;
