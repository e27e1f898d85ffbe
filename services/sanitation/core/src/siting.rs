//! Where bins and collection points are missing: the fewest new ones with which every household is served.
//!
//! A network of households, sites and ways between them falls into parts that have nothing to do with one another. Each is
//! solved by greedy placement and local search over integer flows, and held against lower bounds.

mod bound;
#[cfg(test)]
mod exact;
mod flow;
mod network;
mod search;
mod spots;
mod village;
mod walk;

pub use network::{Network, Site, Terms, Way};
pub use search::{Placement, place};
pub use village::{Basis, Bin, Hamlet, Point, Proposal, Proposed, Reason, Served, Village, propose};

#[cfg(test)]
mod tests;
