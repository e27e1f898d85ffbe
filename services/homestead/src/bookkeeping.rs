//! Entries that are worked out while a village's book is held, bills put right, and books recounted.

pub mod correcting;
pub mod instalments;
pub mod posting;
pub mod recount;
