//! The weekly bulletin: composed from what was known at an instant, rendered to the same bytes each time.

mod compose;
mod render;

use time::{Date, OffsetDateTime};

use crate::{
    blocker::Blocker,
    progress::{Tenure, Timeline, WeekFigures},
    schedule::Spread,
    week::Week,
};

pub use compose::compose;
pub use render::render;

/// What a bulletin is made of.
#[derive(Debug, Clone)]
pub struct Input {
    /// What stands above it.
    pub head: Head,
    /// Rated villages, by code.
    pub villages: Vec<Village>,
    /// Tasks that had begun by the end of the week, by village code and identity.
    pub tasks: Vec<Task>,
    /// What changed about the time before, by division, date and subject.
    pub corrections: Vec<Correction>,
    /// Townships by code, where lines are townships; empty where they are villages.
    pub townships: Vec<(String, String)>,
}

/// What stands above a bulletin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Name of the township or county.
    pub division_name: String,
    /// Title of the plan.
    pub plan_name: String,
    /// Version of the plan.
    pub plan_version: i32,
    /// The week.
    pub week: Week,
    /// Number within the programme.
    pub number: i64,
    /// Until when facts were known.
    pub known_at: OffsetDateTime,
    /// Names of the tiers, ascending.
    pub tiers: Vec<String>,
    /// Score without a gap.
    pub score_full_milli: i64,
    /// Whether persons may be ranked.
    pub rank_persons: bool,
}

/// A rated village.
#[derive(Debug, Clone)]
pub struct Village {
    /// Code.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// Position of the tier held.
    pub tier: Option<usize>,
    /// Score in thousandths of a point.
    pub score_milli: i64,
    /// Whether it reached the tier of its batch.
    pub on_target: bool,
}

/// A task with everything known of it.
#[derive(Debug, Clone)]
pub struct Task {
    /// Identity.
    pub id: u128,
    /// Code of the village.
    pub village: String,
    /// Name of the work item.
    pub display_name: String,
    /// Unit.
    pub unit: String,
    /// Units to do.
    pub goal: i64,
    /// Schedule; `None` where the goal cannot be reached in time.
    pub spread: Option<Spread>,
    /// Reports.
    pub timeline: Timeline,
    /// Who answered for it, in the order recorded.
    pub tenures: Vec<Tenure>,
    /// Last day.
    pub deadline: Date,
    /// Key work.
    pub key_work: bool,
    /// What excuses it.
    pub blockers: Vec<Blocker>,
}

impl Task {
    /// What blocked it in a week.
    pub fn blocked_in(&self, week: Week) -> impl Iterator<Item = &Blocker> {
        self.blockers
            .iter()
            .filter(move |blocker| blocker.days.first <= week.last_day() && blocker.days.last >= week.first_day())
    }
}

/// A bulletin.
#[derive(Debug, Clone)]
pub struct Bulletin {
    /// What stands above it.
    pub head: Head,
    /// Villages by tier: first those without, then by position of the tier.
    pub by_tier: Vec<i64>,
    /// Villages or townships, by place.
    pub lines: Vec<Line>,
    /// Persons below the planned daily average, by village and task.
    pub misses: Vec<Miss>,
    /// Tasks that became overdue in the week, by village and task.
    pub overdue: Vec<Overdue>,
    /// Tasks that something blocked in the week, by village and task.
    pub blocked: Vec<BlockedTask>,
    /// What changed about the time before.
    pub corrections: Vec<Correction>,
}

/// One village or township.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Place, from 1.
    pub rank: usize,
    /// Code.
    pub division: String,
    /// Name.
    pub display_name: String,
    /// Mean score in thousandths of a point.
    pub mean_score_milli: i64,
    /// Position of the tier that a village holds; `None` for townships.
    pub tier: Option<usize>,
    /// Tasks that were open in the week.
    pub tasks: i64,
    /// Of those, where the schedule wants them.
    pub on_schedule: i64,
    /// Of those, without a report though units were due.
    pub unreported: i64,
}

/// One person below the planned daily average with one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The task.
    pub item: Item,
    /// Unit.
    pub unit: String,
    /// Who answers.
    pub person: Tenure,
    /// The figures.
    pub figures: WeekFigures,
}

/// Which work item of which village.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Identity of the task.
    pub task: u128,
    /// Code of the village.
    pub village: String,
    /// Name of the village.
    pub village_name: String,
    /// Name of the work item.
    pub task_name: String,
}

/// A task whose deadline passed before its goal was reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// The task.
    pub item: Item,
    /// Unit.
    pub unit: String,
    /// Who led it on the deadline.
    pub person: Tenure,
    /// Last day.
    pub deadline: Date,
    /// Units to do.
    pub goal: i64,
    /// Units done by the deadline.
    pub done: i64,
    /// Key work.
    pub key_work: bool,
    /// Whether its schedule left no way to reach the goal in time.
    pub excused: bool,
}

/// A task that something blocked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedTask {
    /// The task.
    pub item: Item,
    /// What blocked it.
    pub blocker: Blocker,
}

/// A fact about the time of an earlier bulletin that became known, or changed, after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// Whether it is a report of progress; else a measurement.
    pub progress: bool,
    /// Identity of what holds now.
    pub subject: u128,
    /// Code of the village.
    pub village: String,
    /// Name of the indicator or work item.
    pub display_name: String,
    /// Day that it describes.
    pub date: Date,
    /// What was known; empty for nothing.
    pub before: String,
    /// What is known now.
    pub after: String,
}

#[cfg(test)]
mod tests;
