//! Proto → checked values with field paths, and rows → proto.

pub mod cadre;
pub mod division;
pub mod household;
pub mod lineage;
pub mod measurement;
pub mod names;
