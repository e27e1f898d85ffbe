#![doc = include_str!("../README.md")]

include!(concat!(env!("OUT_DIR"), "/mod.rs"));

/// The serialized `FileDescriptorSet` of the whole contract, with all options and comments.
pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));
