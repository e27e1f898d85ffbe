//! Accountability: the ladder and the switches of the county.

use serde::Serialize;

use super::Post;

/// What calls for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Trigger {
    /// Below the planned daily average in a weekly bulletin.
    MissedWeek,
    /// A village is overdue.
    VillageOverdue,
    /// Key work passed its deadline.
    KeyWorkDelayed,
    /// A figure was falsified.
    FalsifiedFigure,
}

/// What a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Measure {
    /// 扣发绩效.
    PayDeduction,
    /// 纪律处分.
    DisciplinarySanction,
    /// 停职.
    Suspension,
    /// 免职.
    Removal,
    /// 记工作失误一次.
    WorkError,
    /// 诫勉谈话.
    AdmonitionTalk,
    /// 通报批评.
    PublicCriticism,
}

/// One step of the ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LadderStep {
    /// Code, unique.
    pub code: String,
    /// Name.
    pub display_name: String,
    /// What calls for it.
    pub trigger: Trigger,
    /// At which occurrence, from 1.
    pub occurrence: i32,
    /// What it is.
    pub measure: Measure,
    /// Fen deducted; 0 where a meeting decides.
    pub deduction_fen: i64,
    /// Days of a suspension.
    pub suspension_days: i32,
    /// Rank that approves it.
    pub approval_post: Option<Post>,
    /// Days for a defence.
    pub defence_days: i32,
}

/// Switches of the county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Bulletins may rank persons.
    pub rank_persons: bool,
    /// Days after the reported day by which a report must arrive.
    pub late_after_days: i32,
    /// Days that a village has to explain a falsification case.
    pub explanation_days: i32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rank_persons: false,
            late_after_days: 1,
            explanation_days: 5,
        }
    }
}
