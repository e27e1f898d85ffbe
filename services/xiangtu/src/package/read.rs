//! The frame of a document: its division, its date, its sections.

use std::collections::BTreeMap;

use prost_reflect::DescriptorPool;
use serde_yaml_ng::Value;
use time::{Date, macros::format_description};

use super::{Mistake, OWNERS, Package, value};

pub(super) fn package(pool: &DescriptorPool, document: &Value) -> Result<Package, Vec<Mistake>> {
    let Value::Mapping(entries) = document else {
        return Err(vec![Mistake::new(
            "",
            "a mapping with the keys division, effective_date and one section a service",
        )]);
    };
    let mut mistakes = Vec::new();
    let mut division = None;
    let mut effective_date = None;
    let mut sections = BTreeMap::new();
    for (key, entry) in entries {
        match key.as_str() {
            Some("division") => division = entry.as_str().map(str::to_owned),
            Some("effective_date") => effective_date = entry.as_str().and_then(date),
            Some(name) => match OWNERS.into_iter().find(|owner| *owner == name) {
                Some(owner) => {
                    let descriptor = pool.get_message_by_name(&format!("xiangtu.{owner}.v1.PlanSection"));
                    let Some(descriptor) = descriptor else { continue };
                    let section = value::message(owner, entry, &descriptor, &mut mistakes);
                    sections.insert(owner, section);
                }
                None => mistakes.push(Mistake::new(
                    name,
                    format!("unknown; known are division, effective_date, {}", OWNERS.join(", ")),
                )),
            },
            None => mistakes.push(Mistake::new("", "keys are texts")),
        }
    }
    if division.is_none() {
        mistakes.push(Mistake::new("division", "required, `divisions/{code}`"));
    }
    if effective_date.is_none() {
        mistakes.push(Mistake::new("effective_date", "required, a date YYYY-MM-DD"));
    }
    match (division, effective_date) {
        (Some(division), Some(effective_date)) if mistakes.is_empty() => Ok(Package {
            division,
            effective_date,
            sections,
        }),
        _ => Err(mistakes),
    }
}

/// A calendar date `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}
