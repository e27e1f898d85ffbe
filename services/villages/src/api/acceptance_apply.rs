//! Applies for acceptances, and opens them for a batch.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    division::{Division as Code, Level},
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    Acceptance, AcceptanceLeftOut, AcceptanceState, ApplyForAcceptanceRequest, OpenAcceptancesRequest,
    OpenAcceptancesResponse, Post,
};
use time::{Date, Month};
use tonic::Response;
use villages_core::{
    plan::Plan,
    rating::{self, Outcome},
};

use super::{
    acceptance::{AcceptanceApi, present},
    acceptance_process::{emit, ended_error, in_charge},
    division::require_id,
    plan_load::{self, Loaded},
    rating_run::{self, Rated},
};
use crate::{
    store::{
        acceptance::{self, NewAcceptance},
        measurement,
        rating_facts::At,
    },
    wire,
};

/// Criteria that a refusal names.
const MOST_NAMED: usize = 5;

/// What all acceptances of one call share.
struct Terms<'a> {
    loaded: &'a Loaded,
    year: i32,
    /// Day that the claims describe, and what is known of it.
    at: At,
    batch: &'a str,
    text: &'a str,
}

/// What a village misses, in two languages.
struct Missing {
    en: String,
    zh: String,
}

impl AcceptanceApi {
    pub(super) async fn apply(&self, call: &Call, request: &ApplyForAcceptanceRequest) -> Result<Response<Acceptance>> {
        require_id(&request.request_id)?;
        let village = Code::parse("division", &request.division)?;
        if village.level() != Level::Village {
            return Err(Error::invalid("division", &request.division, "a village, 12 digits"));
        }
        let text = wire::acceptance::remark("text", &request.text)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let today = present(&mut tx).await?;
        let ends = measurement::villages_ends(&mut tx, &[village.code()]).await?;
        match ends.first() {
            None => return Err(Error::not_found(village.name())),
            Some((_, Some(ended))) if *ended <= today.date => return Err(ended_error(&village.name(), *ended)),
            Some(_) => {}
        }
        let (loaded, at, year) = governing(&mut tx, village.code(), request.year, today).await?;
        let plan = &loaded.plan;
        wire::names::village_in(plan, &village, "division", &request.division)?;
        let tier = wire::names::tier(plan, "tier", &request.tier)?;
        acceptance::applications_lock(&mut tx, &loaded.key).await?;
        let rated = rating_run::rate(&mut tx, plan, village.code(), at).await?;
        let rated = rated.first().ok_or_else(|| Error::not_found(village.name()))?;
        if let Some(missing) = missing(plan, tier, rated) {
            let zh = format!("{} 未达到申报档次：{}", village.name(), missing.zh);
            let en = format!("{} does not hold {}: {}", village.name(), request.tier, missing.en);
            return Err(Error::rule("TIER_NOT_HELD", village.name(), en, zh));
        }
        let codes = [village.code()];
        let standing = acceptance::acceptances_standing(&mut tx, &codes, &loaded.key, year, &request.tier).await?;
        if let Some((_, id)) = standing.first() {
            return Err(Error::exists(wire::acceptance::name(*id)));
        }
        let terms = Terms {
            loaded: &loaded,
            year,
            at,
            batch: "",
            text: &text,
        };
        let applied = self.keep(&mut tx, &terms, tier, rated).await?;
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(applied));
        }
        let change = Change::new("applied", village.code(), &applied.name).detail(applied.tier.clone());
        tx.finish(change, applied).await
    }

    pub(super) async fn open(
        &self,
        call: &Call,
        request: &OpenAcceptancesRequest,
    ) -> Result<Response<OpenAcceptancesResponse>> {
        require_id(&request.request_id)?;
        let division = Code::parse("division", &request.division)?;
        let text = wire::acceptance::remark("text", &request.text)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let today = present(&mut tx).await?;
        let (loaded, at, year) = governing(&mut tx, division.code(), request.year, today).await?;
        let plan = &loaded.plan;
        in_charge(call, &loaded.key)?;
        acceptance::applications_lock(&mut tx, &loaded.key).await?;
        let rated = rating_run::rate(&mut tx, plan, division.code(), at).await?;
        let target = |village: &Rated| {
            let batch = plan.batch(&village.code)?;
            (batch.code == request.batch).then_some(batch.target)
        };
        let rated: Vec<(&Rated, usize)> = rated.iter().filter_map(|it| Some((it, target(it)?))).collect();
        let Some((_, tier)) = rated.first() else {
            let rule = format!("a batch of the plan with villages in {}", division.name());
            return Err(Error::invalid("batch", &request.batch, rule));
        };
        let code = plan.tiers.get(*tier).map_or("", |tier| tier.code.as_str());
        let codes: Vec<&str> = rated.iter().map(|(village, _)| village.code.as_str()).collect();
        let standing = acceptance::acceptances_standing(&mut tx, &codes, &loaded.key, year, code).await?;
        let ends = measurement::villages_ends(&mut tx, &codes).await?;
        let terms = Terms {
            loaded: &loaded,
            year,
            at,
            batch: &request.batch,
            text: &text,
        };
        let mut response = OpenAcceptancesResponse::default();
        for (village, tier) in rated {
            let ended = ends
                .iter()
                .find(|(code, _)| *code == village.code)
                .and_then(|(_, end)| *end);
            let stands = standing.iter().find(|(code, _)| *code == village.code);
            let left = match (
                ended.filter(|end| *end <= today.date),
                stands,
                missing(plan, tier, village),
            ) {
                (Some(ended), ..) => left_out(
                    village,
                    "DIVISION_ENDED",
                    format!("ended on {ended}"),
                    format!("已于 {ended} 撤并"),
                ),
                (_, Some((_, id)), _) => {
                    let name = wire::acceptance::name(*id);
                    left_out(
                        village,
                        "ACCEPTANCE_EXISTS",
                        format!("there is {name}"),
                        format!("已有 {name}"),
                    )
                }
                (.., Some(missing)) => left_out(village, "TIER_NOT_HELD", missing.en, missing.zh),
                _ => {
                    let opened = self.keep(&mut tx, &terms, tier, village).await?;
                    response.acceptances.push(opened);
                    continue;
                }
            };
            response.left_out.push(left);
        }
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(response));
        }
        let detail = format!("{}: {} villages", request.batch, response.acceptances.len());
        let change = Change::new("open", division.code(), &division.name()).detail(detail);
        tx.finish(change, response).await
    }

    /// Keeps the claims of a village that holds the tier, and tells others.
    async fn keep(&self, tx: &mut Tx, terms: &Terms<'_>, tier: usize, village: &Rated) -> Result<Acceptance> {
        let (plan, key) = (&terms.loaded.plan, &terms.loaded.key);
        let standard = plan
            .tiers
            .get(tier)
            .ok_or_else(|| Error::internal("a tier out of range"))?;
        let id = self.kit.ids.next();
        let claims = village.rating.criteria.iter().filter(|judged| judged.tier <= tier);
        let post = format!("POST_{}", plan.acceptance.decision_post.as_str());
        let mut applied = Acceptance {
            name: wire::acceptance::name(id),
            division: wire::division::name(&village.code),
            display_name: village.display_name.clone(),
            plan: wire::plan::name_of(key),
            plan_version: key.version,
            year: terms.year,
            tier: standard.code.clone(),
            tier_display_name: standard.display_name.clone(),
            batch: terms.batch.to_owned(),
            as_of: Some(dates::to_proto(terms.at.date)),
            known_at: Some(dates::timestamp(terms.at.known_at)),
            claims: claims
                .filter_map(|judged| wire::acceptance::claim(plan, &village.code, &village.facts, judged))
                .collect(),
            text: terms.text.to_owned(),
            applicant: tx.principal().to_owned(),
            apply_time: Some(dates::timestamp(tx.now())),
            state: AcceptanceState::Applied.into(),
            publicity_days: plan.acceptance.publicity_days,
            decision_post: Post::from_str_name(&post).unwrap_or_default().into(),
            ..Acceptance::default()
        };
        let new = NewAcceptance {
            acceptance_id: id,
            division_code: &village.code,
            plan: key,
            year: terms.year,
            tier: &standard.code,
            content: applied.encode_to_vec(),
            applied_at: tx.now(),
        };
        acceptance::acceptance_insert(tx, &new).await?;
        wire::acceptance::settle(&mut applied, None)?;
        emit(tx, "applied", &village.code, &applied);
        Ok(applied)
    }
}

/// The plan that governs the claims of a year, the day that they describe, and the year: the year's last day, or today if
/// that lies ahead.
async fn governing(tx: &mut Tx, division: &str, asked: i32, today: At) -> Result<(Loaded, At, i32)> {
    let year = if asked == 0 { today.date.year() } else { asked };
    let rule = || format!("a year of the programme, not after {}", today.date.year());
    let last = Date::from_calendar_date(year, Month::December, 31);
    let date = last.map_err(|_| Error::invalid("year", year, rule()))?.min(today.date);
    if year > today.date.year() {
        return Err(Error::invalid("year", year, rule()));
    }
    let at = At { date, ..today };
    let loaded = plan_load::governing(tx, division, date, today.known_at).await?;
    if year < loaded.plan.start.year() {
        return Err(Error::invalid("year", year, rule()));
    }
    Ok((loaded, at, year))
}

/// What a village misses for a tier; `None` if it holds it.
fn missing(plan: &Plan, tier: usize, village: &Rated) -> Option<Missing> {
    if village.rating.tier >= Some(tier) {
        return None;
    }
    let open = village.rating.criteria.iter();
    let open = open.filter(|judged| judged.tier <= tier && judged.outcome != Outcome::Pass);
    let mut said: Vec<(String, String)> = open
        .map(|judged| {
            let indicator = plan.indicators.get(judged.indicator);
            let name = indicator.map_or("", |indicator| indicator.display_name.as_str());
            let statement = rating::statement(plan, judged, village.facts.figure(judged.indicator));
            (format!("{name}: {}", statement.en), format!("{name}{}", statement.zh))
        })
        .collect();
    let vetoes = village.rating.vetoes.iter().filter_map(|at| plan.vetoes.get(*at));
    let vetoes = vetoes.filter(|veto| veto.bars_from <= tier);
    said.extend(vetoes.map(|veto| {
        let name = &veto.display_name;
        (format!("veto {name}"), format!("一票否决：{name}"))
    }));
    said.truncate(MOST_NAMED);
    let (en, zh): (Vec<_>, Vec<_>) = said.into_iter().unzip();
    Some(Missing {
        en: en.join("; "),
        zh: zh.join("；"),
    })
}

fn left_out(village: &Rated, reason: &str, message: String, message_zh: String) -> AcceptanceLeftOut {
    AcceptanceLeftOut {
        division: wire::division::name(&village.code),
        reason: reason.to_owned(),
        message,
        message_zh,
    }
}
