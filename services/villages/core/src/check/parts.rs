//! What an indicator says about where its figures come from and when they are doubted.

use std::collections::HashSet;

use super::named;
use crate::{
    document::{Guard, Indicator, IndicatorKind, Source, TwoLevel},
    fraction::Fraction,
    origin::Origin,
    problem::Problems,
    threshold::Threshold,
};

const MOST_ITEMS: usize = 50;

pub(super) fn check(path: &str, indicator: &Indicator, problems: &mut Problems) {
    origin(path, indicator, problems);
    if let Some(two_level) = &indicator.two_level {
        self::two_level(&format!("{path}.two_level"), indicator, two_level, problems);
    }
    if let Some(guard) = &indicator.guard {
        self::guard(&format!("{path}.guard"), indicator, guard, problems);
    }
    checklist(&format!("{path}.checklist"), indicator, problems);
}

fn origin(path: &str, indicator: &Indicator, problems: &mut Problems) {
    let found = Origin::parse(&indicator.origin);
    let system = indicator.source == Source::System;
    if system != found.is_some() || (!system && !indicator.origin.is_empty()) {
        let names = Origin::ALL.map(Origin::name).join(", ");
        problems.add(
            format_args!("{path}.origin"),
            "ORIGIN",
            format!("one of {names} where the source is SYSTEM, else empty"),
            format!("来源为 SYSTEM 时须为 {names} 之一，否则须为空"),
        );
    } else if let Some(found) = found
        && found.kind() != indicator.kind
    {
        problems.add(
            format_args!("{path}.kind"),
            "ORIGIN_KIND",
            format!("{} is counted as {:?}", found.name(), found.kind()),
            format!("{} 的计数方式应为 {:?}", found.name(), found.kind()),
        );
    }
}

fn two_level(path: &str, indicator: &Indicator, two_level: &TwoLevel, problems: &mut Problems) {
    shares_of_the_village(path, indicator, problems);
    let share = Threshold::parse(IndicatorKind::Ratio, &two_level.unit_threshold);
    if share.is_ok_and(|share| share.value > Fraction::whole(0)) {
        return;
    }
    problems.add(
        format_args!("{path}.unit_threshold"),
        "THRESHOLD_MALFORMED",
        format!("{:?}: above 0, such as `60%` or `3/5`", two_level.unit_threshold),
        format!("{:?}：应大于 0，例如 60% 或 3/5", two_level.unit_threshold),
    );
}

fn guard(path: &str, indicator: &Indicator, guard: &Guard, problems: &mut Problems) {
    if indicator.source == Source::System {
        problems.add(
            path,
            "GUARD_OF_SYSTEM",
            "figures of other services are not doubted",
            "系统采集的数据无需核查规则",
        );
    }
    if guard.max_daily_gain_count < 0 {
        let path = format!("{path}.max_daily_gain_count");
        problems.add(path, "OUT_OF_RANGE", "0 or more", "不得小于 0");
    }
    let most = if indicator.kind == IndicatorKind::Ratio {
        1_000
    } else {
        0
    };
    if !(0..=most).contains(&guard.max_daily_gain_permille) {
        problems.add(
            format_args!("{path}.max_daily_gain_permille"),
            "OUT_OF_RANGE",
            format!("0 to {most}"),
            format!("须在 0 到 {most} 之间"),
        );
    }
    let tolerance = &guard.inspection_tolerance;
    if !tolerance.is_empty() && Threshold::parse(indicator.kind, tolerance).is_err() {
        problems.add(
            format_args!("{path}.inspection_tolerance"),
            "THRESHOLD_MALFORMED",
            format!("{tolerance:?}: a share for RATIO, a whole number for COUNT, `no` for YES_NO"),
            format!("{tolerance:?}：比率写作 5%，数量写整数，是否类写 no"),
        );
    }
}

fn checklist(path: &str, indicator: &Indicator, problems: &mut Problems) {
    if indicator.checklist.is_empty() {
        return;
    }
    shares_of_the_village(path, indicator, problems);
    if indicator.two_level.is_some() {
        problems.add(
            path,
            "CHECKLIST_OF_UNITS",
            "a checklist is of the village as a whole",
            "清单指标不能按自然村统计",
        );
    }
    if indicator.checklist.len() > MOST_ITEMS {
        problems.add(path, "TOO_MANY", "at most 50 items", "清单最多 50 项");
    }
    let mut seen = HashSet::new();
    for (at, item) in indicator.checklist.iter().enumerate() {
        named(
            &format!("{path}[{at}]"),
            &item.code,
            &item.display_name,
            &mut seen,
            problems,
        );
    }
}

/// What consists of parts is a share of them, and not known elsewhere.
fn shares_of_the_village(path: &str, indicator: &Indicator, problems: &mut Problems) {
    if indicator.kind != IndicatorKind::Ratio || indicator.source == Source::System {
        problems.add(
            path,
            "PARTS_OF_A_RATIO",
            "only for RATIO and not with source SYSTEM",
            "只适用于比率指标，且来源不得为 SYSTEM",
        );
    }
}
