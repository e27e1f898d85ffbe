#![doc = include_str!("../README.md")]

pub mod ageing;
pub mod area;
pub mod correction;
pub mod custody;
pub mod dunning;
pub mod entitlement;
pub mod entry;
pub mod money;
pub mod occupation;
pub mod portfolio;
pub mod problem;
pub mod reconcile;
pub mod span;
pub mod tariff;
pub mod voucher;
pub mod waterfall;
