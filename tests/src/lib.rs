#![doc = include_str!("../README.md")]

mod collector;
mod command;
pub mod dynamic;
pub mod json;
pub mod measure;
pub mod peers;
pub mod plan;
mod port;
mod process;
mod receiver;
mod register;
mod stores;
mod suite;
mod table;
pub mod village;

pub use collector::{Collector, Seen};
pub use command::xiangtu;
pub use process::Process;
pub use receiver::{Arrival, Receiver};
pub use register::{import, lankao};
pub use stores::{OwnStores, Stores};
pub use suite::{PII_KEY, SERVICES, Suite, with_token};
pub use table::{Table, per_second};
