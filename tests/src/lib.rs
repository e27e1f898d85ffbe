#![doc = include_str!("../README.md")]

pub mod dynamic;
mod process;
mod register;
mod suite;
mod table;

pub use process::Process;
pub use register::import;
pub use suite::{SERVICES, Suite, with_token};
pub use table::Table;
