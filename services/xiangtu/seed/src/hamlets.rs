//! Where the groups of a village stand (居民组): among their bins.

use std::collections::HashMap;

use crate::{Plan, Village, bins};

/// A row of the register.
#[derive(Clone, Debug)]
pub struct Hamlet<'a> {
    /// Identifier: `H` and the group's code.
    pub id: String,
    /// Code of the village.
    pub village: &'a str,
    /// Number of the group in the village, from 1.
    pub number: u32,
    /// Households of the group.
    pub household_count: u32,
    /// Position in millionths of a degree, east and north.
    pub position: (i32, i32),
}

/// The hamlets of `village`: each group amid its bins, or at the village's position if it has none.
pub fn hamlets(village: &Village, plan: Plan) -> Vec<Hamlet<'_>> {
    let mut of_group: HashMap<&str, (i64, i64, i64)> = HashMap::new();
    let bins = bins(village, plan);
    for bin in &bins {
        let sum = of_group.entry(bin.group).or_default();
        sum.0 += i64::from(bin.position.0);
        sum.1 += i64::from(bin.position.1);
        sum.2 += 1;
    }
    let households = plan.scaled(village.household_count);
    let groups = u32::try_from(village.groups.len()).unwrap_or(1).max(1);
    let mean = |(east, north, number): (i64, i64, i64)| {
        let whole = |sum: i64| i32::try_from(sum / number).unwrap_or_default();
        (whole(east), whole(north))
    };
    (0..)
        .zip(&village.groups)
        .map(|(at, group)| Hamlet {
            id: format!("H{}", group.code),
            village: &village.code,
            number: at + 1,
            household_count: households / groups + u32::from(at < households % groups),
            position: of_group
                .get(group.code.as_str())
                .copied()
                .map_or(village.position, mean),
        })
        .collect()
}
