//! Between the contract and the core: names, norms and rows.

pub mod balance;
pub mod comparison;
pub mod complaints;
pub mod compliance;
pub mod demand;
pub mod devices;
pub mod enums;
pub mod hand_overs;
pub mod haulage;
pub mod keys;
pub mod names;
pub mod network;
pub mod norms;
pub mod people;
pub mod positions;
pub mod quality;
pub mod replan;
pub mod routes;
pub mod siting;
pub mod stops;
pub mod streets;
pub mod text;
pub mod trips;
pub mod weeks;
pub mod works;
