//! The homestead service over gRPC, on real PostgreSQL and Redis.

mod access;
mod ageing;
mod arrears;
mod billing;
mod books;
mod collection;
mod concurrency;
mod functions;
mod imports;
mod ladder;
mod limitation;
mod mediations;
mod model;
mod objections;
mod payments;
mod plans;
mod public_notices;
mod reversals;
mod sharing;
mod streams;
mod tariffs;
mod visits;
mod world;
