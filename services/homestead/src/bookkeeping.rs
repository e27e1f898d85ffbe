//! Entries that are worked out while a village's book is held, bills put right, books recounted, and roots over them.

pub mod correcting;
pub mod instalments;
pub mod keys;
pub mod posting;
pub mod recount;
pub mod roots;
