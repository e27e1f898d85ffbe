//! Networks from OpenStreetMap extracts (`.osm.pbf`).

mod block;
mod cut;
mod measure;
mod pbf;
mod profile;
mod tables;
mod tags;
#[cfg(test)]
mod tests;

pub use cut::{Import, Report};
pub use profile::Profile;
pub use tags::Unreadable;

/// Why an extract is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OsmError {
    /// It is no extract, or damaged.
    #[error("malformed .osm.pbf in the blob at byte {at}: {what}")]
    Malformed {
        /// Where the blob begins, in bytes.
        at: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// It is written in a way that this reader does not know.
    #[error(".osm.pbf with {what}, which is not supported")]
    Unsupported {
        /// The feature or compression.
        what: String,
    },
    /// No way that the profile allows has two known nodes.
    #[error("no usable road among {ways} ways")]
    NoRoads {
        /// How many ways there are.
        ways: usize,
    },
}
