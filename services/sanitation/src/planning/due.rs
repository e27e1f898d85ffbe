//! What a collection is planned to bring from each point.

use std::collections::{BTreeMap, HashMap};

use sanitation_core::{
    demand::{Basis, Past, split},
    week::WEEK,
};
use time::{Date, Duration};

use crate::known::Known;

/// What a point is planned to bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Mass, grams.
    pub grams: i64,
    /// What it rests on.
    pub basis: Basis,
}

/// The planned loads of a day by point, at the quantile of each township's norms. Points are left out of which only the
/// register tells: they are planned for what it states.
pub fn dues(known: &BTreeMap<String, Known>, date: Date) -> HashMap<String, Due> {
    let mut dues = HashMap::new();
    for known in known.values() {
        let past = Past::new(&known.township, &known.norms);
        let model = past.model(date);
        let interval = known.norms.frequency.residual_interval_days;
        for (index, village) in known.township.villages.iter().enumerate() {
            let basis = model.basis(index);
            let load = model.load_g(index, date, interval, known.norms.demand.quantile_permille);
            if let (Some(load), true) = (load, basis != Basis::Declared) {
                let shares = village.points.iter().zip(split(&village.points, load));
                dues.extend(shares.map(|(point, grams)| (point.id.clone(), Due { grams, basis })));
            }
        }
    }
    dues
}

/// What a point is planned to bring on the days of a week.
#[derive(Debug, Clone)]
pub struct WeekDue {
    /// What it rests on.
    pub basis: Basis,
    /// Mass, grams: by the days since the collection before, less one, and by the day, Monday first.
    pub grams: Vec<[i64; WEEK]>,
}

/// The same for each day of the week that begins on `monday`, after each number of days; for points of which only the register
/// tells there is none.
pub fn week_dues(known: &BTreeMap<String, Known>, monday: Date) -> HashMap<String, WeekDue> {
    let mut dues: HashMap<String, WeekDue> = HashMap::new();
    for known in known.values() {
        let past = Past::new(&known.township, &known.norms);
        let model = past.model(monday);
        let quantile = known.norms.demand.quantile_permille;
        for (index, village) in known.township.villages.iter().enumerate() {
            let basis = model.basis(index);
            if basis == Basis::Declared {
                continue;
            }
            for (since, waited) in (1..).zip(0..WEEK) {
                let mut date = monday;
                for day in 0..WEEK {
                    let load = model.load_g(index, date, since, quantile).unwrap_or(0);
                    for (point, grams) in village.points.iter().zip(split(&village.points, load)) {
                        let due = dues.entry(point.id.clone()).or_insert_with(|| WeekDue {
                            basis,
                            grams: vec![[0; WEEK]; WEEK],
                        });
                        due.grams[waited][day] = grams;
                    }
                    date = date.saturating_add(Duration::DAY);
                }
            }
        }
    }
    dues
}
