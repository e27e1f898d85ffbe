//! Selections on the wire.

use std::collections::HashSet;

use kit::{
    division::{Division as Code, Level},
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    BarredVillage, SelectVillagesForTierRequest, SelectVillagesForTierResponse, SelectedItem, SelectedVillage,
    SelectionBar, SelectionOutcome,
};
use villages_core::{
    effort::{Bar, Effort, UnitCost},
    plan::Plan,
    selection::Selection,
};

use super::{division, names};

/// Limits of a request, in the units of the answer; `None` is without limit.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Money, in fen.
    pub budget: Option<i64>,
    /// Work, in thousandths of a crew day.
    pub crew_days_milli: Option<i64>,
}

/// Why a village is no candidate.
#[derive(Debug)]
pub enum Barred {
    /// The request excludes it.
    Excluded,
    /// It cannot be told what it takes, or the tier is barred.
    Effort(Bar),
}

/// The division, a county or township.
pub fn place(request: &SelectVillagesForTierRequest) -> Result<Code> {
    let code = Code::parse("division", &request.division)?;
    if matches!(code.level(), Level::County | Level::Township) {
        Ok(code)
    } else {
        let rule = "a county (6 digits) or a township (9 digits)";
        Err(Error::invalid("division", &request.division, rule))
    }
}

/// The limits, checked together with all that needs no plan.
pub fn limits(request: &SelectVillagesForTierRequest) -> Result<Limits> {
    names::at_most("excluded_divisions", &request.excluded_divisions, 10_000)?;
    if let Some(count) = request.village_count.filter(|count| !(1..=100_000).contains(count)) {
        return Err(Error::invalid("village_count", count, "1–100,000, or unset"));
    }
    if request.budget_fen < 0 {
        return Err(Error::invalid("budget_fen", request.budget_fen, "0 or more"));
    }
    if !(0..=1_000_000_000).contains(&request.crew_days) {
        return Err(Error::invalid("crew_days", request.crew_days, "0–1,000,000,000"));
    }
    let given = |limit: i64| Some(limit).filter(|limit| *limit > 0);
    Ok(Limits {
        budget: given(request.budget_fen),
        crew_days_milli: given(request.crew_days * 1_000),
    })
}

/// The year of the quotas, `0` for that of the day.
pub fn year(plan: &Plan, asked: i32, today: i32) -> Result<i32> {
    let (first, last) = (plan.start.year(), plan.end.year());
    let year = if asked == 0 { today } else { asked };
    if (first..=last).contains(&year) {
        Ok(year)
    } else {
        Err(Error::invalid(
            "year",
            asked,
            format!("a year of the programme, {first}–{last}"),
        ))
    }
}

/// Costs by position of the indicator.
pub fn costs(plan: &Plan, request: &SelectVillagesForTierRequest) -> Result<Vec<Option<UnitCost>>> {
    let mut costs = vec![None; plan.indicators.len()];
    for (at, given) in request.unit_costs.iter().enumerate() {
        let field = |name: &str| format!("unit_costs[{at}].{name}");
        let indicator = names::indicator(plan, &field("indicator"), &given.indicator)?;
        let (cost_fen, crew_days_milli) = (given.unit_cost_fen, given.unit_crew_days_milli);
        if !(0..=1_000_000_000_000).contains(&cost_fen) {
            return Err(Error::invalid(field("unit_cost_fen"), cost_fen, "0–1,000,000,000,000"));
        }
        if !(0..=1_000_000_000).contains(&crew_days_milli) {
            let rule = "0–1,000,000,000";
            return Err(Error::invalid(field("unit_crew_days_milli"), crew_days_milli, rule));
        }
        let cost = UnitCost {
            cost_fen,
            crew_days_milli,
        };
        let before = costs.get_mut(indicator).and_then(|slot| slot.replace(cost));
        if before.is_some() {
            return Err(Error::invalid(
                field("indicator"),
                &given.indicator,
                "each indicator at most once",
            ));
        }
    }
    Ok(costs)
}

/// Codes of the villages not to be chosen.
pub fn excluded(plan: &Plan, division: &Code, request: &SelectVillagesForTierRequest) -> Result<HashSet<String>> {
    let names = request.excluded_divisions.iter().enumerate();
    names
        .map(|(at, name)| names::village_in(plan, division, &format!("excluded_divisions[{at}]"), name))
        .collect()
}

/// How the selection ended, with all amounts.
pub fn conclude(response: &mut SelectVillagesForTierResponse, selection: Option<&Selection>, limits: Limits) {
    let Some(selection) = selection else {
        response.outcome = SelectionOutcome::TooFewCandidates.into();
        return;
    };
    response.cheapest_cost_fen = Some(amount(selection.cheapest_cost));
    response.fewest_crew_days_milli = Some(amount(selection.fewest_crew_days));
    response.cost_lower_bound_fen = selection.lower_bound.map(amount);
    response.proven_optimal = selection.proven();
    let over = |cost: i128, limit: Option<i64>| limit.map_or(0, |limit| (cost - i128::from(limit)).max(0));
    let cost = selection
        .best
        .as_ref()
        .map_or(selection.cheapest_cost, |best| best.cost);
    let too_dear = over(cost, limits.budget);
    response.budget_missing_fen = amount(too_dear);
    response.crew_days_missing_milli = amount(over(selection.fewest_crew_days, limits.crew_days_milli));
    let outcome = match (&selection.best, selection.lower_bound) {
        (Some(best), _) if too_dear == 0 => {
            response.cost_fen = amount(best.cost);
            response.crew_days_milli = amount(best.crew_days);
            SelectionOutcome::Filled
        }
        (Some(_), Some(bound)) if over(bound, limits.budget) == 0 => SelectionOutcome::Undecided,
        (Some(_), _) => SelectionOutcome::BudgetShort,
        (None, _) => SelectionOutcome::CrewDaysShort,
    };
    response.outcome = outcome.into();
}

/// Sums over a county fit; see the limits of the core.
fn amount(sum: i128) -> i64 {
    i64::try_from(sum).unwrap_or(i64::MAX)
}

/// A chosen village.
pub fn selected(plan: &Plan, village: &str, display_name: &str, tier: &str, effort: &Effort) -> SelectedVillage {
    let items = effort.items.iter().filter_map(|item| {
        let indicator = plan.indicators.get(item.indicator)?;
        Some(SelectedItem {
            indicator: indicator.code.clone(),
            display_name: indicator.display_name.clone(),
            unit_count: item.units,
            unit: indicator.unit.clone(),
            cost_fen: item.cost_fen,
            crew_days_milli: item.crew_days_milli,
        })
    });
    SelectedVillage {
        division: division::name(village),
        display_name: display_name.to_owned(),
        tier: tier.to_owned(),
        cost_fen: effort.cost_fen,
        crew_days_milli: effort.crew_days_milli,
        items: items.collect(),
    }
}

/// A village that is no candidate.
pub fn barred(plan: &Plan, village: &str, display_name: &str, barred: &Barred) -> BarredVillage {
    let indicators = |at: &[usize]| -> Vec<String> {
        let known = at.iter().filter_map(|at| plan.indicators.get(*at));
        known.map(|indicator| indicator.code.clone()).collect()
    };
    let (reason, codes) = match barred {
        Barred::Excluded => (SelectionBar::Excluded, Vec::new()),
        Barred::Effort(Bar::Veto(at)) => {
            let vetoes = at.iter().filter_map(|at| plan.vetoes.get(*at));
            (SelectionBar::Veto, vetoes.map(|veto| veto.code.clone()).collect())
        }
        Barred::Effort(Bar::NoFigure(at)) => (SelectionBar::NoFigure, indicators(at)),
        Barred::Effort(Bar::NoUnitCost(at)) => (SelectionBar::NoUnitCost, indicators(at)),
        Barred::Effort(Bar::BeyondMeasure(at)) => (SelectionBar::BeyondMeasure, indicators(at)),
    };
    BarredVillage {
        division: division::name(village),
        display_name: display_name.to_owned(),
        reason: reason.into(),
        codes,
    }
}
