//! The entitlement rules in force, and how they judge a household's plots.

use homestead_core::entitlement::{self, DivisionTerrain, Holder, Rule, Terrain};
use kit::{
    db::Tx,
    division::Division,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::homestead::v1::{EntitlementLine, PlanSection};
use time::Date;

use crate::{
    store::{household::Household, parcel::Parcel, plan},
    wire::{
        self,
        parcel::{Place, line, plot},
    },
};

/// How the rules judge the plots of a household.
pub struct Assessment {
    /// Terrain of its village, where plans state it.
    pub terrain: Option<Terrain>,
    /// One line a plot; `None` where no rule covers a plot.
    pub lines: Option<Vec<EntitlementLine>>,
}

/// Judges `plots` of `household` by the rules in force on `day`.
pub async fn assess(tx: &mut Tx, household: &Household, plots: &[Parcel], day: Date) -> Result<Assessment> {
    let rules = Rules::read(tx, &household.division_code, day).await?;
    let holder = Holder {
        village: &household.division_code,
        terrain: entitlement::terrain_of(&rules.terrains, &household.division_code),
        persons: household.registered_persons.map(i32::from),
    };
    let seen: Vec<_> = plots.iter().map(plot).collect();
    let lines = entitlement::assess(&rules.rules, &holder, &seen);
    let judged = |lines: Vec<entitlement::Line>| {
        let lines = plots.iter().zip(lines);
        lines
            .map(|(plot, judged)| line(plot, judged, &rules.places[judged.rule]))
            .collect()
    };
    Ok(Assessment {
        terrain: holder.terrain,
        lines: lines.map(judged),
    })
}

/// The rules of all plans that hold in a village, those of the nearest division first.
#[derive(Default)]
struct Rules {
    rules: Vec<Rule>,
    /// Where each of the rules stands.
    places: Vec<Place>,
    terrains: Vec<DivisionTerrain>,
}

impl Rules {
    async fn read(tx: &mut Tx, village: &str, day: Date) -> Result<Self> {
        let mut all = Self::default();
        for row in plan::plans_in_force(tx, day).await? {
            if !village.starts_with(&row.division_code) {
                continue;
            }
            let division = Division::parse("division", &row.division_code)?;
            let message = PlanSection::decode(row.section.as_slice()).map_err(Error::internal)?;
            let section = wire::plan::section(&message, &division).0;
            all.rules.extend(section.entitlement_rules);
            all.terrains.extend(section.terrains);
            let places = message.entitlement_rules.into_iter().enumerate();
            all.places.extend(places.map(|(at, rule)| Place {
                plan: row.version,
                at,
                rule,
            }));
        }
        Ok(all)
    }
}
