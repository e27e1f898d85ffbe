//! Between the contract and the core: names, norms and rows.

pub mod balance;
pub mod compliance;
pub mod custody;
pub mod demand;
pub mod enums;
pub mod names;
pub mod network;
pub mod norms;
pub mod routes;
