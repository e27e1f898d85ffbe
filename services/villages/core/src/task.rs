//! Tasks from templates: what is left to do in a village, and until when.

use time::Date;

use crate::{
    document::TaskTemplate,
    plan::Plan,
    rating::{Facts, missing},
};

/// What a village needs of a work item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// So many units.
    Goal(i64),
    /// Nothing: the standard is met, or asks nothing of this village.
    Nothing,
    /// No figure says how much.
    NoFigure,
    /// The village is in no batch and the template names no tier.
    NoTarget,
}

/// What is left to do of a template in a village: the missing amount of the tier and of every lower one.
pub fn need(plan: &Plan, template: &TaskTemplate, village: &str, facts: &Facts) -> Need {
    if let Some(goal) = template.fixed_goal {
        return Need::Goal(goal);
    }
    let target = if template.tier.is_empty() {
        plan.batch(village).map(|batch| batch.target)
    } else {
        plan.tier(&template.tier)
    };
    let (Some(target), Some(indicator)) = (target, plan.indicator(&template.indicator)) else {
        return Need::NoTarget;
    };
    let mut most = 0;
    let upto = plan.tiers.iter().take(target + 1);
    for criterion in upto
        .flat_map(|tier| &tier.criteria)
        .filter(|criterion| criterion.indicator == indicator)
    {
        match missing(plan, criterion, village, facts) {
            Some(units) => most = most.max(units),
            None => return Need::NoFigure,
        }
    }
    if most > 0 { Need::Goal(most) } else { Need::Nothing }
}

/// Units that a task of the template would ask of a village if it were made on `made`; none if there would be no task.
pub fn wanted(plan: &Plan, template: &TaskTemplate, village: &str, facts: &Facts, made: Date) -> Option<i64> {
    let (_, deadline) = span(plan, template, village, made);
    match need(plan, template, village, facts) {
        Need::Goal(goal) if deadline >= made => Some(goal),
        _ => None,
    }
}

/// First and last day of a task that is made on `made`.
pub fn span(plan: &Plan, template: &TaskTemplate, village: &str, made: Date) -> (Date, Date) {
    let start = template.start_date.unwrap_or(plan.start).max(made);
    let acceptance = || plan.batch(village).map(|batch| batch.acceptance);
    (start, template.deadline.or_else(acceptance).unwrap_or(plan.end))
}
