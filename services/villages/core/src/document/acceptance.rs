//! How villages are accepted.

use serde::Serialize;

use super::Post;

/// What a quota means for acceptances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum QuotaRule {
    /// At least so many; more are accepted.
    Minimum,
    /// No more than that.
    Limit,
}

/// How villages are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Acceptance {
    /// Confidence with which a claim is rejected, per mille.
    pub confidence_permille: i32,
    /// Households inspected in a village; 0 where the tolerated error decides.
    pub sample_household_count: i32,
    /// Tolerated error of the sample, per mille of the households.
    pub tolerated_error_permille: Option<i32>,
    /// Codes of the indicators that are inspected by household; empty: every ratio of households.
    pub household_indicators: Vec<String>,
    /// Inspectors of one village.
    pub inspector_count: i32,
    /// Criteria that may fail.
    pub tolerated_failure_count: i32,
    /// Days of publicity after its first.
    pub publicity_days: i32,
    /// Rank that decides.
    pub decision_post: Post,
    /// Years for which a certificate is good.
    pub validity_years: i32,
    /// What the quotas mean.
    pub quota_rule: QuotaRule,
}

impl Acceptance {
    /// Tolerated error where the plan states neither it nor a number of households, per mille.
    pub const USUAL_ERROR_PERMILLE: i32 = 100;
}

impl Default for Acceptance {
    fn default() -> Self {
        Self {
            confidence_permille: 950,
            sample_household_count: 0,
            tolerated_error_permille: None,
            household_indicators: Vec::new(),
            inspector_count: 2,
            tolerated_failure_count: 0,
            publicity_days: 7,
            decision_post: Post::CountyLeader,
            validity_years: 3,
            quota_rule: QuotaRule::Minimum,
        }
    }
}
