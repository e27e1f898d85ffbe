//! What a collection will bring.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{
    calendar::Day,
    fit::Model,
    grams,
    levels::Source,
    real,
    robust::{self, Weighted},
};

/// What a forecast rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Weighings of the village.
    Weighed,
    /// What is believed of it, corrected by the weighed villages of its township.
    Township,
    /// What the register of its points states.
    Declared,
    /// Its residents by the norm's mass a head.
    Population,
}

impl Basis {
    /// Name as it is stored.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weighed => "weighed",
            Self::Township => "township",
            Self::Declared => "declared",
            Self::Population => "population",
        }
    }

    /// What a stored name stands for.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Weighed, Self::Township, Self::Declared, Self::Population]
            .into_iter()
            .find(|basis| basis.name() == name)
    }
}

/// A forecast of what a village's collection brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// What it rests on.
    pub basis: Basis,
    /// An ordinary day, grams.
    pub level_g: i64,
    /// Recent weighings of equal weight that tell as much as those at hand, rounded down.
    pub weighings: i64,
    /// Factor of the weekday, per mille.
    pub weekday_permille: i64,
    /// Factor of markets, per mille.
    pub market_permille: i64,
    /// Factor of festivals and seasons, per mille.
    pub period_permille: i64,
    /// Exceeded every other time, grams.
    pub p50_g: i64,
    /// Exceeded one time in ten, grams; `None` where nothing is known of how loads vary.
    pub p90_g: Option<i64>,
}

impl Model<'_> {
    /// What a collection on `day` brings from a village, by index, if `interval_days` have passed since the one before.
    pub fn outlook(&self, village: usize, day: Date, interval_days: i64) -> Outlook {
        let days = self.carried(village, day, interval_days);
        let last = &days[days.len() - 1];
        let [_, markets, periods, end] = self.past.calendar.blocks();
        let product = |first: usize, end: usize, stated: f64| {
            let learned = last.learned.iter().filter(|index| (first..end).contains(*index));
            let factor = learned.fold(stated, |product, index| product * self.factors[*index]);
            grams(factor)
        };
        let (basis, level) = self.level(village);
        let julian = day.to_julian_day();
        let stated = |permille: i64| real(permille) / 1_000.0;
        let place = self.past.calendar.place(&self.past.township.villages[village].code);
        let held = self.past.calendar.markets(&place, julian);
        let market = held.fold(1.0, |product, (_, market)| product * stated(market.factor_permille));
        let acting = self.past.calendar.periods(julian);
        let period = acting.fold(1.0, |product, period| product * stated(period.factor_permille));
        Outlook {
            basis,
            level_g: grams(level),
            weighings: grams(self.levels[village].weighings / 1_000.0 - 0.000_5).max(0),
            weekday_permille: product(0, markets, 1.0),
            market_permille: product(markets, periods, market),
            period_permille: product(periods, end, period),
            p50_g: self.quantile(village, &days, 500).unwrap_or(0),
            p90_g: self.quantile(village, &days, 900),
        }
    }

    /// What the forecasts of a village, by index, rest on.
    pub fn basis(&self, village: usize) -> Basis {
        self.level(village).0
    }

    /// A quantile of what the collection brings, in grams, 500–950 per mille; `None` where nothing is known of how loads vary.
    pub fn load_g(&self, village: usize, day: Date, interval_days: i64, permille: i64) -> Option<i64> {
        self.quantile(village, &self.carried(village, day, interval_days), permille)
    }

    fn carried(&self, village: usize, day: Date, interval_days: i64) -> Vec<Day> {
        let calendar = &self.past.calendar;
        let place = calendar.place(&self.past.township.villages[village].code);
        let interval = i32::try_from(interval_days.clamp(1, 31)).unwrap_or(1);
        let last = day.to_julian_day();
        (last - interval + 1..=last)
            .map(|day| calendar.day(&place, day))
            .collect()
    }

    pub(super) fn quantile(&self, village: usize, days: &[Day], permille: i64) -> Option<i64> {
        let (basis, level) = self.level(village);
        let ordinary: f64 = days.iter().map(|day| self.day(day)).sum();
        let kg = level * ordinary;
        if self.misses.is_empty() || !matches!(basis, Basis::Weighed | Basis::Township) {
            return self.unknown(basis, permille).map(|factor| grams(kg * factor));
        }
        let middle = at(&self.misses, 500);
        let own = at(&self.misses, permille) - middle;
        let off = match basis {
            // The level is itself a mean of so many weighings.
            Basis::Weighed => own * (1.0 + 1.0 / self.levels[village].weighings.max(1.0)),
            _ => own.hypot(self.between(village, permille)),
        };
        Some(grams(kg * (middle + off)))
    }

    /// What the village brings on an ordinary day, kg, and how that is known.
    fn level(&self, village: usize) -> (Basis, f64) {
        let level = &self.levels[village];
        match (level.kg, level.believed) {
            (Some(kg), _) => (Basis::Weighed, kg),
            (None, Some((source, believed))) => match &self.calibrations[source as usize] {
                Some(calibration) => (Basis::Township, calibration.factor * believed),
                None if source == Source::Population => (Basis::Population, believed),
                None => (Basis::Declared, believed),
            },
            (None, None) => (Basis::Declared, 0.0),
        }
    }

    /// How far villages lie from what is believed of them.
    fn between(&self, village: usize, permille: i64) -> f64 {
        let source = self.levels[village].believed.map(|(source, _)| source);
        let calibration = source.and_then(|source| self.calibrations[source as usize].as_ref());
        calibration.map_or(0.0, |calibration| {
            at(&calibration.ratios, permille) - at(&calibration.ratios, 500)
        })
    }

    /// Without weighings the norm's bounds a head tell how loads vary: the upper one is exceeded one time in ten. A register
    /// says nothing of it.
    fn unknown(&self, basis: Basis, permille: i64) -> Option<f64> {
        let waste = &self.past.norms.waste;
        let rise = real(waste.high_g_per_person_day) / real(waste.usual_g_per_person_day()) - 1.0;
        match (basis, permille) {
            (_, ..=500) => Some(1.0),
            (Basis::Declared, _) => None,
            _ => Some(1.0 + rise * real(permille - 500) / 400.0),
        }
    }
}

fn at(sorted: &[Weighted], permille: i64) -> f64 {
    robust::of_sorted(sorted, real(permille) / 1_000.0).unwrap_or(1.0)
}
