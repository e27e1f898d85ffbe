#![doc = include_str!("../README.md")]

pub mod ageing;
pub mod area;
pub mod chain;
pub mod contact;
pub mod correction;
pub mod dunning;
pub mod entitlement;
pub mod entry;
pub mod limitation;
pub mod money;
pub mod occupation;
pub mod portfolio;
pub mod problem;
pub mod span;
pub mod tariff;
pub mod waterfall;
