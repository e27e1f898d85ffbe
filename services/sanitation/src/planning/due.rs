//! What a collection is planned to bring from each point.

use std::collections::{BTreeMap, HashMap};

use sanitation_core::demand::{Basis, Past, split};
use time::Date;

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
