//! Registers that are imported from files.

pub mod recipients;
