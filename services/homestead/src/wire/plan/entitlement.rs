//! Entitlement rules and terrains of a section.

use homestead_core::{
    entitlement::{DivisionTerrain, Rule, Terrain},
    problem::Problem,
};
use kit::division::Division;
use proto::xiangtu::homestead::v1::{DivisionTerrain as WireTerrain, EntitlementRule, Terrain as Number};

use super::{inside, unknown_value};
use crate::wire::parcel;

pub(super) fn rule(path: &str, wire: &EntitlementRule, plan: &Division, problems: &mut Vec<Problem>) -> Rule {
    let mut periods = Vec::with_capacity(wire.periods.len());
    for (at, number) in wire.periods.iter().enumerate() {
        match parcel::period(*number) {
            Some(period) => periods.push(period),
            None => problems.push(unknown_value(format!("{path}.periods[{at}]"))),
        }
    }
    if Number::try_from(wire.terrain).is_err() {
        problems.push(unknown_value(format!("{path}.terrain")));
    }
    // 0 is no bound; a negative one is left to the checks.
    let bound = |persons: i32| (persons != 0).then_some(persons);
    Rule {
        division: inside(&format!("{path}.division"), &wire.division, plan, problems),
        periods,
        entitled_dm2: wire.entitled_dm2,
        single_plot: wire.single_plot,
        terrain: terrain(wire.terrain),
        min_persons: bound(wire.min_persons),
        max_persons: bound(wire.max_persons),
    }
}

pub(super) fn division_terrain(
    path: &str,
    wire: &WireTerrain,
    plan: &Division,
    problems: &mut Vec<Problem>,
) -> Option<DivisionTerrain> {
    let division = inside(&format!("{path}.division"), &wire.division, plan, problems);
    let Some(terrain) = terrain(wire.terrain) else {
        problems.push(unknown_value(format!("{path}.terrain")));
        return None;
    };
    Some(DivisionTerrain { division, terrain })
}

/// The terrain of a number of the contract; 0 and unknown numbers are none.
pub fn terrain(number: i32) -> Option<Terrain> {
    match Number::try_from(number).unwrap_or_default() {
        Number::Unspecified => None,
        Number::Plain => Some(Terrain::Plain),
        Number::Hills => Some(Terrain::Hills),
        Number::Mountains => Some(Terrain::Mountains),
    }
}

/// The number of a terrain in the contract.
pub fn terrain_number(terrain: Option<Terrain>) -> i32 {
    match terrain {
        None => Number::Unspecified,
        Some(Terrain::Plain) => Number::Plain,
        Some(Terrain::Hills) => Number::Hills,
        Some(Terrain::Mountains) => Number::Mountains,
    }
    .into()
}
