//! `PlanService`.

use kit::{
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    division::{Division, Level},
    error::{Error, Result, Violation},
};
use proto::xiangtu::{
    plan::v1::PlanProblem,
    sanitation::v1::{
        ApplyPlanRequest, DiffPlanRequest, DiffPlanResponse, GetPlanRequest, ListPlansRequest, ListPlansResponse, Plan,
        PlanSection, ValidatePlanRequest, ValidatePlanResponse, plan_service_server::PlanService,
    },
};
use sanitation_core::{
    compliance::Report,
    norms::{Difference, Norms},
};
use sqlx::types::Json;
use tonic::{Request, Response, Status};

use super::{Api, list};
use crate::{
    assess::{Collections, Facts},
    book::Book,
    store::{
        areas::areas_of,
        plans::{Version, last_version, version_get, version_insert, version_list},
    },
    wire::{names, norms},
};

#[tonic::async_trait]
impl PlanService for Api {
    async fn validate_plan(
        &self,
        request: Request<ValidatePlanRequest>,
    ) -> Result<Response<ValidatePlanResponse>, Status> {
        let request = request.into_inner();
        let division = bound(&request.division)?;
        let (_, problems) = checked(&division, request.section.as_ref())?;
        Ok(Response::new(ValidatePlanResponse { problems }))
    }

    async fn diff_plan(&self, request: Request<DiffPlanRequest>) -> Result<Response<DiffPlanResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = bound(&request.division)?;
        let day = self.kit.day("effective_date", request.effective_date)?;
        let after = sound(&division, request.section.as_ref())?;
        let collections = Collections::read(&self.kit, division.code(), day).await?;
        let mut tx = self.kit.db.read(&call).await?;
        let book = Book::read(&mut tx, division.code(), day).await?;
        let effect = Effect::compute(&mut tx, division.code(), (&book, &after), collections).await?;
        let changes = book.norms(division.code()).differences(&after);
        let change = |difference: Difference| {
            let affected = difference.touches_compliance().then_some(effect.affected);
            norms::change(difference, affected)
        };
        Ok(Response::new(DiffPlanResponse {
            changes: changes.into_iter().map(change).collect(),
            compliant_before_count: effect.before,
            compliant_after_count: effect.after,
        }))
    }

    async fn apply_plan(&self, request: Request<ApplyPlanRequest>) -> Result<Response<Plan>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = bound(&request.division)?;
        let effective_date = self.kit.day("effective_date", request.effective_date)?;
        let section = sound(&division, request.section.as_ref())?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let version = last_version(&mut tx, division.code()).await.map_err(Error::from)? + 1;
        let book = Book::read(&mut tx, division.code(), effective_date).await?;
        let in_force = book.version(division.code());
        if let Some(same) = in_force.filter(|v| v.division_code == division.code() && v.norms.0 == section) {
            let response = norms::plan(same);
            let change = Change::new("apply", division.code(), &response.name).detail("equal to the version in force");
            return Ok(tx.finish(change, response).await?);
        }
        let row = Version {
            plan_id: self.kit.ids.next(),
            division_code: division.code().to_owned(),
            version,
            effective_date,
            norms: Json(section),
            created_at: tx.now(),
        };
        version_insert(&mut tx, &row).await.map_err(Error::from)?;
        let response = norms::plan(&row);
        let change = Change::new("apply", division.code(), &response.name)
            .detail(format!("version {version} from {effective_date}"));
        Ok(tx.finish(change, response).await?)
    }

    async fn get_plan(&self, request: Request<GetPlanRequest>) -> Result<Response<Plan>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let id = names::existing_uuid(&name, "plans")?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = version_get(&mut tx, id, &call.caller.scope)
            .await
            .map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&name))?;
        Ok(Response::new(norms::plan(&row)))
    }

    async fn list_plans(&self, request: Request<ListPlansRequest>) -> Result<Response<ListPlansResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = list::division(&request.division)?;
        let page = self.kit.pages.open(
            request.page_size,
            &request.page_token,
            "ListPlans",
            &[&request.division],
        )?;
        let before = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = version_list(&mut tx, &division, &call.caller.scope, before, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.plan_id.to_string());
        Ok(Response::new(ListPlansResponse {
            plans: rows.iter().map(norms::plan).collect(),
            next_page_token,
        }))
    }
}

/// The division that a plan holds for.
fn bound(division: &str) -> Result<Division> {
    let parsed = Division::parse("division", division)?;
    match parsed.level() {
        Level::Village | Level::Group => Err(Error::invalid("division", division, "a county or township")),
        _ => Ok(parsed),
    }
}

/// The norms of a section and everything that contradicts itself.
fn checked(division: &Division, section: Option<&PlanSection>) -> Result<(Norms, Vec<PlanProblem>)> {
    let section = section.ok_or_else(|| Error::required("section"))?;
    let (norms, mut problems) = norms::from_section(section);
    problems.extend(norms.contradictions(division.code()).into_iter().map(norms::problem));
    Ok((norms, problems))
}

/// The norms of a section that has no contradiction.
fn sound(division: &Division, section: Option<&PlanSection>) -> Result<Norms> {
    let (norms, problems) = checked(division, section)?;
    if problems.is_empty() {
        return Ok(norms);
    }
    let violation = |problem: PlanProblem| Violation {
        field: format!("section.{}", problem.path),
        value: String::new(),
        rule: problem.message,
    };
    Err(Error::invalid_many(problems.into_iter().map(violation).collect()))
}

/// What new norms would do to villages.
struct Effect {
    before: i64,
    after: i64,
    affected: i64,
}

impl Effect {
    async fn compute(
        tx: &mut Tx,
        division: &str,
        (book, norms): (&Book, &Norms),
        collections: Collections,
    ) -> Result<Self> {
        let areas = areas_of(tx, division).await?;
        let facts = Facts::read(tx, &areas, collections).await?;
        let before = facts.reports(&areas, |code| book.norms(code));
        // A township's own norms go on holding under a new plan of its county.
        let own = |code: &str| {
            book.version(code)
                .is_some_and(|v| v.division_code.len() > division.len())
        };
        let after = facts.reports(&areas, |code| if own(code) { book.norms(code) } else { norms });
        let mut effect = Self {
            before: 0,
            after: 0,
            affected: 0,
        };
        for ((before, _), (after, _)) in before.iter().zip(&after) {
            let verdict = |report: &Report| (report.compliant, report.marks_permille);
            effect.before += i64::from(before.compliant);
            effect.after += i64::from(after.compliant);
            effect.affected += i64::from(verdict(before) != verdict(after));
        }
        Ok(effect)
    }
}
