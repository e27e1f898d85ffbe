//! Cash in the hands of a cadre: what came first is remitted first, and nothing stays long.

use time::Date;

use crate::problem::Problem;

/// How long and how much cash may stay in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rules {
    /// Most days after the payment date.
    pub maximum_days: i32,
    /// Most cash in one hand.
    pub ceiling_fen: i64,
    /// Whether it may stay across the end of a month.
    pub across_month_end: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            maximum_days: 3,
            ceiling_fen: 500_000,
            across_month_end: false,
        }
    }
}

/// Why cash should have been remitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Too many days in hand.
    TooLong,
    /// Received in an earlier month.
    MonthEnd,
    /// Too much in hand.
    AboveCeiling,
}

/// Every reason why `in_hand_fen`, the oldest of it received on `oldest`, should have been remitted by `day`.
pub fn overdue(rules: &Rules, in_hand_fen: i64, oldest: Option<Date>, day: Date) -> Vec<Cause> {
    let mut causes = Vec::new();
    if let Some(oldest) = oldest {
        if (day - oldest).whole_days() > i64::from(rules.maximum_days) {
            causes.push(Cause::TooLong);
        }
        if !rules.across_month_end && (oldest.year(), oldest.month() as u8) < (day.year(), day.month() as u8) {
            causes.push(Cause::MonthEnd);
        }
    }
    if in_hand_fen > rules.ceiling_fen {
        causes.push(Cause::AboveCeiling);
    }
    causes
}

/// Most days that rules may allow.
const MOST_DAYS: i32 = 365;

/// Contradictions of `rules`, with paths below `path`.
pub fn check(path: &str, rules: &Rules) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !(0..=MOST_DAYS).contains(&rules.maximum_days) {
        problems.push(Problem::new(
            format!("{path}.maximum_days"),
            "OUT_OF_RANGE",
            "0–365",
            "应为 0 至 365 天",
        ));
    }
    if rules.ceiling_fen < 0 {
        problems.push(Problem::new(
            format!("{path}.ceiling_fen"),
            "NEGATIVE",
            "0 or more",
            "不得为负数",
        ));
    }
    problems
}

/// The day of the oldest of `receipts` (day, amount; in the order in which they came) of which something is left after
/// `remitted_fen` were taken from the front.
pub fn oldest_left(receipts: &[(Date, i64)], remitted_fen: i64) -> Option<Date> {
    let mut rest = remitted_fen;
    for (day, amount) in receipts {
        if *amount > rest {
            return Some(*day);
        }
        rest -= amount;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, macros::date};

    use super::*;

    #[test]
    fn each_limit_counts_by_itself() {
        let rules = Rules::default();
        let day = date!(2025 - 03 - 05);
        let causes = |fen, oldest| overdue(&rules, fen, oldest, day);
        assert!(causes(0, None).is_empty());
        assert!(causes(500_000, Some(date!(2025 - 03 - 02))).is_empty());
        assert_eq!(causes(1, Some(date!(2025 - 03 - 01))), [Cause::TooLong]);
        assert_eq!(causes(500_001, Some(day)), [Cause::AboveCeiling]);
        let first = date!(2025 - 01 - 01);
        assert_eq!(
            overdue(&rules, 1, Some(date!(2024 - 12 - 31)), first),
            [Cause::MonthEnd]
        );
        let lenient = Rules {
            across_month_end: true,
            ..rules
        };
        assert!(overdue(&lenient, 1, Some(date!(2024 - 12 - 31)), first).is_empty());
    }

    #[test]
    fn what_came_first_goes_first() {
        let receipts = [(date!(2025 - 03 - 01), 10), (date!(2025 - 03 - 02), 20)];
        assert_eq!(oldest_left(&receipts, 0), Some(date!(2025 - 03 - 01)));
        assert_eq!(oldest_left(&receipts, 9), Some(date!(2025 - 03 - 01)));
        assert_eq!(oldest_left(&receipts, 10), Some(date!(2025 - 03 - 02)));
        assert_eq!(oldest_left(&receipts, 30), None);
        assert_eq!(oldest_left(&receipts, 31), None);
    }

    proptest! {
        #[test]
        fn something_is_left_exactly_while_less_was_remitted(
            amounts in proptest::collection::vec(1..1_000_i64, 0..20),
            remitted in 0..12_000_i64,
        ) {
            let first = date!(2025 - 01 - 01);
            let receipts: Vec<_> = amounts.iter().zip(0_i64..).map(|(fen, n)| (first + Duration::days(n), *fen)).collect();
            let left = oldest_left(&receipts, remitted);
            prop_assert_eq!(left.is_some(), amounts.iter().sum::<i64>() > remitted);
            if let Some(day) = left {
                let before: i64 = receipts.iter().filter(|(on, _)| *on < day).map(|(_, fen)| fen).sum();
                prop_assert!(before <= remitted);
            }
        }
    }
}
