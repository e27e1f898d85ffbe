#![doc = include_str!("../README.md")]

mod account;
mod error;
mod find;
mod install;
mod place;
mod port;
mod postgres;
mod record;
mod redis;
mod run;
mod server;

pub use error::{Error, Result};
pub use run::{Keeper, keep};
pub use server::{Options, Stores, clean};

/// The databases of the suite, one a service.
pub const DATABASES: [&str; 4] = ["villages", "sanitation", "homestead", "notifications"];
