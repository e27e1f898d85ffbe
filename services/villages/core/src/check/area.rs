//! Parts of the county: terrains and batches.

use std::collections::{BTreeMap, HashSet};

use super::{in_programme, named, outside_programme, standard::known_tier};
use crate::{
    document::{Document, Terrain},
    problem::Problems,
};

pub(super) fn check_terrains(document: &Document, problems: &mut Problems) {
    let mut claimed = BTreeMap::new();
    for (at, area) in document.terrains.iter().enumerate() {
        let path = format!("terrains[{at}]");
        if area.terrain == Terrain::Plain {
            problems.add(
                format_args!("{path}.terrain"),
                "TERRAIN",
                "HILLS or MOUNTAIN; all others lie in plains",
                "只列丘陵或山区，其余为平原",
            );
        }
        divisions(document, &path, &area.divisions, &mut claimed, problems);
    }
}

pub(super) fn check_batches(document: &Document, problems: &mut Problems) {
    let mut seen = HashSet::new();
    let mut claimed = BTreeMap::new();
    let mut open: Option<usize> = None;
    for (at, batch) in document.batches.iter().enumerate() {
        let path = format!("batches[{at}]");
        named(&path, &batch.code, &batch.display_name, &mut seen, problems);
        known_tier(document, &format!("{path}.target_tier"), &batch.target_tier, problems);
        match batch.acceptance_date {
            None => problems.missing(format_args!("{path}.acceptance_date")),
            Some(day) if !in_programme(document, day) => {
                outside_programme(&format!("{path}.acceptance_date"), day, problems);
            }
            Some(_) => {}
        }
        if batch.divisions.is_empty()
            && let Some(first) = open.replace(at)
        {
            problems.add(
                format_args!("{path}.divisions"),
                "TWO_OPEN_BATCHES",
                format!("batches[{first}] already takes all the rest"),
                format!("batches[{first}] 已包含其余全部村"),
            );
        }
        divisions(document, &path, &batch.divisions, &mut claimed, problems);
    }
}

/// Checks codes of divisions of one list element; `claimed` maps codes to the element that names them.
fn divisions(
    document: &Document,
    path: &str,
    codes: &[String],
    claimed: &mut BTreeMap<String, String>,
    problems: &mut Problems,
) {
    for (at, code) in codes.iter().enumerate() {
        let path = format!("{path}.divisions[{at}]");
        if !code.starts_with(&document.division) {
            outside_division(&path, code, document, problems);
            continue;
        }
        let above = (1..=code.len()).find_map(|end| claimed.get(code.get(..end)?));
        let below = || {
            claimed
                .range(code.clone()..)
                .next()
                .filter(|(other, _)| other.starts_with(code.as_str()))
        };
        if let Some(other) = above.or_else(|| below().map(|(_, other)| other)) {
            problems.add(
                &path,
                "NAMED_TWICE",
                format!("{code} is named by {other} too"),
                format!("{code} 已列入 {other}"),
            );
        }
        claimed.insert(code.clone(), path);
    }
}

pub(super) fn outside_division(path: &str, code: &str, document: &Document, problems: &mut Problems) {
    problems.add(
        path,
        "OUTSIDE_DIVISION",
        format!("{code} does not lie in {}", document.division),
        format!("{code} 不属于 {}", document.division),
    );
}

pub(super) fn check_register(document: &Document, villages: &[String], problems: &mut Problems) {
    let batches = document
        .batches
        .iter()
        .enumerate()
        .map(|(at, batch)| (format!("batches[{at}]"), &batch.divisions));
    let terrains = document
        .terrains
        .iter()
        .enumerate()
        .map(|(at, area)| (format!("terrains[{at}]"), &area.divisions));
    for (path, codes) in terrains.chain(batches) {
        for (at, code) in codes.iter().enumerate() {
            if count(villages, code) == 0 && code.starts_with(&document.division) {
                problems.add(
                    format_args!("{path}.divisions[{at}]"),
                    "UNKNOWN_DIVISION",
                    format!("{code} has no rated village in the register"),
                    format!("登记册中 {code} 没有参评村"),
                );
            }
        }
    }
}

/// How many villages lie in a division; the codes ascend.
pub(super) fn count(villages: &[String], division: &str) -> usize {
    let from = villages.partition_point(|code| code.as_str() < division);
    villages
        .iter()
        .skip(from)
        .take_while(|code| code.starts_with(division))
        .count()
}
