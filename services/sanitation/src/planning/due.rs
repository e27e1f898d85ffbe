//! What a collection is planned to bring from each point.

use std::collections::{BTreeMap, HashMap};

use sanitation_core::{
    demand::{Basis, Past, split},
    stream::Stream,
    week::WEEK,
};
use time::{Date, Duration};

use super::Sorted;
use crate::known::Known;

/// What a point is planned to bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Mass, grams.
    pub grams: i64,
    /// What it rests on.
    pub basis: Basis,
}

/// The planned loads of a day by call, at the quantile of each township's norms. Points are left out of which only the
/// register tells: they are planned for what it states. Kitchen waste waits for a day, everything else for as long as the norms say.
pub fn dues(known: &BTreeMap<String, Known>, sorted: &Sorted, date: Date) -> HashMap<String, Due> {
    let mut dues = HashMap::new();
    for known in known.values() {
        let past = Past::new(&known.township, &known.norms);
        let model = past.model(date);
        let interval = known.norms.frequency.residual_interval_days;
        for (index, village) in known.township.villages.iter().enumerate() {
            let basis = model.basis(index);
            let quantile = known.norms.demand.quantile_permille;
            let load = |days| model.load_g(index, date, days, quantile);
            let (Some(load_g), true) = (load(interval), basis != Basis::Declared) else {
                continue;
            };
            for (point, grams) in village.points.iter().zip(split(&village.points, load_g)) {
                let grams = sorted.get(&point.id).map_or(grams, |(_, share)| share.of(grams).1);
                dues.insert(point.id.clone(), Due { grams, basis });
            }
            if !village.points.iter().any(|point| sorted.contains_key(&point.id)) {
                continue;
            }
            let of_a_day = split(&village.points, load(1).unwrap_or(0));
            for (point, grams) in village.points.iter().zip(of_a_day) {
                if let Some((_, share)) = sorted.get(&point.id) {
                    let grams = share.of(grams).0;
                    dues.insert(Stream::Kitchen.call_id(&point.id), Due { grams, basis });
                }
            }
        }
    }
    dues
}

/// What a call is planned to bring on the days of a week.
#[derive(Debug, Clone)]
pub struct WeekDue {
    /// What it rests on.
    pub basis: Basis,
    /// Mass, grams: by the days since the collection before, less one, and by the day, Monday first.
    pub grams: Vec<[i64; WEEK]>,
}

/// The same for each day of the week that begins on `monday`, after each number of days; for points of which only the register
/// tells there is none.
pub fn week_dues(known: &BTreeMap<String, Known>, sorted: &Sorted, monday: Date) -> HashMap<String, WeekDue> {
    let mut dues: HashMap<String, WeekDue> = HashMap::new();
    let mut put = |call_id: String, basis, (waited, day): (usize, usize), grams| {
        let due = dues.entry(call_id).or_insert_with(|| WeekDue {
            basis,
            grams: vec![[0; WEEK]; WEEK],
        });
        due.grams[waited][day] = grams;
    };
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
                        let (kitchen, rest) = match sorted.get(&point.id) {
                            Some((_, share)) => share.of(grams),
                            None => (0, grams),
                        };
                        put(point.id.clone(), basis, (waited, day), rest);
                        if sorted.contains_key(&point.id) {
                            put(Stream::Kitchen.call_id(&point.id), basis, (waited, day), kitchen);
                        }
                    }
                    date = date.saturating_add(Duration::DAY);
                }
            }
        }
    }
    dues
}
