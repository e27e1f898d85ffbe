#![doc = include_str!("../README.md")]

pub mod balance;
pub mod chain;
pub mod comparison;
pub mod complaint;
pub mod compliance;
pub mod custody;
pub mod demand;
pub mod fence;
pub mod geo;
pub mod norms;
pub mod quality;
pub mod reach;
pub mod route;
pub mod stop;
pub mod week;
