//! Registers that files are made of.

pub mod vouchers;
