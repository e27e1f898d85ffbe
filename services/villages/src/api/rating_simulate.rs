//! Ratings as they would be.

use std::collections::HashMap;

use kit::{call::Call, dates, division::Division as Code, error::Result};
use proto::xiangtu::villages::v1::{Project, SimulateRatingsRequest, SimulateRatingsResponse};
use villages_core::{plan::Plan, rating};

use super::{
    plan_load,
    rating::RatingApi,
    rating_run::{self, Rated},
};
use crate::{
    store::{bulletin_clock, rating_facts::At},
    wire::{self, names, rating_simulation as changes},
};

impl RatingApi {
    pub(super) async fn simulate(
        &self,
        call: &Call,
        request: &SimulateRatingsRequest,
    ) -> Result<SimulateRatingsResponse> {
        let division = Code::parse("division", &request.division)?;
        names::at_most("thresholds", &request.thresholds, 1_000)?;
        names::at_most("projects", &request.projects, 10_000)?;
        let asked = dates::from_timestamp("known_at", request.known_at)?;
        let date = self.kit.day("as_of", request.as_of)?;
        let mut tx = self.kit.db.read(call).await?;
        let now = bulletin_clock::present(&mut tx).await?;
        let known_at = asked.map_or(now, |asked| asked.min(now));
        let at = At { date, known_at };
        let loaded = plan_load::governing(&mut tx, division.code(), date, known_at).await?;
        let plan = &loaded.plan;
        let changed = changes::changed(plan, &request.thresholds)?;
        let before = rating_run::rate(&mut tx, plan, division.code(), at).await?;
        let before_tiers = rating_run::by_tier(plan, &before);
        let held: Vec<Option<usize>> = before.iter().map(|village| village.rating.tier).collect();

        let mut after = before;
        carry_out(&changed, &division, &mut after, &request.projects)?;
        for village in &mut after {
            village.rating = rating::rate(&changed, &village.code, &village.facts, date);
        }
        let code = |tier: Option<usize>| tier.and_then(|tier| plan.tiers.get(tier)).map_or("", |tier| &tier.code);
        let moved = held
            .iter()
            .zip(&after)
            .filter(|(before, village)| **before != village.rating.tier);
        Ok(SimulateRatingsResponse {
            plan: wire::plan::name_of(&loaded.key),
            plan_version: loaded.key.version,
            as_of: Some(dates::to_proto(date)),
            known_at: Some(dates::timestamp(known_at)),
            village_count: wire::rating::small(after.len()),
            before_tiers: wire::rating::tier_counts(plan, &before_tiers),
            after_tiers: wire::rating::tier_counts(plan, &rating_run::by_tier(plan, &after)),
            tier_changes: moved
                .map(|(before, village)| {
                    let (before, after) = (code(*before), code(village.rating.tier));
                    wire::rating::tier_change(&village.code, &village.display_name, before, after)
                })
                .collect(),
        })
    }
}

/// Counts the projects as done, in their order.
fn carry_out(plan: &Plan, division: &Code, villages: &mut [Rated], projects: &[Project]) -> Result<()> {
    let positions: HashMap<String, usize> = villages.iter().map(|village| village.code.clone()).zip(0..).collect();
    for (at, project) in projects.iter().enumerate() {
        let work = changes::work(plan, division, at, project)?;
        let position = positions.get(&work.village).copied();
        let village = position
            .and_then(|position| villages.get_mut(position))
            .ok_or_else(|| names::no_village_in(division, &format!("projects[{at}].division"), &project.division))?;
        village
            .facts
            .carry_out(plan, work.indicator, work.units)
            .map_err(|error| changes::impossible(at, project, error))?;
    }
    Ok(())
}
