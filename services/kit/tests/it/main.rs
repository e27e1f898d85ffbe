//! The kit through its public surface: a small service on real PostgreSQL and Redis.

mod compression;
mod events;
mod gate;
mod imports;
mod operations;
mod service;
