//! When a figure that a village reports of itself is doubted, and when an inspection belies it.

use time::Date;

use crate::{
    document::{Direction, Guard, Indicator, IndicatorKind},
    threshold::Threshold,
};

/// One figure as it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// Day that it describes.
    pub date: Date,
    /// Counted part.
    pub numerator: i64,
    /// Counted whole less the deductible; `None` for a plain count.
    pub whole: Option<i64>,
}

/// Why a figure is doubted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// More was gained than is plausible.
    Jump,
    /// Less than before, although what was done stays done.
    Reversal,
    /// The best there can be, without evidence.
    FullWithoutEvidence,
}

/// Why `now` is doubted, given the last figure before it that counts. Shares are compared, so that the whole may change.
pub fn flags(indicator: &Indicator, before: Option<&Value>, now: &Value, has_evidence: bool) -> Vec<Flag> {
    let Some(guard) = &indicator.guard else {
        return Vec::new();
    };
    let mut flags = Vec::new();
    if let Some(before) = before {
        if jumps(guard, indicator.direction, before, now) {
            flags.push(Flag::Jump);
        }
        if guard.irreversible && is_worse(indicator.direction, before, now) {
            flags.push(Flag::Reversal);
        }
    }
    if guard.evidence_at_full && !has_evidence && is_best(indicator, now) {
        flags.push(Flag::FullWithoutEvidence);
    }
    flags
}

/// Whether a self-report is better than what an inspection found, by more than the plan tolerates.
pub fn overclaimed(indicator: &Indicator, claim: &Value, found: &Value) -> bool {
    let tolerance = indicator
        .guard
        .as_ref()
        .map(|guard| guard.inspection_tolerance.as_str());
    let Some(Ok(tolerance)) = tolerance
        .filter(|text| !text.is_empty())
        .map(|text| Threshold::parse(indicator.kind, text))
    else {
        return false;
    };
    let (claim, found) = (fitting(indicator.kind, claim), fitting(indicator.kind, found));
    // better / (whole of the claim × whole found) > tolerance
    let better = gained(indicator.direction, &found, &claim);
    let allowed = of(tolerance.value.numerator(), part(&claim), part(&found));
    better.saturating_mul(i128::from(tolerance.value.denominator())) > allowed
}

/// Whether more was gained per day than is plausible; two figures of one day count as a day apart.
fn jumps(guard: &Guard, direction: Direction, before: &Value, now: &Value) -> bool {
    let days = i128::from((now.date - before.date).whole_days().max(1));
    // Units gained of the whole now are gained / part(before).
    let gained = gained(direction, before, now);
    let beyond_count =
        guard.max_daily_gain_count > 0 && gained > of(guard.max_daily_gain_count, part(before), 1).saturating_mul(days);
    let beyond_share = guard.max_daily_gain_permille > 0
        && gained.saturating_mul(1_000)
            > of(i64::from(guard.max_daily_gain_permille), part(before), part(now)).saturating_mul(days);
    beyond_count || beyond_share
}

/// Worse both in units and as a share: a village whose whole grew, or that counts in other units, has lost nothing.
fn is_worse(direction: Direction, before: &Value, now: &Value) -> bool {
    let fewer = match direction {
        Direction::Higher => now.numerator < before.numerator,
        Direction::Lower => now.numerator > before.numerator,
    };
    fewer && gained(direction, before, now) < 0
}

fn is_best(indicator: &Indicator, now: &Value) -> bool {
    match (indicator.direction, indicator.kind) {
        (Direction::Lower, _) => now.numerator == 0,
        (Direction::Higher, IndicatorKind::Ratio) => Some(now.numerator) == now.whole,
        (Direction::Higher, IndicatorKind::YesNo) => now.numerator >= 1,
        (Direction::Higher, IndicatorKind::Count) => false,
    }
}

/// A yes is one, however it was counted.
fn fitting(kind: IndicatorKind, value: &Value) -> Value {
    match kind {
        IndicatorKind::Ratio => *value,
        IndicatorKind::Count => Value { whole: None, ..*value },
        IndicatorKind::YesNo => Value {
            numerator: value.numerator.min(1),
            whole: None,
            ..*value
        },
    }
}

/// By how much the share grew for the better, times both wholes.
fn gained(direction: Direction, before: &Value, now: &Value) -> i128 {
    let more = of(now.numerator, part(before), 1) - of(before.numerator, part(now), 1);
    match direction {
        Direction::Higher => more,
        Direction::Lower => -more,
    }
}

fn part(value: &Value) -> i64 {
    value.whole.unwrap_or(1)
}

fn of(a: i64, b: i64, c: i64) -> i128 {
    i128::from(a)
        .saturating_mul(i128::from(b))
        .saturating_mul(i128::from(c))
}

#[cfg(test)]
mod tests;
