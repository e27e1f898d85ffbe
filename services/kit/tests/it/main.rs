//! The kit through its public surface: a small service on real PostgreSQL and Redis.

mod compression;
mod events;
mod gate;
mod health;
mod imports;
mod operations;
mod raw;
mod service;
mod singletons;
mod start;
mod transactions;
mod transport;
