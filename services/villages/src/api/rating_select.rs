//! The cheapest villages that fill the quotas of a tier.

use std::collections::HashSet;

use kit::{
    call::Call,
    dates,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    QuotaSelection, SelectVillagesForTierRequest, SelectVillagesForTierResponse, SelectionOutcome,
};
use villages_core::{
    effort::{self, Effort, UnitCost},
    plan::Plan,
    selection::{self, Candidate, Open, Selection},
};

use super::{
    plan_load,
    rating::RatingApi,
    rating_run::{self, Rated},
};
use crate::{
    store::{bulletin_clock, rating_facts::At},
    wire::{
        self,
        rating_selection::{self as request_of, Barred, Limits},
    },
};

/// Steps after which the search ends, proven or not.
const STEPS: u32 = 100_000;

/// A quota with where it stands.
struct Quota {
    place: String,
    goal: i32,
    held: i32,
}

/// Who can be chosen, and who cannot.
#[derive(Default)]
struct Sorted<'a> {
    villages: Vec<(&'a Rated, Effort)>,
    barred: Vec<(&'a Rated, Barred)>,
}

impl RatingApi {
    pub(super) async fn select(
        &self,
        call: &Call,
        request: &SelectVillagesForTierRequest,
    ) -> Result<SelectVillagesForTierResponse> {
        let division = request_of::place(request)?;
        let limits = request_of::limits(request)?;
        let asked = dates::from_timestamp("known_at", request.known_at)?;
        let date = self.kit.day("as_of", request.as_of)?;
        let mut tx = self.kit.db.read(call).await?;
        let now = bulletin_clock::present(&mut tx).await?;
        let known_at = asked.map_or(now, |asked| asked.min(now));
        let at = At { date, known_at };
        let loaded = plan_load::governing(&mut tx, division.code(), date, known_at).await?;
        let plan = &loaded.plan;
        let tier = wire::names::tier(plan, "tier", &request.tier)?;
        let year = request_of::year(plan, request.year, date.year())?;
        let costs = request_of::costs(plan, request)?;
        let excluded = request_of::excluded(plan, &division, request)?;
        let rated = rating_run::rate(&mut tx, plan, division.code(), at).await?;
        drop(tx);

        let quotas = quotas(plan, division.code(), request, year, tier, &rated)?;
        let sorted = sort(plan, tier, &costs, &excluded, &quotas, &rated);
        let selection = search(&quotas, &sorted, limits).await?;
        let mut response = SelectVillagesForTierResponse {
            plan: wire::plan::name_of(&loaded.key),
            plan_version: loaded.key.version,
            as_of: Some(dates::to_proto(date)),
            known_at: Some(dates::timestamp(known_at)),
            year,
            ..SelectVillagesForTierResponse::default()
        };
        request_of::conclude(&mut response, selection.as_ref(), limits);
        let filled = response.outcome() == SelectionOutcome::Filled;
        let best = selection.and_then(|selection| selection.best).filter(|_| filled);
        let chosen: Vec<&(&Rated, Effort)> = best
            .iter()
            .flat_map(|best| &best.villages)
            .filter_map(|at| sorted.villages.get(*at))
            .collect();
        let codes: Vec<&str> = chosen.iter().map(|(village, _)| village.code.as_str()).collect();
        response.quotas = quotas.iter().map(|quota| status(quota, &sorted, &codes)).collect();
        response.villages = chosen
            .into_iter()
            .map(|(it, effort)| request_of::selected(plan, &it.code, &it.display_name, it.tier(plan), effort))
            .collect();
        response.barred_villages = sorted
            .barred
            .iter()
            .map(|(it, why)| request_of::barred(plan, &it.code, &it.display_name, why))
            .collect();
        Ok(response)
    }
}

/// The quotas that must be filled, the wider before the narrower, then by code.
fn quotas(
    plan: &Plan,
    division: &str,
    request: &SelectVillagesForTierRequest,
    year: i32,
    tier: usize,
    rated: &[Rated],
) -> Result<Vec<Quota>> {
    let held = |place: &str| {
        let holding = rated
            .iter()
            .filter(|it| it.code.starts_with(place) && it.rating.tier >= Some(tier));
        wire::rating::small(holding.count())
    };
    let quota = |place: &str, goal: i32| Quota {
        place: place.to_owned(),
        goal,
        held: held(place),
    };
    if let Some(count) = request.village_count {
        return Ok(vec![quota(division, count)]);
    }
    let stated = plan
        .quotas
        .iter()
        .filter(|quota| quota.year == year && quota.tier == request.tier);
    let mut quotas: Vec<Quota> = stated
        .map(|stated| (plan.place(stated), stated.village_count))
        .filter(|(place, _)| place.starts_with(division))
        .map(|(place, goal)| quota(place, goal))
        .collect();
    if quotas.is_empty() {
        let name = wire::division::name(division);
        return Err(Error::rule(
            "NO_QUOTA",
            &name,
            format!(
                "the plan states no quota of {} for {name} in {year}; give village_count",
                request.tier
            ),
            format!("方案未规定 {year} 年该档次的任务数，请给出 village_count"),
        ));
    }
    quotas.sort_by(|a, b| (a.place.len(), &a.place).cmp(&(b.place.len(), &b.place)));
    Ok(quotas)
}

/// The villages of the quotas that do not hold the tier.
fn sort<'a>(
    plan: &Plan,
    tier: usize,
    costs: &[Option<UnitCost>],
    excluded: &HashSet<String>,
    quotas: &[Quota],
    rated: &'a [Rated],
) -> Sorted<'a> {
    let mut sorted = Sorted::default();
    for village in rated {
        let counts = quotas.iter().any(|quota| village.code.starts_with(&quota.place));
        if !counts || village.rating.tier >= Some(tier) {
            continue;
        }
        if excluded.contains(&village.code) {
            sorted.barred.push((village, Barred::Excluded));
            continue;
        }
        match effort::effort(plan, &village.rating, tier, costs) {
            Ok(effort) => sorted.villages.push((village, effort)),
            Err(bar) => sorted.barred.push((village, Barred::Effort(bar))),
        }
    }
    sorted
}

/// Searches away from the threads that answer calls.
async fn search(quotas: &[Quota], sorted: &Sorted<'_>, limits: Limits) -> Result<Option<Selection>> {
    let candidate = |(village, effort): &(&Rated, Effort)| Candidate {
        code: village.code.clone(),
        cost_fen: effort.cost_fen,
        crew_days_milli: effort.crew_days_milli,
    };
    let open = |quota: &Quota| Open {
        division: quota.place.clone(),
        missing: i64::from(quota.goal - quota.held),
    };
    let candidates: Vec<Candidate> = sorted.villages.iter().map(candidate).collect();
    let open: Vec<Open> = quotas.iter().map(open).collect();
    let limits = selection::Limits {
        crew_days_milli: limits.crew_days_milli,
        steps: STEPS,
    };
    tokio::task::spawn_blocking(move || selection::select(&candidates, &open, limits))
        .await
        .map_err(Error::internal)
}

fn status(quota: &Quota, sorted: &Sorted<'_>, chosen: &[&str]) -> QuotaSelection {
    let inside = |code: &str| code.starts_with(&quota.place);
    let candidates = sorted.villages.iter().filter(|(village, _)| inside(&village.code));
    let candidates = wire::rating::small(candidates.count());
    QuotaSelection {
        division: wire::division::name(&quota.place),
        goal_count: quota.goal,
        held_count: quota.held,
        candidate_count: candidates,
        chosen_count: wire::rating::small(chosen.iter().filter(|code| inside(code)).count()),
        missing_candidate_count: (quota.goal - quota.held - candidates).max(0),
    }
}
