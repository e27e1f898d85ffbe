//! The score that ranks villages: each weighted indicator earns its points in proportion to the strictest threshold.

use crate::{
    document::{Comparison, IndicatorKind, Terrain},
    fraction::Fraction,
    plan::Plan,
};

use super::Facts;

const MILLI: i64 = 1_000;

/// Score of a village without a gap.
pub(super) fn full(plan: &Plan) -> i64 {
    plan.indicators
        .iter()
        .map(|indicator| i64::from(indicator.weight) * MILLI)
        .sum()
}

/// Score of a village.
pub(super) fn of(plan: &Plan, terrain: Terrain, facts: &Facts) -> i64 {
    (0..)
        .zip(&plan.indicators)
        .map(|(at, indicator)| {
            let points = i64::from(indicator.weight) * MILLI;
            let strictest = plan
                .tiers
                .iter()
                .rev()
                .find_map(|tier| tier.criteria.iter().find(|c| c.indicator == at));
            let value = facts.figure(at).and_then(|figure| figure.value(indicator.kind));
            match (strictest, value) {
                (Some(criterion), Some(value)) if points > 0 => {
                    let threshold = criterion.threshold(terrain).value;
                    earned(points, value, criterion.comparison, threshold, indicator.kind)
                }
                _ => 0,
            }
        })
        .sum()
}

/// The earned part of `points`, rounded down. It grows with every unit gained and is full at the threshold.
fn earned(points: i64, value: Fraction, comparison: Comparison, threshold: Fraction, kind: IndicatorKind) -> i64 {
    let (value_n, value_d) = (i128::from(value.numerator()), i128::from(value.denominator()));
    let (threshold_n, threshold_d) = (i128::from(threshold.numerator()), i128::from(threshold.denominator()));
    let (part, whole) = match comparison {
        Comparison::AtLeast if value >= threshold => return points,
        Comparison::AtMost if value <= threshold => return points,
        // value / threshold
        Comparison::AtLeast => (value_n * threshold_d, value_d * threshold_n),
        // Of a share, what is free of it: (1 − value) / (1 − threshold).
        Comparison::AtMost if kind == IndicatorKind::Ratio => (
            (value_d - value_n).max(0) * threshold_d,
            value_d * (threshold_d - threshold_n),
        ),
        // Of a count there is no whole: (threshold + 1) / (value + 1).
        Comparison::AtMost => (threshold_n + threshold_d, value_n + value_d),
    };
    if whole <= 0 {
        return 0;
    }
    i64::try_from(i128::from(points) * part / whole)
        .unwrap_or(0)
        .clamp(0, points)
}
