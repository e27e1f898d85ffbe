//! The accountability ladder and the policy switches.

use std::collections::{BTreeMap, HashSet};

use super::named;
use crate::{
    document::{Document, LadderStep, Measure, Trigger},
    problem::Problems,
};

pub(super) fn check(document: &Document, problems: &mut Problems) {
    let mut seen = HashSet::new();
    let mut by_trigger: BTreeMap<Trigger, BTreeMap<i32, usize>> = BTreeMap::new();
    for (at, step) in document.ladder.iter().enumerate() {
        let path = format!("ladder.steps[{at}]");
        named(&path, &step.code, &step.display_name, &mut seen, problems);
        terms(&path, step, problems);
        if let Some(first) = by_trigger.entry(step.trigger).or_default().insert(step.occurrence, at) {
            problems.add(
                format_args!("{path}.occurrence"),
                "LADDER_STEP_TWICE",
                format!("ladder.steps[{first}] answers the same occurrence"),
                format!("ladder.steps[{first}] 已规定同一次数"),
            );
        }
    }
    for steps in by_trigger.values() {
        for (expected, (occurrence, at)) in (1..).zip(steps) {
            if *occurrence != expected {
                problems.add(
                    format_args!("ladder.steps[{at}].occurrence"),
                    "LADDER_GAP",
                    format!("no step answers occurrence {expected}"),
                    format!("第 {expected} 次没有相应的处理"),
                );
                break;
            }
        }
    }
    if !(0..=30).contains(&document.policy.late_after_days) {
        problems.add("policy.late_after_days", "OUT_OF_RANGE", "0 to 30", "须在 0 到 30 之间");
    }
    if !(1..=60).contains(&document.policy.explanation_days) {
        problems.add(
            "policy.explanation_days",
            "OUT_OF_RANGE",
            "1 to 60",
            "须在 1 到 60 之间",
        );
    }
}

fn terms(path: &str, step: &LadderStep, problems: &mut Problems) {
    if step.approval_post.is_none() {
        problems.missing(format_args!("{path}.approval_post"));
    }
    let suspended = if step.measure == Measure::Suspension {
        1..=365
    } else {
        0..=0
    };
    let mut range = |field: &str, holds: bool, allowed: &str, allowed_zh: &str| {
        if !holds {
            problems.add(format_args!("{path}.{field}"), "OUT_OF_RANGE", allowed, allowed_zh);
        }
    };
    range(
        "suspension_days",
        suspended.contains(&step.suspension_days),
        "1 to 365 for a suspension, else 0",
        "停职须为 1 到 365 天，其他为 0",
    );
    range(
        "deduction_fen",
        step.deduction_fen == 0 || (step.deduction_fen > 0 && step.measure == Measure::PayDeduction),
        "0 or more for a deduction of pay, else 0",
        "扣发绩效须不小于 0，其他为 0",
    );
    range(
        "defence_days",
        (1..=60).contains(&step.defence_days),
        "1 to 60",
        "申辩期须在 1 到 60 天之间",
    );
}
