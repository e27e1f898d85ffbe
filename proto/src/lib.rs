#![doc = include_str!("../README.md")]
#![expect(missing_docs, unused_qualifications, clippy::all, clippy::pedantic, reason = "generated; the proto comments are the reference")]

include!(concat!(env!("OUT_DIR"), "/mod.rs"));

/// The serialized `FileDescriptorSet` of the whole contract, with all options and comments.
pub const DESCRIPTOR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));
