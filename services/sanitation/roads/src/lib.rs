#![doc = include_str!("../README.md")]

mod bytes;
mod cost;
mod csr;
mod graph;
mod grid;
mod hierarchy;
mod matrix;
mod network;
mod osm;
mod position;
mod rows;
mod snap;
mod usable;
mod way;

#[cfg(test)]
mod tests;

pub use bytes::BytesError;
pub use graph::{Graph, NothingUsable};
pub use matrix::Matrix;
pub use network::{Limits, Network, Road, Vehicle};
pub use osm::{Import, OsmError, Profile, Report, Unreadable};
pub use position::Position;
pub use rows::{EdgeRow, InvalidRows, NodeRow, RowError};
pub use snap::Snap;
pub use way::Way;
