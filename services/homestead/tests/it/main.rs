//! The homestead service over gRPC, on real PostgreSQL and Redis.

mod access;
mod adjustments;
mod ageing;
mod billing;
mod books;
mod chain;
mod collection;
mod concurrency;
mod entitlements;
mod fee_sheets;
mod functions;
mod imports;
mod model;
mod payments;
mod plans;
mod reversals;
mod simulation;
mod streams;
mod tariffs;
mod world;
