//! Standards: indicators, tiers, vetoes, batches, quotas.

use serde::Serialize;
use time::Date;

use super::date;
use crate::origin::Origin;

/// Kind of village-level division, by digits 10–12 of its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum VillageClass {
    /// 居民委员会, 001–199.
    ResidentsCommittee,
    /// 村民委员会, 200–399.
    VillagersCommittee,
    /// Everything else.
    Other,
}

impl VillageClass {
    /// Tells the class from a village's code of 12 digits.
    pub fn of(code: &str) -> Self {
        match code.get(9..12).and_then(|digits| digits.parse::<u16>().ok()) {
            Some(1..=199) => Self::ResidentsCommittee,
            Some(200..=399) => Self::VillagersCommittee,
            _ => Self::Other,
        }
    }
}

/// How an indicator is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum IndicatorKind {
    /// A share of a whole.
    Ratio,
    /// A number of units.
    Count,
    /// 1 for yes, 0 for no.
    YesNo,
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// Where figures come from; on one date the greater counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Source {
    /// The village about itself.
    SelfReport,
    /// Another service.
    System,
    /// Inspectors.
    Inspection,
}

/// How a value is compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Comparison {
    /// value ≥ threshold.
    AtLeast,
    /// value ≤ threshold.
    AtMost,
}

/// Terrain of a village.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Terrain {
    /// 平原.
    Plain,
    /// 丘陵.
    Hills,
    /// 山区.
    Mountain,
}

/// Villages of one terrain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TerrainArea {
    /// The terrain.
    pub terrain: Terrain,
    /// Codes of villages or of divisions with all their villages.
    pub divisions: Vec<String>,
}

/// Something that is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Indicator {
    /// Code, unique.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// Unit of its counts.
    pub unit: String,
    /// How it is counted.
    pub kind: IndicatorKind,
    /// Which way is better.
    pub direction: Direction,
    /// Which figures count.
    pub source: Source,
    /// Points that it can earn.
    pub weight: i32,
    /// Where it is known from, for [`Source::System`]; see [`crate::origin::Origin`].
    pub origin: String,
    /// It is counted by natural villages.
    pub two_level: Option<TwoLevel>,
    /// When a self-report is doubted.
    pub guard: Option<Guard>,
    /// Items of a checklist.
    pub checklist: Vec<ChecklistItem>,
}

impl Indicator {
    /// Under which code its figures are recorded: those of other services under their origin, whatever plans call them.
    pub fn measured_as(&self) -> &str {
        match Origin::parse(&self.origin) {
            Some(origin) if origin.is_elsewhere() => &self.origin,
            _ => &self.code,
        }
    }

    /// Whether figures of `source` count for it.
    pub fn takes(&self, source: Source) -> bool {
        self.source == Source::SelfReport || self.source == source
    }
}

/// Counting by natural villages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TwoLevel {
    /// Share from which one counts, as written.
    pub unit_threshold: String,
}

/// When a self-report is doubted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Guard {
    /// Most units plausibly gained in a day; 0 for no limit.
    pub max_daily_gain_count: i64,
    /// Most thousandths of the whole plausibly gained in a day; 0 for no limit.
    pub max_daily_gain_permille: i32,
    /// What was done stays done.
    pub irreversible: bool,
    /// The best value asks for evidence.
    pub evidence_at_full: bool,
    /// How much better than an inspection a self-report may be, as written; empty for any.
    pub inspection_tolerance: String,
}

/// One item of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChecklistItem {
    /// Code, unique in the checklist.
    pub code: String,
    /// Name.
    pub display_name: String,
}

/// A standard that a village can hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tier {
    /// Code, unique.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// Place in the order, from 1.
    pub rank: i32,
    /// All of them must hold.
    pub criteria: Vec<Criterion>,
}

/// One condition of a tier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Criterion {
    /// Code of the indicator.
    pub indicator: String,
    /// How it compares; unset follows the indicator's direction.
    pub comparison: Option<Comparison>,
    /// Threshold as written.
    pub threshold: String,
    /// Other thresholds by terrain.
    pub terrain_thresholds: Vec<TerrainThreshold>,
}

/// A threshold in one terrain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TerrainThreshold {
    /// The terrain.
    pub terrain: Terrain,
    /// Threshold as written.
    pub threshold: String,
}

/// An item that bars a village from its tiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Veto {
    /// Code, unique.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// Code of the indicator.
    pub indicator: String,
    /// The veto stands while this holds.
    pub comparison: Comparison,
    /// Threshold as written.
    pub threshold: String,
    /// Lowest tier that it bars; empty means all.
    pub bars_from_tier: String,
}

/// Villages that go for one tier together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Batch {
    /// Code, unique.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// Code of the tier.
    pub target_tier: String,
    /// Day of the acceptance.
    #[serde(serialize_with = "date::optional")]
    pub acceptance_date: Option<Date>,
    /// Codes of villages or townships; empty means all the rest.
    pub divisions: Vec<String>,
}

/// How many villages must hold a tier at the end of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quota {
    /// Code of the tier.
    pub tier: String,
    /// Year.
    pub year: i32,
    /// Code of the division; empty means the plan's.
    pub division: String,
    /// Number of villages.
    pub village_count: i32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_the_code() {
        for (code, class) in [
            ("410225001001", VillageClass::ResidentsCommittee),
            ("410225104201", VillageClass::VillagersCommittee),
            ("410225104498", VillageClass::Other),
            ("410225", VillageClass::Other),
        ] {
            assert_eq!(VillageClass::of(code), class, "{code}");
        }
    }
}
