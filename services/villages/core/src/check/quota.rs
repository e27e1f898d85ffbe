//! Quotas: against the register, against each other, against the programme.

use std::collections::HashMap;

use super::{
    area::{count, outside_division},
    standard::known_tier,
};
use crate::{
    document::{Document, Quota},
    problem::Problems,
};

fn division<'a>(document: &'a Document, quota: &'a Quota) -> &'a str {
    if quota.division.is_empty() {
        &document.division
    } else {
        &quota.division
    }
}

pub(super) fn check(document: &Document, problems: &mut Problems) {
    let mut by_key: HashMap<(&str, i32, usize), (usize, i32)> = HashMap::new();
    for (at, quota) in document.quotas.iter().enumerate() {
        let path = format!("quotas[{at}]");
        let place = division(document, quota);
        if !place.starts_with(&document.division) {
            outside_division(&format!("{path}.division"), place, document, problems);
        }
        let (first, last) = (
            document.start_date.map(time::Date::year),
            document.end_date.map(time::Date::year),
        );
        if first.is_some_and(|year| quota.year < year) || last.is_some_and(|year| quota.year > year) {
            problems.add(
                format_args!("{path}.year"),
                "OUTSIDE_PROGRAMME",
                format!("{} is no year of the programme", quota.year),
                format!("{} 年不在方案期限内", quota.year),
            );
        }
        if !(0..=100_000).contains(&quota.village_count) {
            problems.add(
                format_args!("{path}.village_count"),
                "OUT_OF_RANGE",
                "0 to 100,000",
                "须在 0 到 100000 之间",
            );
        }
        if let Some(tier) = known_tier(document, &format!("{path}.tier"), &quota.tier, problems)
            && let Some((first, _)) = by_key.insert((place, quota.year, tier), (at, quota.village_count))
        {
            problems.add(
                &path,
                "DUPLICATE_QUOTA",
                format!("quotas[{first}] states the same tier, year and division"),
                format!("与 quotas[{first}] 的档次、年份和区划相同"),
            );
        }
    }
    let mut keys: Vec<_> = by_key.iter().map(|(key, value)| (*key, *value)).collect();
    keys.sort_unstable_by_key(|(_, (at, _))| *at);
    for ((place, year, tier), (at, villages)) in &keys {
        let lower = (0..*tier).rev().find_map(|lower| by_key.get(&(*place, *year, lower)));
        if let Some((other, _)) = lower.filter(|(_, fewer)| fewer < villages) {
            problems.add(
                format_args!("quotas[{at}].village_count"),
                "QUOTA_EXCEEDS_LOWER_TIER",
                format!(
                    "{villages} villages, but quotas[{other}] asks fewer for a lower tier, which they hold as well"
                ),
                format!("{villages} 个村，而 quotas[{other}] 对较低档次的要求更少"),
            );
        }
        parts(&keys, (place, *year, *tier), (*at, *villages), problems);
    }
}

type Entry<'a> = ((&'a str, i32, usize), (usize, i32));

/// Quotas of townships must not exceed that of their county.
fn parts(keys: &[Entry<'_>], whole: (&str, i32, usize), stated: (usize, i32), problems: &mut Problems) {
    let (place, year, tier) = whole;
    let (at, villages) = stated;
    let below = |key: &(&str, i32, usize)| {
        key.1 == year && key.2 == tier && key.0.len() > place.len() && key.0.starts_with(place)
    };
    let sum: i64 = keys
        .iter()
        .filter(|(key, _)| below(key))
        .map(|(_, (_, count))| i64::from(*count))
        .sum();
    if sum > i64::from(villages) {
        problems.add(
            format_args!("quotas[{at}].village_count"),
            "QUOTA_PARTS_EXCEED_WHOLE",
            format!("the divisions below are asked for {sum} villages, the whole for {villages}"),
            format!("下级合计 {sum} 个村，超过总数 {villages} 个"),
        );
    }
}

pub(super) fn check_register(document: &Document, villages: &[String], problems: &mut Problems) {
    for (at, quota) in document.quotas.iter().enumerate() {
        let place = division(document, quota);
        let available = count(villages, place);
        if usize::try_from(quota.village_count).is_ok_and(|asked| asked > available) {
            problems.add(
                format_args!("quotas[{at}].village_count"),
                "QUOTA_EXCEEDS_VILLAGES",
                format!(
                    "{} villages are asked for, {place} has {available}",
                    quota.village_count
                ),
                format!(
                    "要求 {} 个村，而 {place} 只有 {available} 个参评村",
                    quota.village_count
                ),
            );
        }
    }
}
