//! Every method of the contract refuses every wrong caller. The methods come from the descriptors, so that a new one is
//! tested the day it is added.

mod callers;
mod contract;
mod fields;
mod lists;
mod rows;
mod seed;
mod tokens;

/// Division of the officer who tries.
const OWN: &str = "410225104";
/// A township of the same county, whose rows do not exist for that officer.
const SIBLING: &str = "410225105";
