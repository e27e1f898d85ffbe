//! Work: task templates and the working calendar.

use serde::Serialize;
use time::{Date, Weekday};

use super::date;

/// A post that a cadre holds; the highest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Post {
    /// 县级领导.
    CountyLeader,
    /// 乡镇领导.
    TownshipLeader,
    /// 站所长.
    SectionLeader,
    /// 包村干部.
    StationedCadre,
    /// 村党支部书记.
    VillageSecretary,
    /// 村“两委”成员.
    VillageCommitteeMember,
    /// 网格员.
    GridWorker,
}

impl Post {
    const ALL: [(Self, &'static str); 7] = [
        (Self::CountyLeader, "COUNTY_LEADER"),
        (Self::TownshipLeader, "TOWNSHIP_LEADER"),
        (Self::SectionLeader, "SECTION_LEADER"),
        (Self::StationedCadre, "STATIONED_CADRE"),
        (Self::VillageSecretary, "VILLAGE_SECRETARY"),
        (Self::VillageCommitteeMember, "VILLAGE_COMMITTEE_MEMBER"),
        (Self::GridWorker, "GRID_WORKER"),
    ];

    /// All of them, the highest first.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::ALL.iter().map(|(post, _)| *post)
    }

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(post, _)| *post == self)
            .map_or("", |(_, name)| name)
    }

    /// Whether it ranks as high as `other` or higher.
    pub fn ranks_with(self, other: Self) -> bool {
        self <= other
    }

    /// Reads its stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(post, _)| *post)
    }
}

/// Why work stops for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum ClosureKind {
    /// Stops all work.
    Holiday,
    /// 农忙.
    Harvest,
    /// 冰冻期.
    Frost,
    /// 汛期.
    Flood,
}

/// A work item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TaskTemplate {
    /// Code, unique.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// Code of the indicator that it moves.
    pub indicator: String,
    /// Tier whose threshold is the goal; empty means the batch's target.
    pub tier: String,
    /// A fixed goal instead of the missing amount.
    pub fixed_goal: Option<i64>,
    /// Post of the leader.
    pub leader_post: Option<Post>,
    /// Posts of the members.
    pub member_posts: Vec<Post>,
    /// First day; unset means when the task is made.
    #[serde(serialize_with = "date::optional")]
    pub start_date: Option<Date>,
    /// Last day; unset means the batch's acceptance.
    #[serde(serialize_with = "date::optional")]
    pub deadline: Option<Date>,
    /// Most units a day; 0 means no limit.
    pub daily_capacity: i64,
    /// Kinds of closure that stop it, besides holidays.
    pub stopped_by: Vec<ClosureKind>,
    /// Shares at which milestones are set, in per mille.
    pub milestone_permille: Vec<i32>,
    /// Key work.
    pub key_work: bool,
}

/// Days on which work is done.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Calendar {
    /// Rest days of every week.
    #[serde(serialize_with = "weekdays")]
    pub weekly_rest_days: Vec<Weekday>,
    /// Periods without work.
    pub closures: Vec<Closure>,
    /// Rest days that are worked nevertheless.
    #[serde(serialize_with = "date::all")]
    pub make_up_days: Vec<Date>,
}

/// A period without work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Closure {
    /// Name.
    pub display_name: String,
    /// Why.
    pub kind: ClosureKind,
    /// First day.
    #[serde(serialize_with = "date::optional")]
    pub start_date: Option<Date>,
    /// Last day.
    #[serde(serialize_with = "date::optional")]
    pub end_date: Option<Date>,
    /// Returns every year.
    pub yearly: bool,
}

fn weekdays<S: serde::Serializer>(days: &[Weekday], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(days.iter().map(ToString::to_string))
}
