//! Test helpers: a database for each test, a service in this process, tokens, a clock that stands still.
//!
//! `make test` starts a private PostgreSQL and Redis and names them in `XIANGTU_TEST_DATABASE_URL` (a superuser's URL) and
//! `XIANGTU_TEST_REDIS_URL`.

mod bus;
mod database;
mod harness;

pub use database::Database;
pub use harness::{Harness, Setup};
