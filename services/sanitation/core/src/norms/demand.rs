//! How waste is forecast, and the days on which more or less of it falls.

use serde::{Deserialize, Serialize};
use time::{Date, Duration};

use super::check::Found;

/// How waste is forecast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Demand {
    /// Quantile of a point's load that routes are planned for, per mille. The sum over a trip varies less than a single
    /// point: with six villages on a trip and independent days, 700 makes about nine trips of ten fit.
    pub quantile_permille: i64,
    /// Days of weighings that are looked at. Levels follow the last weeks; factors of periods need the year before.
    pub history_days: i64,
    /// After as many days a weighing counts half.
    pub half_life_days: i64,
    /// Days between the fall of waste and the collection that brings it: 1 where collected before noon.
    pub lag_days: i64,
    /// Market days (赶集).
    pub markets: Vec<Market>,
    /// Festivals with people who return (返乡) or leave.
    pub festivals: Vec<Period>,
    /// Seasons of field work, such as the wheat harvest (麦收).
    pub seasons: Vec<Period>,
    /// First days of lunar months (初一), without gaps. Outside of them a lunar market is not known.
    pub lunar_month_starts: Vec<Date>,
}

/// A market that recurs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// Code of the township or village that it is held in.
    pub division: String,
    /// `days_of_ten` are counted in the lunar month.
    pub lunar: bool,
    /// Last digits of the days of the month on which it is held, 0–9: `[2, 5, 8]` are the 2nd, 5th, 8th, 12th …
    pub days_of_ten: Vec<i64>,
    /// Weekdays on which it is held, 1 (Monday) to 7.
    pub weekdays: Vec<i64>,
    /// Waste of such a day over that of another, per mille; what is believed before weighings tell.
    pub factor_permille: i64,
}

/// Days on which waste differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Name in Chinese; periods of one name learn from each other.
    pub name: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Waste of such a day over that of another, per mille; what is believed before weighings tell.
    pub factor_permille: i64,
}

impl Default for Demand {
    fn default() -> Self {
        Self {
            quantile_permille: 700,
            history_days: 400,
            half_life_days: 28,
            lag_days: 1,
            markets: Vec::new(),
            festivals: Vec::new(),
            seasons: Vec::new(),
            lunar_month_starts: Vec::new(),
        }
    }
}

impl Demand {
    /// Adds every contradiction.
    pub(super) fn check(&self, division: &str, found: &mut Found) {
        found.range("demand.quantile_permille", self.quantile_permille, 500, 950);
        found.range("demand.history_days", self.history_days, 14, 1_100);
        found.range("demand.half_life_days", self.half_life_days, 7, 365);
        found.range("demand.lag_days", self.lag_days, 0, 1);
        for (index, market) in self.markets.iter().enumerate() {
            self.market(&format!("demand.markets[{index}]"), market, division, found);
        }
        periods("demand.festivals", &self.festivals, found);
        periods("demand.seasons", &self.seasons, found);
        for (index, pair) in self.lunar_month_starts.windows(2).enumerate() {
            let days = (pair[1] - pair[0]).whole_days();
            if !(29..=30).contains(&days) {
                let path = format!("demand.lunar_month_starts[{}]", index + 1);
                let message = format!("{days} days after the month before; a lunar month has 29 or 30");
                let message_zh = format!("距上月初一 {days} 天，农历月应为 29 或 30 天");
                found.push(&path, "WRONG_LENGTH", &message, &message_zh);
            }
        }
    }

    fn market(&self, path: &str, market: &Market, division: &str, found: &mut Found) {
        let digits = market.division.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || !matches!(market.division.len(), 9 | 12) {
            let path = format!("{path}.division");
            found.push(&path, "BAD_CODE", "a township or village", "应为乡级或村级行政区划");
        } else if !market.division.starts_with(division) {
            let path = format!("{path}.division");
            let message = format!("{} is not inside {division}, which the plan is for", market.division);
            let message_zh = format!("{} 不在方案所属的 {division} 范围内", market.division);
            found.push(&path, "OUTSIDE", &message, &message_zh);
        }
        if market.days_of_ten.is_empty() && market.weekdays.is_empty() {
            found.push(path, "NO_DAY", "a day of ten or a weekday", "应有逢集日或星期");
        }
        if market.lunar && self.lunar_month_starts.is_empty() {
            let path = format!("{path}.lunar");
            found.push(
                &path,
                "NO_LUNAR_MONTHS",
                "first days of lunar months",
                "缺少农历各月初一",
            );
        }
        for (name, days, low, high) in [
            ("days_of_ten", &market.days_of_ten, 0, 9),
            ("weekdays", &market.weekdays, 1, 7),
        ] {
            for (at, day) in days.iter().enumerate() {
                let path = format!("{path}.{name}[{at}]");
                found.range(&path, *day, low, high);
                if days[..at].contains(day) {
                    found.push(&path, "DUPLICATE", "each day once", "每个日子只列一次");
                }
            }
        }
        found.range(&format!("{path}.factor_permille"), market.factor_permille, 200, 5_000);
    }
}

fn periods(path: &str, periods: &[Period], found: &mut Found) {
    for (index, period) in periods.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let length = period.name.chars().count();
        if !(1..=40).contains(&length) {
            let path = format!("{path}.display_name");
            found.push(&path, "OUT_OF_RANGE", "1 to 40 characters", "应为 1 到 40 个字");
        }
        if period.to < period.from || period.to - period.from > Duration::days(92) {
            let path = format!("{path}.to_date");
            found.push(
                &path,
                "WRONG_ORDER",
                "0 to 92 days after `from`",
                "应在 from 之后 0 到 92 天",
            );
        }
        found.range(&format!("{path}.factor_permille"), period.factor_permille, 100, 10_000);
        let overlaps = |other: &&Period| other.from <= period.to && period.from <= other.to;
        if let Some(other) = periods[..index].iter().find(overlaps) {
            let message = format!("overlaps {} from {}", other.name, other.from);
            let message_zh = format!("与自 {} 起的{}重叠", other.from, other.name);
            found.push(&path, "OVERLAP", &message, &message_zh);
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::norms::Norms;

    #[test]
    fn every_contradiction_is_named() {
        let market = |division: &str, lunar, days_of_ten: &[i64]| Market {
            division: division.to_owned(),
            lunar,
            days_of_ten: days_of_ten.to_vec(),
            weekdays: Vec::new(),
            factor_permille: 1_200,
        };
        let period = |name: &str, from, to| Period {
            name: name.to_owned(),
            from,
            to,
            factor_permille: 1_500,
        };
        let contradictions = |demand| {
            let norms = Norms {
                demand,
                ..Norms::default()
            };
            norms.contradictions("410225")
        };
        let demand = Demand {
            quantile_permille: 499,
            markets: vec![
                market("410225108", false, &[2, 5, 8]),
                market("410225", true, &[]),
                market("410225108", false, &[2, 10, 2]),
                market("410226108", false, &[3]),
            ],
            festivals: vec![
                period("春节", date!(2024 - 02 - 08), date!(2024 - 02 - 24)),
                period("元宵", date!(2024 - 02 - 24), date!(2024 - 02 - 24)),
            ],
            seasons: vec![period("", date!(2024 - 06 - 01), date!(2024 - 05 - 31))],
            ..Demand::default()
        };
        let found: Vec<_> = contradictions(demand).into_iter().map(|c| (c.path, c.reason)).collect();
        let expected = [
            ("demand.quantile_permille", "OUT_OF_RANGE"),
            ("demand.markets[1].division", "BAD_CODE"),
            ("demand.markets[1]", "NO_DAY"),
            ("demand.markets[1].lunar", "NO_LUNAR_MONTHS"),
            ("demand.markets[2].days_of_ten[1]", "OUT_OF_RANGE"),
            ("demand.markets[2].days_of_ten[2]", "DUPLICATE"),
            ("demand.markets[3].division", "OUTSIDE"),
            ("demand.festivals[1]", "OVERLAP"),
            ("demand.seasons[0].display_name", "OUT_OF_RANGE"),
            ("demand.seasons[0].to_date", "WRONG_ORDER"),
        ];
        assert_eq!(found, expected.map(|(path, reason)| (path.to_owned(), reason)));
        let demand = Demand {
            lunar_month_starts: vec![date!(2024 - 02 - 10), date!(2024 - 03 - 10), date!(2024 - 04 - 10)],
            ..Demand::default()
        };
        let found: Vec<_> = contradictions(demand).into_iter().map(|c| c.path).collect();
        assert_eq!(found, ["demand.lunar_month_starts[2]"]);
    }
}
