//! Inspections on the wire.

use kit::{
    dates,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    Acceptance, IndicatorKind, InspectionDraw, InspectionFinding, InspectionItem, InspectionRecord, InspectionUnit,
};
use time::Date;
use villages_core::{document, plan::Plan};

/// The latest sample of an acceptance with those who inspect it now, and the day on which it was drawn.
pub fn latest_draw(acceptance: &Acceptance) -> Option<(InspectionDraw, Option<Date>)> {
    let at = acceptance.entries.iter().rposition(|entry| entry.draw.is_some())?;
    let (drawn, later) = acceptance.entries.get(at..)?.split_first()?;
    let day = dates::from_proto("entry_date", drawn.entry_date).ok().flatten();
    let mut draw = drawn.draw.clone()?;
    for replacement in later.iter().filter_map(|entry| entry.replacement.as_ref()) {
        let moved = |unit: &&mut InspectionUnit| replacement.unit_numbers.contains(&unit.number);
        for unit in draw.units.iter_mut().filter(moved) {
            unit.inspector.clone_from(&replacement.successor);
        }
    }
    Some((draw, day))
}

/// A record as it was kept.
pub fn record(content: &[u8]) -> Result<InspectionRecord> {
    InspectionRecord::decode(content).map_err(Error::internal)
}

/// What is to be inspected, in the order of the claims: nothing of what is claimed.
pub fn items(plan: &Plan, acceptance: &Acceptance) -> Vec<InspectionItem> {
    let mut items: Vec<InspectionItem> = Vec::new();
    for claim in &acceptance.claims {
        if items.iter().any(|item| item.indicator == claim.indicator) {
            continue;
        }
        items.push(InspectionItem {
            indicator: claim.indicator.clone(),
            display_name: claim.display_name.clone(),
            unit: claim.unit.clone(),
            kind: kind(plan, &claim.indicator).into(),
            by_household: claim.by_household,
        });
    }
    items
}

fn kind(plan: &Plan, indicator: &str) -> IndicatorKind {
    let indicator = plan.indicator(indicator).and_then(|at| plan.indicators.get(at));
    match indicator.map(|indicator| indicator.kind) {
        Some(document::IndicatorKind::Ratio) => IndicatorKind::Ratio,
        Some(document::IndicatorKind::Count) => IndicatorKind::Count,
        Some(document::IndicatorKind::YesNo) => IndicatorKind::YesNo,
        None => IndicatorKind::Unspecified,
    }
}

/// Checks what was found at a unit: one finding for each of its indicators, in the form that it asks for. A household that could
/// not be inspected has none.
pub fn findings(plan: &Plan, unit: &InspectionUnit, given: &[InspectionFinding], unreachable: bool) -> Result<()> {
    if unreachable {
        return match (unit.household.is_empty(), given) {
            (true, _) => Err(Error::invalid("unreachable", true, "false: the unit is no household")),
            (false, []) => Ok(()),
            (false, _) => Err(Error::invalid(
                "findings",
                given.len(),
                "none of a household that is unreachable",
            )),
        };
    }
    for (at, finding) in given.iter().enumerate() {
        let field = |name: &str| format!("findings[{at}].{name}");
        let code = &finding.indicator;
        let twice = given.iter().take(at).any(|other| other.indicator == *code);
        if twice || !unit.indicators.contains(code) {
            let rule = format!("each once of {}", unit.indicators.join(", "));
            return Err(Error::invalid(field("indicator"), code, rule));
        }
        let is_choice = !unit.household.is_empty() || kind(plan, code) == IndicatorKind::YesNo;
        let most = if is_choice { 1 } else { i64::from(u32::MAX) };
        let is_ratio = unit.household.is_empty() && kind(plan, code) == IndicatorKind::Ratio;
        match finding.denominator {
            None if is_ratio => return Err(Error::required(field("denominator"))),
            Some(denominator) if !is_ratio => {
                let rule = "unset: only a ratio at the village as a whole has one";
                return Err(Error::invalid(field("denominator"), denominator, rule));
            }
            Some(denominator) if !(1..=most).contains(&denominator) => {
                return Err(Error::invalid(
                    field("denominator"),
                    denominator,
                    format!("1 to {most}"),
                ));
            }
            _ => {}
        }
        let most = finding.denominator.unwrap_or(most);
        if !(0..=most).contains(&finding.numerator) {
            return Err(Error::invalid(
                field("numerator"),
                finding.numerator,
                format!("0 to {most}"),
            ));
        }
    }
    let left: Vec<&str> = unit
        .indicators
        .iter()
        .filter(|code| !given.iter().any(|finding| finding.indicator == **code))
        .map(String::as_str)
        .collect();
    if left.is_empty() {
        Ok(())
    } else {
        Err(Error::invalid(
            "findings",
            format!("{} of them", given.len()),
            format!("one for {} too", left.join(", ")),
        ))
    }
}
