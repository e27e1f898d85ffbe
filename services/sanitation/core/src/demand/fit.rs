//! The model of a township, learned from everything weighed before a day.

use time::Date;

use super::{
    history::{Past, Visit},
    learn,
    levels::{self, Calibration, Level},
    robust::{self, Weighted},
};

/// Rounds of learning levels and factors in turn; they settle within four where villages are collected daily.
const ROUNDS: usize = 6;
/// Weighings that count less than this are left out of levels.
const FORGOTTEN: f64 = 1.0 / 64.0;
/// Fewest weighings that quantiles are read from.
const FEWEST_FOR_QUANTILES: f64 = 20.0;

/// What is known of a township's waste before a day.
pub struct Model<'a> {
    pub(super) past: &'a Past<'a>,
    /// Factors that are learned on top of the stated ones, by index of the calendar.
    pub(super) factors: Vec<f64>,
    /// By village.
    pub(super) levels: Vec<Level>,
    /// What villages bring over what is believed of them: by register, by population.
    pub(super) calibrations: [Option<Calibration>; 2],
    /// Loads over what the model says of them, smallest first; empty where too few are known.
    pub(super) misses: Vec<Weighted>,
}

/// A visit and how much it counts.
pub(super) struct Seen<'a> {
    pub visit: &'a Visit,
    pub weight: f64,
}

impl Seen<'_> {
    /// Whether it is recent enough to tell of levels.
    pub fn recent(&self) -> bool {
        self.weight >= FORGOTTEN
    }
}

impl<'a> Past<'a> {
    /// The model on the morning of `day`: it knows only what was weighed before.
    pub fn model(&'a self, day: Date) -> Model<'a> {
        let demand = &self.norms.demand;
        let oldest = i64::from(day.to_julian_day()) - demand.history_days;
        let half_life = super::real(demand.half_life_days);
        let seen = |visit: &'a Visit| {
            let age = day.to_julian_day() - 1 - visit.day;
            (age >= 0 && i64::from(visit.day) >= oldest).then(|| Seen {
                visit,
                weight: (-f64::from(age) / half_life).exp2(),
            })
        };
        let seen: Vec<Seen<'a>> = self.visits.iter().filter_map(seen).collect();
        let mut model = Model {
            past: self,
            factors: vec![1.0; self.calendar.blocks()[3]],
            levels: vec![Level::default(); self.township.villages.len()],
            calibrations: [None, None],
            misses: Vec::new(),
        };
        model.find_levels(&seen);
        if seen.iter().any(Seen::recent) {
            for _ in 0..ROUNDS {
                learn::factors(&mut model, &seen);
                model.find_levels(&seen);
            }
            model.misses = model.ratios(&seen);
            if robust::effective(&model.misses) < FEWEST_FOR_QUANTILES {
                model.misses.clear();
            }
            robust::sort(&mut model.misses);
        }
        model
    }
}

impl Model<'_> {
    /// The product of all factors of a visit's days, summed: how many ordinary days it carried.
    pub(super) fn days(&self, visit: &Visit) -> f64 {
        visit.days.iter().map(|day| self.day(day)).sum()
    }

    /// The product of all factors of a day.
    pub(super) fn day(&self, day: &super::calendar::Day) -> f64 {
        day.learned
            .iter()
            .fold(day.stated, |product, index| product * self.factors[*index])
    }

    /// Loads of recent visits over what the model says of them.
    pub(super) fn ratios(&self, seen: &[Seen<'_>]) -> Vec<Weighted> {
        let recent = seen.iter().filter(|seen| seen.recent());
        let ratio = |seen: &Seen<'_>| {
            let expected = self.levels[seen.visit.village].kg? * self.days(seen.visit);
            (expected > 0.0).then(|| (seen.visit.kg / expected, seen.weight))
        };
        recent.filter_map(ratio).collect()
    }

    fn find_levels(&mut self, seen: &[Seen<'_>]) {
        let mut rates: Vec<Vec<Weighted>> = vec![Vec::new(); self.levels.len()];
        for seen in seen.iter().filter(|seen| seen.recent()) {
            // A load of several days varies less than one of a single day.
            let days = super::real(i64::try_from(seen.visit.days.len()).unwrap_or(1));
            rates[seen.visit.village].push((seen.visit.kg / self.days(seen.visit), seen.weight * days));
        }
        let (levels, calibrations) = levels::find(self.past, &mut rates);
        (self.levels, self.calibrations) = (levels, calibrations);
    }
}
