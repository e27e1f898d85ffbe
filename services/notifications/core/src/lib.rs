#![doc = include_str!("../README.md")]

pub mod address;
pub mod backoff;
pub mod definition;
pub mod delivery;
pub mod health;
pub mod quiet;
pub mod signature;
pub mod template;
pub mod topic;
pub mod variable;
