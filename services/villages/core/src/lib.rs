#![doc = include_str!("../README.md")]

pub mod acceptance;
pub mod area;
pub mod assessment;
pub mod blocker;
pub mod bulletin;
pub mod calendar;
pub mod case;
pub mod check;
pub mod digest;
pub mod document;
pub mod effort;
pub mod fraction;
pub mod grid;
pub mod guard;
pub mod honour;
pub mod hotspot;
pub mod ladder;
pub mod league;
pub mod origin;
pub mod plan;
pub mod points;
pub mod problem;
pub mod progress;
pub mod rating;
#[cfg(test)]
mod sample;
pub mod schedule;
pub mod selection;
pub mod succession;
pub mod task;
pub mod threshold;
pub mod timeline;
pub mod two_level;
pub mod week;
