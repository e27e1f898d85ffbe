//! The villages section of a plan package as it is written, before it is checked.

mod acceptance;
mod accountability;
mod date;
mod hotspots;
mod standard;
mod work;

use serde::Serialize;
use time::Date;

pub use acceptance::{Acceptance, QuotaRule};
pub use accountability::{LadderStep, Measure, Policy, Trigger};
pub use hotspots::Hotspots;
pub use standard::{
    Batch, ChecklistItem, Comparison, Criterion, Direction, Guard, Indicator, IndicatorKind, Quota, Source, Terrain,
    TerrainArea, TerrainThreshold, Tier, TwoLevel, Veto, VillageClass,
};
pub use work::{Calendar, Closure, ClosureKind, Post, TaskTemplate};

/// The whole section. Divisions are bare codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Document {
    /// Identifier of the plan within its division.
    pub code: String,
    /// Title.
    pub display_name: String,
    /// County or township that it binds.
    pub division: String,
    /// First day of the programme.
    #[serde(serialize_with = "date::optional")]
    pub start_date: Option<Date>,
    /// Last day of the programme.
    #[serde(serialize_with = "date::optional")]
    pub end_date: Option<Date>,
    /// Kinds of village that are rated; empty means both kinds of committee.
    pub rated_classes: Vec<VillageClass>,
    /// Terrain of villages that do not lie in plains.
    pub terrains: Vec<TerrainArea>,
    /// What is measured.
    pub indicators: Vec<Indicator>,
    /// Tiers in ascending order.
    pub tiers: Vec<Tier>,
    /// Veto items.
    pub vetoes: Vec<Veto>,
    /// Classes and batches of villages.
    pub batches: Vec<Batch>,
    /// How many villages must hold a tier.
    pub quotas: Vec<Quota>,
    /// Work items.
    pub task_templates: Vec<TaskTemplate>,
    /// Days on which work is done.
    pub calendar: Calendar,
    /// What follows when work stands still.
    pub ladder: Vec<LadderStep>,
    /// Switches.
    pub policy: Policy,
    /// When sightings are one hotspot.
    pub hotspots: Hotspots,
    /// How villages are accepted.
    pub acceptance: Acceptance,
}
