#![doc = include_str!("../README.md")]

pub mod balance;
pub mod chain;
pub mod compliance;
pub mod custody;
pub mod demand;
pub mod geo;
pub mod norms;
pub mod reach;
pub mod route;
pub mod street;
