//! Task templates.

use std::collections::{HashMap, HashSet};

use super::{
    in_programme, named, outside_programme,
    standard::{known_indicator, known_tier},
};
use crate::{
    document::{Document, TaskTemplate},
    problem::Problems,
};

const LARGEST_GOAL: i64 = 1_000_000_000;

pub(super) fn check(document: &Document, problems: &mut Problems) {
    let mut seen = HashSet::new();
    let mut items: HashMap<(&str, &str), usize> = HashMap::new();
    for (at, template) in document.task_templates.iter().enumerate() {
        let path = format!("task_templates[{at}]");
        named(&path, &template.code, &template.display_name, &mut seen, problems);
        goal(document, &path, template, problems);
        people(&path, template, problems);
        dates(document, &path, template, problems);
        if let Some(first) = items.insert((&template.indicator, &template.tier), at) {
            let other = document.task_templates.get(first);
            if other.is_some_and(|other| other.leader_post != template.leader_post) {
                problems.add(
                    format_args!("{path}.leader_post"),
                    "TWO_LEADERS",
                    format!("task_templates[{first}] gives the same item to another leader"),
                    format!("与 task_templates[{first}] 为同一事项，却由不同责任人负责"),
                );
            } else {
                problems.add(
                    &path,
                    "DUPLICATE_ITEM",
                    format!("task_templates[{first}] is the same item"),
                    format!("与 task_templates[{first}] 为同一事项"),
                );
            }
        }
    }
}

fn goal(document: &Document, path: &str, template: &TaskTemplate, problems: &mut Problems) {
    let indicator = known_indicator(document, path, &template.indicator, problems);
    let tier = if template.tier.is_empty() {
        document.tiers.len().checked_sub(1)
    } else {
        known_tier(document, &format!("{path}.tier"), &template.tier, problems)
    };
    match template.fixed_goal {
        Some(goal) if !(1..=LARGEST_GOAL).contains(&goal) => problems.add(
            format_args!("{path}.fixed_goal_count"),
            "OUT_OF_RANGE",
            "1 to 1,000,000,000",
            "须在 1 到 1000000000 之间",
        ),
        Some(_) => {}
        None => {
            let upto = tier.map_or(&[][..], |tier| document.tiers.get(..=tier).unwrap_or_default());
            let judged = upto
                .iter()
                .any(|tier| tier.criteria.iter().any(|c| c.indicator == template.indicator));
            if indicator.is_some() && tier.is_some() && !judged {
                problems.add(
                    format_args!("{path}.indicator"),
                    "GOAL_WITHOUT_CRITERION",
                    format!(
                        "no criterion of the tier, or below it, says how much of {} is missing",
                        template.indicator
                    ),
                    format!("该档次及以下没有关于 {} 的标准，无法得出目标数", template.indicator),
                );
            }
        }
    }
    if !(0..=LARGEST_GOAL).contains(&template.daily_capacity) {
        problems.add(
            format_args!("{path}.daily_capacity_count"),
            "OUT_OF_RANGE",
            "0 to 1,000,000,000",
            "须在 0 到 1000000000 之间",
        );
    }
    let steps = &template.milestone_permille;
    if steps.iter().any(|step| !(1..1_000).contains(step)) || steps.windows(2).any(|pair| pair[0] >= pair[1]) {
        problems.add(
            format_args!("{path}.milestone_permille"),
            "MILESTONE_ORDER",
            "ascending, 1 to 999",
            "须递增，且在 1 到 999 之间",
        );
    }
}

fn people(path: &str, template: &TaskTemplate, problems: &mut Problems) {
    let Some(leader) = template.leader_post else {
        problems.missing(format_args!("{path}.leader_post"));
        return;
    };
    let mut seen = vec![leader];
    for (at, member) in template.member_posts.iter().enumerate() {
        if seen.contains(member) {
            problems.add(
                format_args!("{path}.member_posts[{at}]"),
                "POST_TWICE",
                "members are neither the leader nor named twice",
                "成员不能与责任人相同，也不能重复",
            );
        }
        seen.push(*member);
    }
}

fn dates(document: &Document, path: &str, template: &TaskTemplate, problems: &mut Problems) {
    for (field, day) in [("start_date", template.start_date), ("deadline", template.deadline)] {
        if let Some(day) = day.filter(|day| !in_programme(document, *day)) {
            outside_programme(&format!("{path}.{field}"), day, problems);
        }
    }
    if let (Some(start), Some(deadline)) = (template.start_date, template.deadline)
        && deadline < start
    {
        problems.add(
            format_args!("{path}.deadline"),
            "DEADLINE_BEFORE_START",
            format!("the deadline {deadline} lies before the first day {start}"),
            format!("完成时限 {deadline} 早于开始日期 {start}"),
        );
    }
}
