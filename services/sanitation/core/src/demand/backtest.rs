//! How well the model would have done: each collection is forecast from what was weighed before.

use time::{Date, Duration};

use super::{
    grams,
    history::{Past, Visit},
    real,
};

/// Errors of one method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Score {
    /// Collections forecast.
    pub collections: i64,
    /// What they brought, grams.
    pub actual_g: i64,
    /// Sum of the forecasts, grams.
    pub forecast_g: i64,
    /// Sum of the errors without their sign, grams.
    pub absolute_error_g: i64,
}

/// Errors of all methods over the same collections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scores {
    /// Of the model's P50.
    pub model: Score,
    /// As the last collection.
    pub naive: Score,
    /// As the last collection of the same weekday.
    pub seasonal_naive: Score,
    /// Collections of which the model knew a P90.
    pub p90_collections: i64,
    /// Those that brought no more than it.
    pub p90_covered: i64,
    /// Pinball loss of the P90, summed, grams: 0.9 × what lies above it and 0.1 × what it lies above.
    pub p90_pinball_g: i64,
}

/// Forecasts every collection from `first` to `last` as of `horizon_days` before, 1 meaning the morning of its day. Collections
/// count for which all methods have a forecast: one of the same weekday is known.
pub fn backtest(past: &Past<'_>, first: Date, last: Date, horizon_days: i64) -> Scores {
    let mut scores = Scores::default();
    let mut day = first;
    while day <= last {
        let due: Vec<&Visit> = past
            .visits
            .iter()
            .filter(|visit| visit.day == day.to_julian_day())
            .collect();
        let origin = day.checked_sub(Duration::days(horizon_days - 1));
        if let (Some(origin), false) = (origin, due.is_empty()) {
            day_of(past, origin, &due, &mut scores);
        }
        let Some(next) = day.next_day() else { break };
        day = next;
    }
    scores
}

fn day_of(past: &Past<'_>, origin: Date, due: &[&Visit], scores: &mut Scores) {
    let model = past.model(origin);
    let until = origin.to_julian_day();
    for visit in due {
        // Visits of a village stand in the order of their days.
        let known = || {
            let own = past.visits.iter().filter(|other| other.village == visit.village);
            own.filter(|other| other.day < until)
        };
        let weekday = known().rfind(|other| (visit.day - other.day) % 7 == 0);
        let (Some(before), Some(weekday)) = (known().next_back(), weekday) else {
            continue;
        };
        let actual = grams(visit.kg);
        let daily = |other: &Visit| other.kg / days(other) * days(visit);
        let Some(middle) = model.quantile(visit.village, &visit.days, 500) else {
            continue;
        };
        scores.model.add(actual, middle);
        scores.naive.add(actual, grams(daily(before)));
        scores.seasonal_naive.add(actual, grams(daily(weekday)));
        if let Some(high) = model.quantile(visit.village, &visit.days, 900) {
            scores.p90_collections += 1;
            scores.p90_covered += i64::from(actual <= high);
            let off = actual - high;
            scores.p90_pinball_g += (off * 9 / 10).max(-off / 10);
        }
    }
}

fn days(visit: &Visit) -> f64 {
    real(i64::try_from(visit.days.len()).unwrap_or(1))
}

impl Score {
    fn add(&mut self, actual: i64, forecast: i64) {
        self.collections += 1;
        self.actual_g += actual;
        self.forecast_g += forecast;
        self.absolute_error_g += (actual - forecast).abs();
    }
}

impl std::ops::AddAssign for Score {
    fn add_assign(&mut self, other: Self) {
        self.collections += other.collections;
        self.actual_g += other.actual_g;
        self.forecast_g += other.forecast_g;
        self.absolute_error_g += other.absolute_error_g;
    }
}

impl std::ops::AddAssign for Scores {
    fn add_assign(&mut self, other: Self) {
        self.model += other.model;
        self.naive += other.naive;
        self.seasonal_naive += other.seasonal_naive;
        self.p90_collections += other.p90_collections;
        self.p90_covered += other.p90_covered;
        self.p90_pinball_g += other.p90_pinball_g;
    }
}
