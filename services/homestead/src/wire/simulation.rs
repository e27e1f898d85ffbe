//! Proposed tariffs, and what they would change.

use homestead_core::{
    problem::Problem,
    tariff::{
        Tariff, check_terms,
        simulate::{Increase, Outcome, Shift, Totals, Village},
    },
};
use kit::{
    dates,
    division::Division,
    error::{Error, Result, Violation},
};
use proto::xiangtu::homestead::v1::{
    FeeIncrease, FeeShift, FeeTotals, FeeVillage, SimulateTariffResponse, Tariff as Wire,
};
use time::Date;

use super::{names, plan};

/// Digits of a county.
const COUNTY: usize = 6;

/// Reads a tariff proposed for `division` in the year from `first` to before `until`, with every contradiction at once.
pub fn proposed(wire: &Wire, division: &Division, first: Date, until: Date) -> Result<Tariff> {
    let mut wire = wire.clone();
    if wire.division.is_empty() {
        wire.division = division.name();
    }
    if wire.effective_date.is_none() {
        wire.effective_date = Some(dates::to_proto(first));
    }
    let county = Division::parse("division", division.code().get(..COUNTY).unwrap_or_default())?;
    let mut problems = Vec::new();
    let tariff = plan::tariff("tariff", &wire, &county, &mut problems);
    if problems.is_empty() {
        let code = division.code();
        if !code.starts_with(&tariff.division) && !tariff.division.starts_with(code) {
            problems.push(Problem::new(
                "tariff.division",
                "DIVISION_OUTSIDE",
                format!("{division}, above it or inside it"),
                format!("须为 {division}、其上级或其下级"),
            ));
        }
        if tariff.effective_on >= until {
            problems.push(Problem::new(
                "tariff.effective_date",
                "DATE",
                format!("before {until}, the end of the year asked for"),
                "生效日期须早于测算年度结束",
            ));
        }
        problems.extend(check_terms("tariff", &tariff));
    }
    if problems.is_empty() {
        return Ok(tariff);
    }
    let violation = |problem: Problem| Violation::new(problem.path, problem.reason, problem.message);
    Err(Error::invalid_many(problems.into_iter().map(violation).collect()))
}

/// What would change, for the wire.
pub fn response(outcome: Outcome, disputed: i64) -> SimulateTariffResponse {
    SimulateTariffResponse {
        household_count: outcome.households,
        disputed_count: disputed,
        now: Some(totals(outcome.now)),
        then: Some(totals(outcome.then)),
        winners: Some(shift(outcome.winners)),
        losers: Some(shift(outcome.losers)),
        unchanged_count: outcome.unchanged,
        largest_increases: outcome.increases.into_iter().map(increase).collect(),
        villages: outcome.villages.into_iter().map(village).collect(),
        village_count: outcome.village_count,
    }
}

fn totals(totals: Totals) -> FeeTotals {
    FeeTotals {
        charged_count: totals.charged,
        gross_fen: totals.gross_fen,
        relief_fen: totals.relief_fen,
        net_fen: totals.gross_fen - totals.relief_fen,
        recovered_dm2: totals.recovered_dm2,
        decile_fen: totals.deciles_fen,
    }
}

fn shift(shift: Shift) -> FeeShift {
    FeeShift {
        household_count: shift.households,
        amount_fen: shift.amount_fen,
    }
}

fn increase(increase: Increase) -> FeeIncrease {
    FeeIncrease {
        household: names::of("households", increase.id),
        division: names::of("divisions", increase.village),
        over_occupied_dm2: increase.over_dm2,
        now_fen: increase.now_fen,
        then_fen: increase.then_fen,
    }
}

fn village(village: Village) -> FeeVillage {
    FeeVillage {
        division: names::of("divisions", village.code),
        household_count: village.households,
        now_charged_count: village.charged.0,
        then_charged_count: village.charged.1,
        now_net_fen: village.net_fen.0,
        then_net_fen: village.net_fen.1,
    }
}
