//! Registers that files are made of.

pub mod ledger;
pub mod vouchers;
