//! The search: ruin and recreate over tours whose directions are always the best for their order.

pub(crate) mod insert;
pub(crate) mod lane;
pub(crate) mod net;
pub(crate) mod rng;
pub(crate) mod ruin;
pub(crate) mod split;
pub(crate) mod tour;
