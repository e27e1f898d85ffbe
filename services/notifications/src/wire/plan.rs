//! Sections of plan packages: checked, stored, answered.

use std::collections::{BTreeMap, BTreeSet};

use kit::{
    dates,
    error::{Error, Result},
};
use notifications_core::definition::Definition;
use prost::Message as _;
use proto::xiangtu::notifications::v1 as pb;
use ring::digest::{SHA256, digest};

use super::{
    name::{Collection, division},
    problem::Problems,
    rule::{self, Quiet, Rule, Timetable},
    template,
};
use crate::store::plan::PlanRow;

/// A section, checked.
#[derive(Debug, Clone, Default)]
pub struct Section {
    /// Hours in which people are left alone.
    pub quiet: Option<Quiet>,
    /// Templates by id.
    pub templates: BTreeMap<String, Definition>,
    /// Which events become notices.
    pub rules: Vec<Rule>,
    /// Notices by the calendar.
    pub timetables: Vec<Timetable>,
}

/// Checks a section and tells every problem.
pub fn section(given: &pb::PlanSection, problems: &mut Problems) -> Section {
    for (name, count, most) in [
        ("templates", given.templates.len(), 200),
        ("rules", given.rules.len(), 200),
        ("timetables", given.timetables.len(), 100),
    ] {
        if count > most {
            let (message, zh) = (format!("at most {most}"), format!("最多 {most} 项"));
            problems.add(name, "TOO_MANY", &count.to_string(), &message, &zh);
        }
    }
    let mut seen = BTreeSet::new();
    let mut templates = BTreeMap::new();
    for (at, one) in given.templates.iter().enumerate() {
        rule::template_id(&format!("templates[{at}].id"), &one.id, &mut seen, problems);
        let definition = template::definition(&format!("templates[{at}]."), one, problems);
        templates.insert(one.id.clone(), definition);
    }
    let mut seen = BTreeSet::new();
    let rules = given.rules.iter().enumerate();
    let rules = rules
        .map(|(at, one)| rule::rule(at, one, &templates, &mut seen, problems))
        .collect();
    let mut seen = BTreeSet::new();
    let timetables = given.timetables.iter().enumerate();
    let timetables = timetables
        .filter_map(|(at, one)| rule::timetable(at, one, &templates, &mut seen, problems))
        .collect();
    let quiet = given
        .quiet_hours
        .as_ref()
        .and_then(|hours| rule::quiet(hours, problems));
    Section {
        quiet,
        templates,
        rules,
        timetables,
    }
}

/// The bytes of a section and their digest.
pub fn encoded(section: &pb::PlanSection) -> (Vec<u8>, Vec<u8>) {
    let bytes = section.encode_to_vec();
    let sum = digest(&SHA256, &bytes).as_ref().to_vec();
    (bytes, sum)
}

/// Reads a stored section.
pub fn stored(row: &PlanRow) -> Result<pb::PlanSection> {
    pb::PlanSection::decode(row.section.as_slice()).map_err(Error::internal)
}

/// The answer, with or without the section.
pub fn answer(row: &PlanRow, section: Option<pb::PlanSection>) -> pb::Plan {
    pb::Plan {
        name: Collection::Plans.name(row.uid),
        division: division(&row.division_code),
        version: row.version,
        effective_date: Some(dates::to_proto(row.effective_date)),
        section,
        create_time: Some(dates::timestamp(row.created_at)),
    }
}

#[cfg(test)]
mod tests;
