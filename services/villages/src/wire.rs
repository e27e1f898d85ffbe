//! Proto → checked values with field paths, and rows → proto.

pub mod blocker;
pub mod bulletin;
pub mod cadre;
pub mod division;
pub mod grid;
pub mod hotspot;
pub mod household;
pub mod ladder;
pub mod ladder_process;
pub mod lineage;
pub mod measurement;
pub mod names;
pub mod plan;
mod plan_choice;
pub mod plan_diff;
pub mod plan_section;
mod plan_standard;
pub mod rating;
pub mod rating_selection;
pub mod rating_simulation;
pub mod roster;
pub mod shape;
pub mod task;
