//! The gRPC services; no SQL here.

pub mod delivery;
pub mod endpoint;
pub mod event;
pub mod inbox;
pub mod notice;
pub mod plan;
pub mod recipient;
pub mod template;
pub mod watch;
