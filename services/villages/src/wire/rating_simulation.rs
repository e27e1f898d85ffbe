//! Changes of a simulation: other thresholds, projects done.

use std::collections::HashSet;

use kit::{
    division::Division as Code,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{Project, ThresholdChange};
use villages_core::{
    document::IndicatorKind,
    plan::{ChangeError, Plan},
    rating::ProjectError,
    threshold::ThresholdError,
};

use super::{names, plan_choice as choice};

/// A project whose codes are resolved.
#[derive(Debug)]
pub struct Work {
    /// Code of the village.
    pub village: String,
    /// Position of the indicator.
    pub indicator: usize,
    /// Units, ≥ 1.
    pub units: i64,
}

/// The plan with other thresholds.
pub fn changed(plan: &Plan, changes: &[ThresholdChange]) -> Result<Plan> {
    let mut plan = plan.clone();
    let mut seen = HashSet::new();
    for (at, change) in changes.iter().enumerate() {
        let field = |name: &str| format!("thresholds[{at}].{name}");
        let tier = names::tier(&plan, &field("tier"), &change.tier)?;
        let indicator = names::indicator(&plan, &field("indicator"), &change.indicator)?;
        let terrain = match change.terrain {
            0 => None,
            value => Some(
                choice::terrain(value)
                    .ok_or_else(|| Error::invalid(field("terrain"), value, "unset, or one of the values of Terrain"))?,
            ),
        };
        if !seen.insert((tier, indicator, change.terrain)) {
            let rule = "each tier, indicator and terrain at most once";
            return Err(Error::invalid(format!("thresholds[{at}]"), &change.threshold, rule));
        }
        plan.set_threshold(tier, indicator, terrain, &change.threshold)
            .map_err(|error| match error {
                ChangeError::NoCriterion => {
                    let rule = format!("an indicator of which the tier {:?} has a criterion", change.tier);
                    Error::invalid(field("indicator"), &change.indicator, rule)
                }
                ChangeError::Threshold(error) => {
                    let kind = plan.indicators.get(indicator).map(|indicator| indicator.kind);
                    Error::invalid(field("threshold"), &change.threshold, allowed(kind, error))
                }
            })?;
    }
    Ok(plan)
}

fn allowed(kind: Option<IndicatorKind>, error: ThresholdError) -> &'static str {
    match (error, kind) {
        (ThresholdError::Unreachable, _) => "a share of at most 100%",
        (_, Some(IndicatorKind::Count)) => "a whole number of up to nine digits",
        (_, Some(IndicatorKind::YesNo)) => "`yes` or `no`",
        _ => "a share such as `70%`, `2‰` or `1/10`",
    }
}

/// A project, but for whether the village has such a figure.
pub fn work(plan: &Plan, division: &Code, at: usize, project: &Project) -> Result<Work> {
    let field = |name: &str| format!("projects[{at}].{name}");
    let village = names::village_in(plan, division, &field("division"), &project.division)?;
    let indicator = names::indicator(plan, &field("indicator"), &project.indicator)?;
    if !(1..=1_000_000_000).contains(&project.unit_count) {
        return Err(Error::invalid(
            field("unit_count"),
            project.unit_count,
            "1–1,000,000,000",
        ));
    }
    Ok(Work {
        village,
        indicator,
        units: project.unit_count,
    })
}

/// A project that cannot be counted.
pub fn impossible(at: usize, project: &Project, error: ProjectError) -> Error {
    let field = |name: &str| format!("projects[{at}].{name}");
    match error {
        ProjectError::NoFigure => {
            let rule = "an indicator of which the village has a figure on this day";
            Error::invalid(field("indicator"), &project.indicator, rule)
        }
        ProjectError::TooMany { most, numerator, whole } => {
            let of = whole.map(|whole| format!(" of {whole}")).unwrap_or_default();
            let rule = format!("at most {most} with the projects before: the figure is {numerator}{of}");
            Error::invalid(field("unit_count"), project.unit_count, rule)
        }
    }
}
