//! Work that nobody calls for.

pub mod intake;
