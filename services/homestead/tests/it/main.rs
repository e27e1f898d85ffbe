//! The homestead service over gRPC, on real PostgreSQL and Redis.

mod access;
mod adjustments;
mod ageing;
mod billing;
mod books;
mod cash;
mod chain;
mod closes;
mod collection;
mod concurrency;
mod functions;
mod imports;
mod model;
mod payments;
mod pending;
mod plans;
mod reversals;
mod statements;
mod streams;
mod tariffs;
mod vouchers;
mod world;
