//! How waste is forecast: contract ↔ core.

use kit::{dates, division::Division};
use proto::{
    google::r#type::Date as Wire,
    xiangtu::{
        plan::v1::PlanProblem,
        sanitation::v1::{DemandNorm, MarketNorm, PeriodNorm},
    },
};
use sanitation_core::norms::{Demand, Market, Period};
use time::Date;

use crate::wire::names;

/// Reads the part; what cannot be read goes to `problems`.
pub fn read(norm: &DemandNorm, problems: &mut Vec<PlanProblem>) -> Demand {
    let market = |market: &MarketNorm| Market {
        // What is no division stays as it is, to be found a contradiction.
        division: Division::parse("division", &market.division)
            .map_or_else(|_| market.division.clone(), Division::into_code),
        lunar: market.lunar,
        days_of_ten: market.days_of_ten.iter().copied().map(i64::from).collect(),
        weekdays: market.weekdays.iter().copied().map(i64::from).collect(),
        factor_permille: market.factor_permille.into(),
    };
    let markets = norm.markets.iter().map(market).collect();
    let festivals = periods("demand.festivals", &norm.festivals, problems);
    let seasons = periods("demand.seasons", &norm.seasons, problems);
    let starts = norm.lunar_month_starts.iter().enumerate();
    let start =
        |(index, start): (usize, &Wire)| day(format!("demand.lunar_month_starts[{index}]"), Some(*start), problems);
    Demand {
        quantile_permille: norm.quantile_permille.into(),
        history_days: norm.history_days.into(),
        half_life_days: norm.half_life_days.into(),
        lag_days: norm.lag_days.into(),
        lunar_month_starts: starts.filter_map(start).collect(),
        markets,
        festivals,
        seasons,
    }
}

fn periods(path: &str, norms: &[PeriodNorm], problems: &mut Vec<PlanProblem>) -> Vec<Period> {
    let mut read = Vec::new();
    for (index, norm) in norms.iter().enumerate() {
        let from = day(format!("{path}[{index}].from_date"), norm.from_date, problems);
        let to = day(format!("{path}[{index}].to_date"), norm.to_date, problems);
        if let (Some(from), Some(to)) = (from, to) {
            read.push(Period {
                name: norm.display_name.clone(),
                from,
                to,
                factor_permille: norm.factor_permille.into(),
            });
        }
    }
    read
}

pub(super) fn day(path: String, date: Option<Wire>, problems: &mut Vec<PlanProblem>) -> Option<Date> {
    let read = dates::required("date", date).ok();
    if read.is_none() {
        problems.push(PlanProblem {
            path,
            reason: "BAD_DATE".to_owned(),
            message: "a full, existing date".to_owned(),
            message_zh: "应为完整且存在的日期".to_owned(),
        });
    }
    read
}

/// Writes the part in full.
pub fn write(norms: &Demand) -> DemandNorm {
    let whole = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    let period = |period: &Period| PeriodNorm {
        display_name: period.name.clone(),
        from_date: Some(dates::to_proto(period.from)),
        to_date: Some(dates::to_proto(period.to)),
        factor_permille: whole(period.factor_permille),
    };
    let market = |market: &Market| MarketNorm {
        division: names::division(&market.division),
        lunar: market.lunar,
        days_of_ten: market.days_of_ten.iter().copied().map(whole).collect(),
        weekdays: market.weekdays.iter().copied().map(whole).collect(),
        factor_permille: whole(market.factor_permille),
    };
    DemandNorm {
        quantile_permille: whole(norms.quantile_permille),
        history_days: whole(norms.history_days),
        half_life_days: whole(norms.half_life_days),
        lag_days: whole(norms.lag_days),
        markets: norms.markets.iter().map(market).collect(),
        festivals: norms.festivals.iter().map(period).collect(),
        seasons: norms.seasons.iter().map(period).collect(),
        lunar_month_starts: norms.lunar_month_starts.iter().copied().map(dates::to_proto).collect(),
    }
}
