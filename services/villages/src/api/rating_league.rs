//! League tables.

use std::collections::HashMap;

use kit::{
    call::Call,
    dates,
    db::Tx,
    division::{Division as Code, Level},
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{GetLeagueTableRequest, LeagueEntry, LeagueTable, QuotaStatus};
use time::Date;
use villages_core::{
    area::Tree,
    league::{self, Place, Standing},
    plan::Plan,
};

use super::{
    area_tree::{self, county},
    plan_load,
    rating::RatingApi,
};
use crate::{
    store::{
        bulletin_clock,
        rating::{self, LatestRating},
        rating_facts::{self, At},
    },
    wire,
};

impl RatingApi {
    pub(super) async fn league(&self, call: &Call, request: &GetLeagueTableRequest) -> Result<LeagueTable> {
        let division = Code::parse("division", &request.division)?;
        let below = match division.level() {
            Level::County => Level::Township,
            Level::Township => Level::Village,
            _ => {
                return Err(Error::invalid(
                    "division",
                    &request.division,
                    "a county (6 digits) or a township (9 digits)",
                ));
            }
        };
        if !request.tree.is_empty() {
            wire::area::tree("tree", &request.tree)?;
        }
        let date = self.kit.day("as_of", request.as_of)?;
        let mut tx = self.kit.db.read(call).await?;
        let known_at = bulletin_clock::present(&mut tx).await?;
        let at = At { date, known_at };
        let loaded = plan_load::governing(&mut tx, division.code(), at.date, at.known_at).await?;
        let latest = rating::ratings_latest(&mut tx, division.code(), at.date, None).await?;
        let names = rating_facts::divisions_named(&mut tx, division.code(), "", at).await?;
        let names: HashMap<String, String> = names
            .into_iter()
            .map(|row| (row.division_code, row.display_name))
            .collect();
        let ranked = match request.tree.as_str() {
            "" => Ranked::Divisions { below, names: &names },
            tree => Ranked::areas(&mut tx, &division, tree, at.date).await?,
        };
        // A village that has gone since its last rating stands in no table.
        let latest: Vec<LatestRating> = latest
            .into_iter()
            .filter(|row| names.contains_key(&row.division_code))
            .collect();
        let standing = |row: &LatestRating| {
            Some(Standing {
                group: ranked.group(&row.division_code)?,
                score_milli: row.score_milli,
                tier: loaded.plan.tier(&row.tier),
                on_target: row.on_target,
            })
        };
        let standings: Vec<Standing> = latest.iter().filter_map(standing).collect();
        let places = league::rank(&standings, loaded.plan.tiers.len());
        Ok(LeagueTable {
            division: division.name(),
            as_of: Some(dates::to_proto(at.date)),
            plan: wire::plan::name_of(&loaded.key),
            entries: places
                .into_iter()
                .map(|place| ranked.entry(&loaded.plan, place))
                .collect(),
            quotas: quotas(&loaded.plan, division.code(), at.date.year(), &latest, &names),
        })
    }
}

/// What stands in the places of a table.
enum Ranked<'a> {
    Divisions {
        below: Level,
        names: &'a HashMap<String, String>,
    },
    Areas {
        tree: Tree,
        names: HashMap<String, String>,
    },
}

impl Ranked<'_> {
    async fn areas(tx: &mut Tx, division: &Code, tree: &str, date: Date) -> Result<Self> {
        let county = county(division.code())?;
        let (areas, tree) = area_tree::of_county(tx, (&county, tree), (date, None)).await?;
        let inside = areas
            .into_iter()
            .filter(|row| row.division_code.starts_with(division.code()));
        let names = inside.map(|row| (row.area_code, row.display_name)).collect();
        Ok(Self::Areas { tree, names })
    }

    /// Where a village counts, if anywhere.
    fn group(&self, village: &str) -> Option<String> {
        match self {
            Self::Divisions { below, .. } => {
                let village = Code::parse("division", village).ok()?;
                village.at(*below).map(Code::into_code)
            }
            Self::Areas { tree, names } => {
                let area = tree.area_of(village).filter(|area| names.contains_key(*area));
                area.map(str::to_owned)
            }
        }
    }

    fn entry(&self, plan: &Plan, place: Place) -> LeagueEntry {
        let count = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
        let (division, area, names) = match self {
            Self::Divisions { names, .. } => (wire::division::name(&place.group), String::new(), *names),
            Self::Areas { names, .. } => (String::new(), wire::area::name(&place.group), names),
        };
        LeagueEntry {
            rank: wire::rating::small(place.rank),
            display_name: names.get(&place.group).cloned().unwrap_or_default(),
            village_count: count(place.villages),
            mean_score_milli: place.mean_score_milli(),
            on_target_count: count(place.on_target),
            tiers: wire::rating::tier_counts(plan, &place.by_tier),
            division,
            area,
        }
    }
}

/// The quotas of a year that name the division or one below it.
fn quotas(
    plan: &Plan,
    division: &str,
    year: i32,
    latest: &[LatestRating],
    names: &HashMap<String, String>,
) -> Vec<QuotaStatus> {
    let mut statuses = Vec::new();
    for quota in plan.quotas.iter().filter(|quota| quota.year == year) {
        let place = plan.place(quota);
        let Some(tier) = plan.tier(&quota.tier).filter(|_| place.starts_with(division)) else {
            continue;
        };
        let holds = |row: &&LatestRating| {
            row.division_code.starts_with(place) && plan.tier(&row.tier).is_some_and(|held| held >= tier)
        };
        let held = wire::rating::small(latest.iter().filter(holds).count());
        statuses.push(QuotaStatus {
            tier: quota.tier.clone(),
            tier_display_name: plan
                .tiers
                .get(tier)
                .map(|tier| tier.display_name.clone())
                .unwrap_or_default(),
            division: wire::division::name(place),
            display_name: names.get(place).cloned().unwrap_or_default(),
            year,
            goal_count: quota.village_count,
            held_count: held,
            missing_count: (quota.village_count - held).max(0),
        });
    }
    statuses
}
