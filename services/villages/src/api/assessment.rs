//! `AssessmentService`.

use std::collections::HashMap;

use kit::{
    Kit,
    call::Call,
    dates,
    division::{Division as Code, Level},
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{
    AssessmentLedger, GetAssessmentLedgerRequest, LadderStep, PersonAccount, VillageAccount,
    assessment_service_server::AssessmentService,
};
use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use tonic::{Request, Response, Status};
use uuid::Uuid;
use villages_core::{
    assessment::{self, Miss},
    digest,
    league::{self, Standing},
    week::Week,
};

use super::{
    plan_load::{self, Loaded},
    rating_run,
};
use crate::{
    store::{
        assessment as store, bulletin_clock, ladder,
        rating_facts::{self, At},
        task_tenure,
    },
    wire,
};

/// The assessment ledger.
pub struct AssessmentApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl AssessmentService for AssessmentApi {
    async fn get_assessment_ledger(
        &self,
        request: Request<GetAssessmentLedgerRequest>,
    ) -> Result<Response<AssessmentLedger>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.ledger(&call, &request.into_inner()).await?))
    }
}

impl AssessmentApi {
    async fn ledger(&self, call: &Call, request: &GetAssessmentLedgerRequest) -> Result<AssessmentLedger> {
        let division = Code::parse("division", &request.division)?;
        if !matches!(division.level(), Level::County | Level::Township) {
            let rule = "a county (6 digits) or a township (9 digits)";
            return Err(Error::invalid("division", &request.division, rule));
        }
        let this_year = self.kit.clock.today().year();
        if !(2_000..=this_year.min(2_100)).contains(&request.year) {
            let rule = format!("2000 to {}", this_year.min(2_100));
            return Err(Error::invalid("year", request.year, rule));
        }
        let (first, last) = (first_of(request.year)?, first_of(request.year + 1)?);
        let asked = dates::from_timestamp("known_at", request.known_at)?;
        let mut tx = self.kit.db.read(call).await?;
        let present = bulletin_clock::present(&mut tx).await?;
        let known_at = asked.unwrap_or(present);
        if known_at > present {
            return Err(Error::invalid(
                "known_at",
                known_at,
                format!("an instant not after {present}"),
            ));
        }
        let year_end = last.previous_day().unwrap_or(last);
        let at = At {
            date: year_end.min(dates::day_of(known_at)),
            known_at,
        };
        let loaded = plan_load::governing(&mut tx, division.code(), at.date, known_at).await?;
        let own = rating_facts::divisions_named(&mut tx, division.code(), "", at).await?;
        let own = own.into_iter().find(|row| row.division_code == division.code());
        let own = own.ok_or_else(|| Error::not_found(division.name()))?;
        let mut ledger = AssessmentLedger {
            division: division.name(),
            display_name: own.display_name,
            year: request.year,
            known_at: Some(dates::timestamp(known_at)),
            as_of: Some(dates::to_proto(at.date)),
            plan: wire::plan::name_of(&loaded.key),
            plan_version: loaded.key.version,
            persons: persons(&mut tx, &loaded, division.code(), (first, request.year), at).await?,
            villages: villages(&mut tx, &loaded, division.code(), at).await?,
            digest: String::new(),
        };
        ledger.digest = digest::hex(&ledger.encode_to_vec());
        Ok(ledger)
    }
}

fn first_of(year: i32) -> Result<Date> {
    Date::from_calendar_date(year, time::Month::January, 1).map_err(Error::internal)
}

/// The accounts of persons with misses or steps in a year.
async fn persons(
    conn: &mut PgConnection,
    loaded: &Loaded,
    division: &str,
    (first, year): (Date, i32),
    at: At,
) -> Result<Vec<PersonAccount>> {
    // The first ISO week of a year holds 4 January.
    let week_one = |year| {
        Date::from_calendar_date(year, time::Month::January, 4)
            .map(|day| Week::of(day).first_day())
            .map_err(Error::internal)
    };
    let weeks = (week_one(year)?, week_one(year + 1)?);
    let misses = store::misses_between(conn, division, weeks, at.known_at).await?;
    let since = dates::start_of(first.min(weeks.0));
    let steps: Vec<LadderStep> = steps(conn, division, since, at.known_at)
        .await?
        .into_iter()
        .filter(|step| year_of(step) == Some(year))
        .collect();
    let misses: Vec<Miss> = misses
        .into_iter()
        .map(|row| Miss {
            id: row.miss_id.as_u128(),
            cadre: row.cadre_id,
            week: Week::of(row.week),
        })
        .collect();
    let taken = steps.iter().map(wire::assessment::step).collect::<Result<Vec<_>>>()?;
    let accounts = assessment::accounts(&misses, &taken);
    let cadres: Vec<String> = accounts.keys().cloned().collect();
    let names: HashMap<String, String> = task_tenure::names_of(conn, &cadres, at.date)
        .await?
        .into_iter()
        .collect();
    let named = |cadre: &str| {
        let mut on_step = steps.iter().filter_map(|step| step.person.as_ref());
        let person = on_step
            .rfind(|person| person.cadre == wire::cadre::name(cadre))
            .cloned();
        person.unwrap_or_else(|| wire::task::person(cadre, names.get(cadre).map(String::as_str).unwrap_or_default()))
    };
    let mut persons: Vec<PersonAccount> = accounts
        .iter()
        .map(|(cadre, account)| wire::assessment::person(named(cadre), account, &steps))
        .collect();
    if loaded.plan.policy.rank_persons {
        let in_force = |person: &PersonAccount| person.measures.iter().map(|measure| measure.count).sum::<i32>();
        persons.sort_by_key(|person| std::cmp::Reverse((in_force(person), person.missed_week_count)));
    }
    Ok(persons)
}

/// Steps that were drafted from `since` on, each with what had been done about it.
async fn steps(
    conn: &mut PgConnection,
    division: &str,
    since: OffsetDateTime,
    known_at: OffsetDateTime,
) -> Result<Vec<LadderStep>> {
    let drafted = store::steps_drafted(conn, division, since, known_at).await?;
    let ids: Vec<Uuid> = drafted.iter().map(|row| row.step_id).collect();
    let mut entries: HashMap<Uuid, Vec<_>> = HashMap::new();
    for (step, content) in ladder::entries_of(conn, &ids, Some(known_at)).await? {
        let entry = wire::ladder_process::entry(&content)?;
        entries.entry(step).or_default().push(entry);
    }
    drafted
        .into_iter()
        .map(|row| wire::ladder_process::step(&row.content, entries.remove(&row.step_id).unwrap_or_default()))
        .collect()
}

/// The year that a step belongs to: that of its week, or that of the day on which it was drafted.
fn year_of(step: &LadderStep) -> Option<i32> {
    let of_week = Week::parse(&step.week).map(|week| week.number().0);
    of_week.or_else(|| step.draft_date.map(|date| date.year))
}

async fn villages(conn: &mut PgConnection, loaded: &Loaded, division: &str, at: At) -> Result<Vec<VillageAccount>> {
    let rated = rating_run::rate(conn, &loaded.plan, division, at).await?;
    let standing = |village: &rating_run::Rated| Standing {
        group: village.code.clone(),
        score_milli: village.rating.score_milli,
        tier: village.rating.tier,
        on_target: village.on_target(),
    };
    let standings: Vec<Standing> = rated.iter().map(standing).collect();
    let rated: HashMap<&str, &rating_run::Rated> =
        rated.iter().map(|village| (village.code.as_str(), village)).collect();
    let account = |place: league::Place| {
        let village = rated.get(place.group.as_str())?;
        Some(VillageAccount {
            division: wire::division::name(&village.code),
            display_name: village.display_name.clone(),
            rank: wire::rating::small(place.rank),
            tier: village.tier(&loaded.plan).to_owned(),
            score_milli: village.rating.score_milli,
            on_target: village.on_target(),
        })
    };
    let places = league::rank(&standings, loaded.plan.tiers.len());
    Ok(places.into_iter().filter_map(account).collect())
}
