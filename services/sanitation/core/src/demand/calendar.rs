//! Which factors act on a day.

use std::collections::BTreeMap;

use time::Date;

use crate::norms::{Demand, Market, Period};

/// Factors come in three blocks: weekdays, markets, names of periods.
pub(super) const WEEKDAYS: usize = 7;

/// The calendar of a township's norms.
pub(super) struct Calendar<'a> {
    norms: &'a Demand,
    /// Names of periods with their place in the third block.
    names: BTreeMap<&'a str, usize>,
}

/// Markets that act on a village.
pub(super) struct Place(Vec<usize>);

/// What acts on a day.
pub(super) struct Day {
    /// Product of the factors that the norms state.
    pub stated: f64,
    /// Factors that are learned on top, by index.
    pub learned: Vec<usize>,
}

impl<'a> Calendar<'a> {
    pub fn new(norms: &'a Demand) -> Self {
        let mut names = BTreeMap::new();
        for period in norms.festivals.iter().chain(&norms.seasons) {
            let next = names.len();
            names.entry(period.name.as_str()).or_insert(next);
        }
        Self { norms, names }
    }

    /// The first index of each block, and their end.
    pub fn blocks(&self) -> [usize; 4] {
        let markets = WEEKDAYS + self.norms.markets.len();
        [0, WEEKDAYS, markets, markets + self.names.len()]
    }

    /// Markets that are held in the village or in its township.
    pub fn place(&self, village: &str) -> Place {
        let markets = self.norms.markets.iter().enumerate();
        let near = markets.filter(|(_, market)| village.starts_with(&market.division));
        Place(near.map(|(index, _)| index).collect())
    }

    /// What acts on a Julian day of collection at a place.
    pub fn day(&self, place: &Place, day: i32) -> Day {
        let weekday = usize::try_from(day.rem_euclid(7)).unwrap_or(0);
        let mut found = Day {
            stated: 1.0,
            learned: vec![weekday],
        };
        for (index, market) in self.markets(place, day) {
            found.stated *= super::real(market.factor_permille) / 1_000.0;
            found.learned.push(WEEKDAYS + index);
        }
        for period in self.periods(day) {
            found.stated *= super::real(period.factor_permille) / 1_000.0;
            let block = self.blocks()[2];
            found
                .learned
                .extend(self.names.get(period.name.as_str()).map(|at| block + at));
        }
        found
    }

    /// Markets whose waste a collection on that day brings.
    pub fn markets(&self, place: &Place, day: i32) -> impl Iterator<Item = (usize, &'a Market)> {
        let fall = self.fall(day);
        let held = move |(index, market): (usize, &'a Market)| self.held(market, fall?).then_some((index, market));
        place
            .0
            .iter()
            .map(|index| (*index, &self.norms.markets[*index]))
            .filter_map(held)
    }

    /// Periods whose waste a collection on that day brings.
    pub fn periods(&self, day: i32) -> impl Iterator<Item = &'a Period> {
        let fall = self.fall(day);
        let all = self.norms.festivals.iter().chain(&self.norms.seasons);
        all.filter(move |period| fall.is_some_and(|day| period.from <= day && day <= period.to))
    }

    /// The day on which the waste of a collection fell.
    fn fall(&self, day: i32) -> Option<Date> {
        let lag = i32::try_from(self.norms.lag_days).unwrap_or(0);
        Date::from_julian_day(day - lag).ok()
    }

    fn held(&self, market: &Market, day: Date) -> bool {
        let weekday = i64::from(day.weekday().number_from_monday());
        let of_month = if market.lunar {
            self.lunar_day(day)
        } else {
            Some(i64::from(day.day()))
        };
        market.weekdays.contains(&weekday) || of_month.is_some_and(|day| market.days_of_ten.contains(&(day % 10)))
    }

    /// Day of the lunar month; `None` outside of the months that the norms state.
    fn lunar_day(&self, day: Date) -> Option<i64> {
        let starts = &self.norms.lunar_month_starts;
        let month = starts.partition_point(|start| *start <= day).checked_sub(1)?;
        let number = (day - *starts.get(month)?).whole_days() + 1;
        (number <= 30).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn norms() -> Demand {
        let market = |division: &str, lunar, days_of_ten: &[i64], weekdays: &[i64]| Market {
            division: division.to_owned(),
            lunar,
            days_of_ten: days_of_ten.to_vec(),
            weekdays: weekdays.to_vec(),
            factor_permille: 1_500,
        };
        Demand {
            lag_days: 0,
            markets: vec![
                market("410225108", true, &[2, 5, 8], &[]),
                market("410225108200", false, &[0], &[7]),
            ],
            lunar_month_starts: vec![date!(2024 - 02 - 10), date!(2024 - 03 - 10)],
            ..Demand::default()
        }
    }

    #[test]
    fn markets_by_lunar_and_solar_days_and_weekdays() {
        let norms = norms();
        let calendar = Calendar::new(&norms);
        let on = |village: &str, day: Date| -> Vec<usize> {
            let place = calendar.place(village);
            calendar
                .markets(&place, day.to_julian_day())
                .map(|(index, _)| index)
                .collect()
        };
        // 14 March 2024 is the 5th of the second lunar month, 29 March its 20th.
        assert_eq!(on("410225108201", date!(2024 - 03 - 14)), [0]);
        assert_eq!(on("410225108201", date!(2024 - 03 - 29)), []);
        assert_eq!(on("410225108200", date!(2024 - 03 - 10)), [1], "a Sunday, and the 10th");
        assert_eq!(on("410225108200", date!(2024 - 03 - 20)), [1], "the 20th");
        assert_eq!(on("410225109200", date!(2024 - 03 - 14)), [], "another township");
        assert_eq!(
            on("410225108201", date!(2024 - 06 - 05)),
            [],
            "a month that is not stated"
        );
    }

    #[test]
    fn the_waste_of_a_market_is_collected_the_day_after() {
        let norms = Demand { lag_days: 1, ..norms() };
        let calendar = Calendar::new(&norms);
        let place = calendar.place("410225108201");
        let day = |day: Date| calendar.day(&place, day.to_julian_day());
        let after = day(date!(2024 - 03 - 15));
        assert_eq!((after.stated, after.learned), (1.5, vec![4, WEEKDAYS]));
        assert_eq!(day(date!(2024 - 03 - 14)).learned, [3]);
    }
}
