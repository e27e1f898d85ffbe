//! The register of bins (垃圾桶) of a village.

use crate::{Plan, Point, Village, chance::Chance};

/// Half the side of the square around a village in which its groups lie, in millionths of a degree (about 1.8 km).
const VILLAGE_SPREAD: u32 = 20_000;
/// The same around a group for its bins (about 90 m).
const GROUP_SPREAD: u32 = 1_000;

/// A row of the register.
#[derive(Clone, Debug)]
pub struct Bin<'a> {
    /// Identifier: `B`, the group's code and a number within it.
    pub id: String,
    /// Code of the village.
    pub village: &'a str,
    /// Code of the group.
    pub group: &'a str,
    /// Volume in litres.
    pub volume_l: u32,
    /// Has a lid that closes.
    pub sealed: bool,
    /// Households that use it.
    pub households_served: u32,
    /// Position in millionths of a degree, east and north.
    pub position: (i32, i32),
    /// Collection point that its waste goes to.
    pub point: &'a str,
}

/// The bins of `village`: at each collection point as many as the list of points says, shared by the groups from the
/// one that the point is named after to the next point's.
pub fn bins(village: &Village, plan: Plan) -> Vec<Bin<'_>> {
    let mut chance = Chance::new(plan.seed, 4, &village.code);
    let household_count = plan.scaled(village.household_count);
    let group_count = u32::try_from(village.groups.len()).unwrap_or(1).max(1);
    let mut bins = Vec::new();
    for (at, point) in village.points.iter().enumerate() {
        let next = village.points.get(at + 1).map(number);
        let served: Vec<(u32, &str)> = (0..)
            .zip(&village.groups)
            .filter(|(_, group)| {
                group.code.as_str() >= number(point) && next.is_none_or(|next| group.code.as_str() < next)
            })
            .map(|(at, group)| (at, group.code.as_str()))
            .collect();
        let count = plan.scaled(point.bin_count);
        let sharers = u32::try_from(served.len()).unwrap_or(1);
        for (turn, (at, group)) in (0..).zip(served) {
            let here = count / sharers + u32::from(turn < count % sharers);
            let households = household_count / group_count + u32::from(at < household_count % group_count);
            let centre = if group == number(point) {
                point.position
            } else {
                near(&mut chance, village.position, VILLAGE_SPREAD)
            };
            bins.extend((0..here).map(|order| Bin {
                id: format!("B{group}{:03}", order + 1),
                village: &village.code,
                group,
                volume_l: if chance.permille(750) { 240 } else { 120 },
                sealed: chance.permille(960),
                households_served: households / here + u32::from(order < households % here),
                position: near(&mut chance, centre, GROUP_SPREAD),
                point: &point.id,
            }));
        }
    }
    bins
}

/// Code of the group that a point is named after.
fn number(point: &Point) -> &str {
    point.id.trim_start_matches("CP")
}

fn near(chance: &mut Chance, (east, north): (i32, i32), spread: u32) -> (i32, i32) {
    let mut shift = || chance.below(2 * spread + 1).cast_signed() - spread.cast_signed();
    (east + shift(), north + shift())
}
