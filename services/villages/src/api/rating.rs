//! `RatingService`.

use std::collections::{HashMap, HashSet};

use kit::{
    Kit,
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    division::Division as Code,
    error::{Error, Result},
    filter::{Field, Filter},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    GetLeagueTableRequest, GetRatingRequest, LeagueTable, ListRatingsRequest, ListRatingsResponse, RateVillagesRequest,
    RateVillagesResponse, Rating, RatingChanged, RatingView, SelectVillagesForTierRequest,
    SelectVillagesForTierResponse, SimulateRatingsRequest, SimulateRatingsResponse,
    rating_service_server::RatingService,
};
use rayon::prelude::*;
use time::Date;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    division::optional_code,
    plan_load::{self, Loaded},
    rating_run::{self, Known, Rated},
};
use crate::{
    store::{
        bulletin_clock,
        rating::{self, LatestRating, NewRating, RatingQuery, Run},
        rating_facts::At,
    },
    wire,
};

/// Ratings of villages.
pub struct RatingApi {
    /// What the service works with.
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("tier", "r.tier"),
    Field::text("target_tier", "r.target_tier"),
];

#[tonic::async_trait]
impl RatingService for RatingApi {
    async fn rate_villages(
        &self,
        request: Request<RateVillagesRequest>,
    ) -> Result<Response<RateVillagesResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(self.rate(&call, &request.into_inner()).await?)
    }

    async fn get_rating(&self, request: Request<GetRatingRequest>) -> Result<Response<Rating>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_ratings(
        &self,
        request: Request<ListRatingsRequest>,
    ) -> Result<Response<ListRatingsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }

    async fn get_league_table(&self, request: Request<GetLeagueTableRequest>) -> Result<Response<LeagueTable>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.league(&call, &request.into_inner()).await?))
    }

    async fn simulate_ratings(
        &self,
        request: Request<SimulateRatingsRequest>,
    ) -> Result<Response<SimulateRatingsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.simulate(&call, &request.into_inner()).await?))
    }

    async fn select_villages_for_tier(
        &self,
        request: Request<SelectVillagesForTierRequest>,
    ) -> Result<Response<SelectVillagesForTierResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.select(&call, &request.into_inner()).await?))
    }
}

impl RatingApi {
    async fn rate(&self, call: &Call, request: &RateVillagesRequest) -> Result<Response<RateVillagesResponse>> {
        let division = Code::parse("division", &request.division)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let asked = dates::from_timestamp("known_at", request.known_at)?;
        let date = self.kit.day("as_of", request.as_of)?;
        rating::ratings_lock(&mut tx, division.code()).await?;
        let now = bulletin_clock::present(&mut tx).await?;
        let known_at = asked.map_or(now, |asked| asked.min(now));
        let at = At { date, known_at };
        let loaded = plan_load::governing(&mut tx, division.code(), date, known_at).await?;
        let known = rating_run::known(&mut tx, &loaded.plan, division.code(), at).await?;
        let rated: Vec<_> = known
            .into_par_iter()
            .map(|village| explained(&loaded, village, date))
            .collect();
        let (village_count, tiers) = (
            rated.len(),
            rating_run::by_tier(&loaded.plan, rated.iter().map(|(village, _)| village)),
        );
        let mut response = RateVillagesResponse {
            plan: wire::plan::name_of(&loaded.key),
            plan_version: loaded.key.version,
            as_of: Some(dates::to_proto(at.date)),
            known_at: Some(dates::timestamp(known_at)),
            village_count: wire::rating::small(village_count),
            tiers: wire::rating::tier_counts(&loaded.plan, &tiers),
            ..RateVillagesResponse::default()
        };
        let fresh = self
            .keep(&mut tx, &loaded, rated, division.code(), at, &mut response)
            .await?;
        response.recorded_count = wire::rating::small(fresh.len());
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(response));
        }
        let run = Run {
            plan: &loaded.key,
            as_of: at.date,
            known_at,
        };
        rating::ratings_insert(&mut tx, &run, &fresh).await?;
        let detail = format!("{} of {village_count} villages", fresh.len());
        tx.finish(
            Change::new("rate", division.code(), &division.name()).detail(detail),
            response,
        )
        .await
    }

    /// What is new against the ratings kept, with an event for every village whose tier differs.
    async fn keep(
        &self,
        tx: &mut Tx,
        loaded: &Loaded,
        rated: Vec<(Rated, wire::rating::Kept)>,
        division: &str,
        at: At,
        response: &mut RateVillagesResponse,
    ) -> Result<Vec<NewRating>> {
        let kept = rating::ratings_latest(tx, division, at.date, Some(at.known_at)).await?;
        let kept: HashMap<&str, &LatestRating> = kept.iter().map(|row| (row.division_code.as_str(), row)).collect();
        let overtaken: HashSet<String> = rating::ratings_later(tx, division, at.date, at.known_at)
            .await?
            .into_iter()
            .collect();
        let mut fresh = Vec::new();
        for (village, kept_as) in rated {
            let former = || village.formers.iter().find_map(|code| kept.get(code.as_str()));
            let before = kept.get(village.code.as_str()).or_else(former);
            let rating = &kept_as.rating;
            if before.is_some_and(|before| before.as_of == at.date && before.digest == rating.digest) {
                continue;
            }
            let id = self.kit.ids.next();
            let (before_tier, after_tier) = (
                before.map_or("", |before| before.tier.as_str()),
                village.tier(&loaded.plan),
            );
            if before_tier != after_tier {
                let change = wire::rating::tier_change(&village.code, &village.display_name, before_tier, after_tier);
                response.tier_changes.push(change);
                // What was so on a day of the past, or seemed so before more was known, is not the tier held now.
                if !overtaken.contains(&village.code) {
                    tx.emit(
                        "rating.changed",
                        &village.code,
                        &wire::rating::name(id),
                        &changed(rating, id, before_tier),
                    );
                }
            }
            fresh.push(new_rating(id, &village, kept_as, at));
        }
        Ok(fresh)
    }

    async fn get(&self, call: &Call, request: &GetRatingRequest) -> Result<Rating> {
        let id = wire::rating::id("name", &request.name)?;
        let mut tx = self.kit.db.read(call).await?;
        let content = rating::rating_get(&mut tx, id)
            .await?
            .ok_or_else(|| Error::not_found(&request.name))?;
        Rating::decode(content.as_slice()).map_err(Error::internal)
    }

    async fn list(&self, call: &Call, request: &ListRatingsRequest) -> Result<ListRatingsResponse> {
        let division = optional_code("division", &request.division)?;
        let as_of = dates::from_proto("as_of", request.as_of)?;
        let view = RatingView::try_from(request.view)
            .map_err(|_| Error::invalid("view", request.view, "one of the values of RatingView"))?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let query = [division.as_str(), &request.filter, &format!("{as_of:?}")];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListRatings", &query)?;
        let after = page.after_id()?;
        let list = RatingQuery {
            division: &division,
            as_of,
            after,
            limit: page.size + 1,
        };
        let mut tx = self.kit.db.read(call).await?;
        let rows = rating::ratings_list(&mut tx, &list, &filter).await?;
        let (rows, next_page_token) = page.close(rows, |(id, _)| id.to_string());
        let mut ratings = Vec::with_capacity(rows.len());
        for (_, content) in rows {
            let mut rating = Rating::decode(content.as_slice()).map_err(Error::internal)?;
            if view != RatingView::Full {
                rating.criteria.clear();
                rating.unit_counts.clear();
            }
            ratings.push(rating);
        }
        Ok(ListRatingsResponse {
            ratings,
            next_page_token,
        })
    }
}

fn explained(loaded: &Loaded, village: Known, date: Date) -> (Rated, wire::rating::Kept) {
    let village = rating_run::rated(&loaded.plan, village, date);
    let run = wire::rating::Run {
        plan: &loaded.plan,
        key: &loaded.key,
        as_of: date,
    };
    let kept = wire::rating::rating(
        run,
        &village.code,
        &village.display_name,
        &village.facts,
        &village.rating,
    );
    (village, kept)
}

fn changed(rating: &Rating, id: Uuid, before_tier: &str) -> RatingChanged {
    RatingChanged {
        division: rating.division.clone(),
        rating: wire::rating::name(id),
        as_of: rating.as_of,
        before_tier: before_tier.to_owned(),
        after_tier: rating.tier.clone(),
        after_tier_display_name: rating.tier_display_name.clone(),
    }
}

fn new_rating(id: Uuid, village: &Rated, kept: wire::rating::Kept, at: At) -> NewRating {
    let rating = &kept.rating;
    NewRating {
        rating_id: id,
        division_code: village.code.clone(),
        tier: rating.tier.clone(),
        target_tier: rating.target_tier.clone(),
        on_target: village.on_target(),
        score_milli: rating.score_milli,
        score_full_milli: rating.score_full_milli,
        digest: rating.digest.clone(),
        content: kept.into_content(id, at.known_at),
    }
}
