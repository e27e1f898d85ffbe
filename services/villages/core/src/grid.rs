//! Grids of the ban on straw burning: areas on the map, reckoned exactly in whole 1e-7 degrees.

pub mod arrange;
pub mod duty;
mod flaw;
mod point;
mod relate;
pub mod roster;
mod shape;
mod side;
mod sweep;

pub use flaw::{Flaw, Mistake, Place};
pub use point::{Bounds, Point};
pub use relate::{Relation, relate};
pub use shape::{MOST_POINTS, Outline, Shape};

#[cfg(test)]
mod tests;
