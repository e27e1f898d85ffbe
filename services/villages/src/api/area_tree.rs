//! Trees of contracted areas on a date, with what became of the divisions that they were drawn around.

use std::collections::{BTreeSet, HashMap};

use kit::{
    db::Tx,
    division::{Division as Code, Level},
    error::Result,
};
use time::{Date, OffsetDateTime};
use villages_core::area::{Held, Tree};

use crate::store::area::{self, AreaRow};

/// The trees that some areas are part of.
#[derive(Default)]
pub(super) struct Trees(HashMap<(String, String), Tree>);

impl Trees {
    /// The trees of `areas` on a date by what was known at an instant, or is now.
    pub(super) async fn around(tx: &mut Tx, areas: &[AreaRow], at: (Date, Option<OffsetDateTime>)) -> Result<Self> {
        let keys: BTreeSet<_> = areas.iter().map(key).collect::<Result<_>>()?;
        let mut trees = HashMap::new();
        for key in keys {
            let (_, tree) = of_county(tx, (&key.0, &key.1), at).await?;
            trees.insert(key, tree);
        }
        Ok(Self(trees))
    }

    /// The divisions that lie in an area, by code.
    pub(super) fn members(&self, area: &AreaRow) -> Vec<&str> {
        let tree = key(area).ok().and_then(|key| self.0.get(&key));
        tree.map(|tree| tree.members(&area.area_code)).unwrap_or_default()
    }

    /// The divisions of other areas that lie inside those of an area.
    pub(super) fn cut_out(&self, area: &AreaRow) -> Vec<&str> {
        let tree = key(area).ok().and_then(|key| self.0.get(&key));
        tree.map(|tree| tree.cut_out(&area.area_code)).unwrap_or_default()
    }
}

/// One tree of a county on a date, with its areas by code.
pub(super) async fn of_county(
    tx: &mut Tx,
    key: (&str, &str),
    at: (Date, Option<OffsetDateTime>),
) -> Result<(Vec<AreaRow>, Tree)> {
    let areas = area::areas_of_tree(tx, key, at).await?;
    let members = area::members_on(tx, &areas, at).await?;
    let held = members.iter().filter_map(|(area, drawn, now)| {
        let area = areas.get(usize::try_from(*area).ok()?)?;
        let area = &area.area_code;
        Some(Held { area, drawn, now })
    });
    let tree = Tree::new(held);
    Ok((areas, tree))
}

/// County and name of the tree of an area.
fn key(area: &AreaRow) -> Result<(String, String)> {
    Ok((county(&area.division_code)?, area.tree.clone()))
}

/// The county of a division, or the division itself above counties.
pub(super) fn county(division: &str) -> Result<String> {
    let code = Code::parse("division", division)?;
    Ok(code
        .at(Level::County)
        .map_or_else(|| code.code().to_owned(), Code::into_code))
}
