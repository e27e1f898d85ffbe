//! Indicators, tiers and vetoes.

use std::collections::{HashMap, HashSet};

use super::{comparison, indicator, named, parts, text};
use crate::{
    document::{Comparison, Criterion, Document, Indicator, IndicatorKind, Terrain},
    fraction::Fraction,
    problem::Problems,
    threshold::{Threshold, ThresholdError},
};

pub(super) fn check(document: &Document, problems: &mut Problems) {
    indicators(document, problems);
    tiers(document, problems);
    vetoes(document, problems);
}

fn indicators(document: &Document, problems: &mut Problems) {
    if document.indicators.len() > 500 {
        problems.add("indicators", "TOO_MANY", "at most 500 indicators", "指标最多 500 项");
    }
    let mut seen = HashSet::new();
    for (at, indicator) in document.indicators.iter().enumerate() {
        let path = format!("indicators[{at}]");
        named(&path, &indicator.code, &indicator.display_name, &mut seen, problems);
        text(&format!("{path}.unit"), &indicator.unit, problems);
        if !(0..=1_000).contains(&indicator.weight) {
            problems.add(
                format_args!("{path}.weight"),
                "OUT_OF_RANGE",
                "0 to 1,000",
                "分值须在 0 到 1000 之间",
            );
        }
        let used = |tier: &crate::document::Tier| tier.criteria.iter().any(|c| c.indicator == indicator.code);
        if indicator.weight > 0 && !document.tiers.iter().any(used) {
            problems.add(
                format_args!("{path}.weight"),
                "WEIGHT_WITHOUT_CRITERION",
                format!("{} earns points, but no tier says when in full", indicator.code),
                format!("指标 {} 有分值，但没有任何档次规定其满分标准", indicator.code),
            );
        }
        parts::check(&path, indicator, problems);
    }
}

fn tiers(document: &Document, problems: &mut Problems) {
    if document.tiers.is_empty() {
        problems.missing("tiers");
    }
    if document.tiers.len() > 9 {
        problems.add("tiers", "TOO_MANY", "at most 9 tiers", "档次最多 9 个");
    }
    let mut seen = HashSet::new();
    let mut lower: HashMap<&str, Bound> = HashMap::new();
    for (at, tier) in document.tiers.iter().enumerate() {
        let path = format!("tiers[{at}]");
        named(&path, &tier.code, &tier.display_name, &mut seen, problems);
        if usize::try_from(tier.rank).ok() != Some(at + 1) {
            problems.add(
                format_args!("{path}.rank"),
                "TIER_ORDER",
                format!(
                    "tiers ascend from 1 without gaps: expected {}, found {}",
                    at + 1,
                    tier.rank
                ),
                format!("档次须自 1 起逐级递增：此处应为 {}，实为 {}", at + 1, tier.rank),
            );
        }
        if tier.criteria.is_empty() {
            problems.missing(format_args!("{path}.criteria"));
        }
        let mut named_here = HashSet::new();
        for (number, criterion) in tier.criteria.iter().enumerate() {
            let path = format!("{path}.criteria[{number}]");
            if !named_here.insert(criterion.indicator.as_str()) {
                problems.add(
                    format_args!("{path}.indicator"),
                    "DUPLICATE_CRITERION",
                    format!("{} stands twice in one tier", criterion.indicator),
                    format!("指标 {} 在同一档次中重复", criterion.indicator),
                );
            }
            if let Some(bound) = self::criterion(document, &path, criterion, problems) {
                against_lower(&path, &bound, lower.get(criterion.indicator.as_str()), problems);
                lower.insert(&criterion.indicator, bound);
            }
        }
    }
}

/// What a criterion demands in plains.
struct Bound {
    comparison: Comparison,
    value: Fraction,
}

fn criterion(document: &Document, path: &str, criterion: &Criterion, problems: &mut Problems) -> Option<Bound> {
    let indicator = known_indicator(document, path, &criterion.indicator, problems)?;
    let comparison = comparison(criterion, indicator);
    if criterion.comparison.is_some_and(|given| {
        given
            != self::comparison(
                &Criterion {
                    comparison: None,
                    ..criterion.clone()
                },
                indicator,
            )
    }) {
        problems.add(
            format_args!("{path}.comparison"),
            "COMPARISON_AGAINST_DIRECTION",
            format!("the comparison contradicts the direction of {}", indicator.code),
            format!("比较方式与指标 {} 的方向相反", indicator.code),
        );
    }
    let mut terrains = Vec::new();
    for (at, other) in criterion.terrain_thresholds.iter().enumerate() {
        let path = format!("{path}.terrain_thresholds[{at}]");
        if terrains.contains(&other.terrain) {
            problems.add(
                format_args!("{path}.terrain"),
                "DUPLICATE_TERRAIN",
                "each terrain at most once",
                "同一地形只能规定一次",
            );
        }
        terrains.push(other.terrain);
        threshold(&format!("{path}.threshold"), indicator.kind, &other.threshold, problems);
    }
    let own = threshold(
        &format!("{path}.threshold"),
        indicator.kind,
        &criterion.threshold,
        problems,
    )?;
    let plain = criterion
        .terrain_thresholds
        .iter()
        .find(|other| other.terrain == Terrain::Plain);
    let value = plain.map_or(Some(own.value), |other| {
        Threshold::parse(indicator.kind, &other.threshold)
            .ok()
            .map(|threshold| threshold.value)
    })?;
    Some(Bound { comparison, value })
}

fn against_lower(path: &str, bound: &Bound, lower: Option<&Bound>, problems: &mut Problems) {
    let Some(lower) = lower else { return };
    // Reported already: one of the two goes against the indicator's direction.
    if bound.comparison != lower.comparison {
        return;
    }
    let weaker = match bound.comparison {
        Comparison::AtLeast => bound.value < lower.value,
        Comparison::AtMost => bound.value > lower.value,
    };
    if weaker {
        problems.add(
            format_args!("{path}.threshold"),
            "WEAKER_THAN_LOWER_TIER",
            "a lower tier demands more",
            "要求低于较低档次",
        );
    }
}

fn vetoes(document: &Document, problems: &mut Problems) {
    let mut seen = HashSet::new();
    for (at, veto) in document.vetoes.iter().enumerate() {
        let path = format!("vetoes[{at}]");
        named(&path, &veto.code, &veto.display_name, &mut seen, problems);
        if let Some(indicator) = known_indicator(document, &path, &veto.indicator, problems) {
            threshold(&format!("{path}.threshold"), indicator.kind, &veto.threshold, problems);
        }
        if !veto.bars_from_tier.is_empty() {
            known_tier(
                document,
                &format!("{path}.bars_from_tier"),
                &veto.bars_from_tier,
                problems,
            );
        }
    }
}

fn threshold(path: &str, kind: IndicatorKind, text: &str, problems: &mut Problems) -> Option<Threshold> {
    match Threshold::parse(kind, text) {
        Ok(threshold) => Some(threshold),
        Err(ThresholdError::Unreachable) => {
            problems.add(
                path,
                "THRESHOLD_UNREACHABLE",
                format!("{text}: a share is at most 100%"),
                format!("{text}：比率最高为 100%"),
            );
            None
        }
        Err(ThresholdError::Malformed) => {
            let (allowed, allowed_zh) = match kind {
                IndicatorKind::Ratio => ("such as `70%`, `2‰` or `1/10`", "例如 70%、2‰ 或 1/10"),
                IndicatorKind::Count => ("a whole number", "整数"),
                IndicatorKind::YesNo => ("`yes` or `no`", "yes 或 no"),
            };
            problems.add(
                path,
                "THRESHOLD_MALFORMED",
                format!("{text:?}: {allowed}"),
                format!("{text:?}：应为{allowed_zh}"),
            );
            None
        }
    }
}

pub(super) fn known_indicator<'a>(
    document: &'a Document,
    path: &str,
    code: &str,
    problems: &mut Problems,
) -> Option<&'a Indicator> {
    let found = indicator(document, code);
    if found.is_none() {
        problems.add(
            format_args!("{path}.indicator"),
            "UNKNOWN_INDICATOR",
            format!("{code:?} is no indicator of this plan"),
            format!("本方案没有指标 {code:?}"),
        );
    }
    found
}

pub(super) fn known_tier(document: &Document, path: &str, code: &str, problems: &mut Problems) -> Option<usize> {
    let found = document.tiers.iter().position(|tier| tier.code == code);
    if found.is_none() {
        problems.add(
            path,
            "UNKNOWN_TIER",
            format!("{code:?} is no tier of this plan"),
            format!("本方案没有档次 {code:?}"),
        );
    }
    found
}
