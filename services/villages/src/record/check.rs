//! Whether a figure is one that the plan asks for, in the form that it asks for.

use std::collections::BTreeSet;

use kit::error::{Error, Result};
use villages_core::{
    document::{Indicator, Source},
    origin::Origin,
};

use crate::wire::{division, measurement::Figure};

/// Length of the code of a village.
const VILLAGE: usize = 12;

/// Refuses what is known elsewhere, is counted elsewhere, or has another form; without a plan any figure of a village does.
pub fn fits(path: &str, figure: &Figure, indicator: Option<&Indicator>) -> Result<()> {
    let code = &figure.subject.division_code;
    if let Some(indicator) = indicator.filter(|indicator| indicator.source == Source::System) {
        return Err(known_elsewhere(code, indicator));
    }
    let by_units = indicator.is_some_and(|indicator| indicator.two_level.is_some());
    match (by_units, code.len() == VILLAGE) {
        (true, true) => return Err(counted_by_unit(figure)),
        (true, false) if figure.denominator.is_none() && !figure.unit_deducted => {
            return Err(Error::required(format!("{path}.denominator")));
        }
        (false, false) => {
            let rule = "a village, 12 digits: the plan in force does not count this indicator by natural villages";
            return Err(Error::invalid(format!("{path}.division"), code, rule));
        }
        _ => {}
    }
    items(path, figure, indicator)
}

fn known_elsewhere(code: &str, indicator: &Indicator) -> Error {
    let resource = Origin::parse(&indicator.origin).map_or_else(String::new, |origin| origin.resource(code));
    let (name, measured_as) = (&indicator.code, indicator.measured_as());
    Error::rule(
        "FIGURE_KNOWN",
        &resource,
        format!(
            "{name} is known and not asked for: read {resource}, or ListMeasurements with indicator = \"{measured_as}\""
        ),
        format!("指标 {name} 由系统采集，无需填报：请读取 {resource}"),
    )
}

fn counted_by_unit(figure: &Figure) -> Error {
    let village = division::name(&figure.subject.division_code);
    let indicator = &figure.subject.indicator;
    Error::rule(
        "COUNTED_BY_UNIT",
        &village,
        format!("{indicator} is counted by natural villages: record the figures of those of {village}"),
        format!("指标 {indicator} 按自然村统计，请填报 {village} 各自然村的数据"),
    )
}

/// A checklist is given whole where the plan has one, and only there.
fn items(path: &str, figure: &Figure, indicator: Option<&Indicator>) -> Result<()> {
    let asked: BTreeSet<&str> = indicator
        .iter()
        .flat_map(|indicator| &indicator.checklist)
        .map(|item| item.code.as_str())
        .collect();
    let entries = figure.checklist.iter().flat_map(|checklist| &checklist.entries);
    let given: Vec<&str> = entries.map(|entry| entry.item.as_str()).collect();
    let once: BTreeSet<&str> = given.iter().copied().collect();
    if once == asked && once.len() == given.len() {
        return Ok(());
    }
    let rule = if asked.is_empty() {
        "none: the plan in force has no checklist for this indicator".to_owned()
    } else {
        let items: Vec<&str> = asked.into_iter().collect();
        format!("every item of the plan once: {}", items.join(", "))
    };
    Err(Error::invalid(format!("{path}.checklist"), given.join(", "), rule))
}
