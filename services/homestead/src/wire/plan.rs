//! The homestead section of a plan package, read into the core with every problem at its place.

mod entitlement;
mod flatten;
mod funds;
mod tariff;

use homestead_core::{
    custody, dunning, entitlement as entitlements, portfolio, problem::Problem, tariff as tariffs, voucher, waterfall,
};
use kit::{division::Division, error::Error};
use proto::xiangtu::{
    homestead::v1::{DunningRules, PlanSection, PortfolioRules},
    plan::v1::PlanProblem,
};

use super::collection;

pub use entitlement::terrain_number;
pub use flatten::{changes, tariff_key};
pub use funds::Funds;
pub use tariff::tariff;

/// The section as the core knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Section {
    pub entitlement_rules: Vec<entitlements::Rule>,
    pub terrains: Vec<entitlements::DivisionTerrain>,
    pub tariffs: Vec<tariffs::Tariff>,
    pub dunning: Option<Dunning>,
    pub portfolio: Option<portfolio::Terms>,
    pub cash: Option<custody::Rules>,
    pub vouchers: Option<Vec<voucher::Subject>>,
    pub waterfall: Option<waterfall::Order>,
}

/// The dunning rules as the core knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Dunning {
    pub steps: Vec<dunning::Step>,
}

/// Reads a section of a plan of `division`. What cannot be read is left out of the result and reported.
pub fn section(wire: &PlanSection, division: &Division) -> (Section, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut section = Section::default();
    for (at, rule) in wire.entitlement_rules.iter().enumerate() {
        let path = format!("entitlement_rules[{at}]");
        let rule = entitlement::rule(&path, rule, division, &mut problems);
        section.entitlement_rules.push(rule);
    }
    for (at, wire) in wire.terrains.iter().enumerate() {
        let path = format!("terrains[{at}]");
        let terrain = entitlement::division_terrain(&path, wire, division, &mut problems);
        section.terrains.extend(terrain);
    }
    for (at, wire) in wire.tariffs.iter().enumerate() {
        let tariff = tariff(&format!("tariffs[{at}]"), wire, division, &mut problems);
        section.tariffs.push(tariff);
    }
    section.dunning = wire.dunning.as_ref().map(|rules| dunning_rules(rules, &mut problems));
    section.portfolio = wire.portfolio.as_ref().map(portfolio_rules);
    section.cash = wire.cash.as_ref().map(funds::cash);
    section.vouchers = wire
        .vouchers
        .as_ref()
        .map(|rules| funds::vouchers(rules, &mut problems));
    section.waterfall = wire
        .waterfall
        .as_ref()
        .map(|rules| funds::waterfall(rules, &mut problems));
    // A value that could not be read has its own problem; the rules are checked on what could.
    if problems.is_empty() {
        problems.extend(entitlements::check("entitlement_rules", &section.entitlement_rules));
        problems.extend(entitlements::check_terrains("terrains", &section.terrains));
        problems.extend(tariffs::check("tariffs", &section.tariffs));
        if let Some(rules) = &section.dunning {
            problems.extend(dunning::check("dunning", &rules.steps));
        }
        if let Some(terms) = &section.portfolio {
            problems.extend(portfolio::check("portfolio", terms));
        }
        if let Some(rules) = &section.cash {
            problems.extend(custody::check("cash", rules));
        }
        if let Some(subjects) = &section.vouchers {
            problems.extend(voucher::check("vouchers", subjects));
        }
        if let Some(order) = &section.waterfall {
            problems.extend(waterfall::check("waterfall", order));
        }
    }
    (section, problems)
}

/// A problem for the wire.
pub fn problem(problem: Problem) -> PlanProblem {
    PlanProblem {
        path: problem.path,
        reason: problem.reason.to_owned(),
        message: problem.message,
        message_zh: problem.message_zh,
    }
}

fn dunning_rules(wire: &DunningRules, problems: &mut Vec<Problem>) -> Dunning {
    let mut steps = Vec::with_capacity(wire.steps.len());
    for (at, step) in wire.steps.iter().enumerate() {
        let Some(stage) = collection::stage(step.stage) else {
            problems.push(unknown_value(format!("dunning.steps[{at}].stage")));
            continue;
        };
        steps.push(dunning::Step {
            stage,
            overdue_days: step.overdue_days,
            cooling_off_days: step.cooling_off_days,
            minimum_fen: step.minimum_fen,
        });
    }
    Dunning { steps }
}

fn portfolio_rules(wire: &PortfolioRules) -> portfolio::Terms {
    portfolio::Terms {
        max_households: wire.max_household_count.map(i64::from),
        tolerance_percent: wire.tolerance_percent,
    }
}

/// The code of a division that must lie inside the plan's; empty where it cannot be read.
fn inside(path: &str, value: &str, plan: &Division, problems: &mut Vec<Problem>) -> String {
    match Division::parse(path, value) {
        Ok(division) if plan.contains(&division) => division.into_code(),
        Ok(_) => {
            let message = format!("inside the plan's division {plan}");
            problems.push(Problem::new(
                path,
                "DIVISION_OUTSIDE",
                message,
                format!("须在方案区划 {plan} 之内"),
            ));
            String::new()
        }
        Err(error) => {
            problems.push(Problem::new(path, "DIVISION_CODE", rule(&error), "区划代码格式不正确"));
            String::new()
        }
    }
}

fn unknown_value(path: String) -> Problem {
    Problem::new(
        path,
        "UNKNOWN_VALUE",
        "one of the values of the contract",
        "取值不在规定范围内",
    )
}

fn rule(error: &Error) -> String {
    error
        .violations()
        .first()
        .map_or_else(|| error.to_string(), |violation| violation.rule.clone())
}
