//! `PlanService`.

mod apply;

use kit::{
    call::Call,
    dates,
    division::{Division, Level},
    error::{Error, Result, Violation},
    service::Kit,
};
use prost::Message as _;
use proto::xiangtu::{
    homestead::v1::{
        ApplyPlanRequest, DiffPlanRequest, DiffPlanResponse, GetPlanRequest, ListPlansRequest, ListPlansResponse, Plan,
        PlanSection, ValidatePlanRequest, ValidatePlanResponse, plan_service_server::PlanService,
    },
    plan::v1::PlanChange,
};
use tonic::{Request, Response, Status};

use crate::{
    store::plan,
    wire::{
        names,
        payment::request_id,
        plan::{Section, changes, problem, section, tariff_key},
    },
};

/// Takes the homestead section of plan packages into force.
pub struct PlanApi {
    pub kit: Kit,
}

#[tonic::async_trait]
impl PlanService for PlanApi {
    async fn validate_plan(
        &self,
        request: Request<ValidatePlanRequest>,
    ) -> Result<Response<ValidatePlanResponse>, Status> {
        let request = request.get_ref();
        let division = plan_division(&request.division)?;
        let wire = request.section.as_ref().ok_or_else(|| Error::required("section"))?;
        let (_, problems) = section(wire, &division);
        Ok(Response::new(ValidatePlanResponse {
            problems: problems.into_iter().map(problem).collect(),
        }))
    }

    async fn diff_plan(&self, request: Request<DiffPlanRequest>) -> Result<Response<DiffPlanResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = plan_division(&request.division)?;
        let wire = request.section.as_ref().ok_or_else(|| Error::required("section"))?;
        let proposed = checked(wire, &division)?;
        let mut tx = self.kit.db.read(&call).await?;
        let current = match plan::plan_latest(&mut tx, division.code()).await.map_err(Error::from)? {
            Some(row) => section(&decode(&row)?, &division).0,
            None => Section::default(),
        };
        let mut changes = changes(&current, &proposed);
        count_affected(&mut tx, &current, &proposed, &mut changes).await?;
        Ok(Response::new(DiffPlanResponse { changes }))
    }

    async fn apply_plan(&self, request: Request<ApplyPlanRequest>) -> Result<Response<Plan>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let division = plan_division(&request.division)?;
        let effective_on = dates::required("effective_date", request.effective_date)?;
        let wire = request.section.as_ref().ok_or_else(|| Error::required("section"))?;
        let section = checked(wire, &division)?;
        self.apply(&call, &request, wire, &section, &division, effective_on)
            .await
    }

    async fn get_plan(&self, request: Request<GetPlanRequest>) -> Result<Response<Plan>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let scope = &call.caller.scope;
        let mut tx = self.kit.db.read(&call).await?;
        let row = if request.name == "plans/current" {
            let day = self.kit.day("as_of", request.as_of)?;
            let plans = plan::plans_in_force(&mut tx, day).await.map_err(Error::from)?;
            plans.into_iter().find(|row| super::concerns(scope, &row.division_code))
        } else {
            let version = names::found("plans", &request.name)?
                .parse()
                .map_err(|_| Error::not_found(&request.name))?;
            let row = plan::plan_get(&mut tx, version).await.map_err(Error::from)?;
            row.filter(|row| super::concerns(scope, &row.division_code))
        };
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        Ok(Response::new(Plan {
            section: Some(decode(&row)?),
            ..version(&row)
        }))
    }

    async fn list_plans(&self, request: Request<ListPlansRequest>) -> Result<Response<ListPlansResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPlans", &[])?;
        let before = page
            .after
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(Error::internal)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = plan::plan_list(&mut tx, &call.caller.scope, before, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.version.to_string());
        let plans = rows.iter().map(version).collect();
        Ok(Response::new(ListPlansResponse { plans, next_page_token }))
    }
}

/// The county, township or village of a plan.
pub(super) fn plan_division(value: &str) -> Result<Division> {
    let division = Division::parse("division", value)?;
    if (Level::County..=Level::Village).contains(&division.level()) {
        Ok(division)
    } else {
        Err(Error::invalid("division", value, "a county, township or village"))
    }
}

/// The section, or every problem of it at once.
fn checked(wire: &PlanSection, division: &Division) -> Result<Section> {
    let (section, problems) = section(wire, division);
    if problems.is_empty() {
        return Ok(section);
    }
    let violation = |problem: homestead_core::problem::Problem| {
        Violation::new(format!("section.{}", problem.path), problem.reason, problem.message)
    };
    Err(Error::invalid_many(problems.into_iter().map(violation).collect()))
}

fn decode(row: &plan::Plan) -> Result<PlanSection> {
    PlanSection::decode(row.section.as_slice()).map_err(Error::internal)
}

/// A version without its section.
fn version(row: &plan::Plan) -> Plan {
    Plan {
        name: names::of("plans", row.version),
        division: names::of("divisions", &row.division_code),
        version: row.version,
        effective_date: Some(dates::to_proto(row.effective_on)),
        section: None,
        apply_time: Some(dates::timestamp(row.applied_at)),
    }
}

/// Counts the over-occupying households that each changed tariff touches.
async fn count_affected(
    tx: &mut kit::db::Tx,
    current: &Section,
    proposed: &Section,
    changes: &mut [PlanChange],
) -> Result<()> {
    for (section, other) in [(proposed, current), (current, proposed)] {
        for (at, tariff) in section.tariffs.iter().enumerate() {
            let key = tariff_key(tariff);
            let same = other.tariffs.iter().any(|other| other == tariff);
            let listed = std::ptr::eq(section, proposed) || !proposed.tariffs.iter().any(|new| tariff_key(new) == key);
            if same || !listed {
                continue;
            }
            let count = plan::over_occupying_count(tx, &tariff.division).await?;
            let place = format!("tariffs[{at}].");
            for change in changes
                .iter_mut()
                .filter(|change| change.path.starts_with(&place) && change.affected_count.is_none())
            {
                change.affected_count = Some(count);
            }
        }
    }
    Ok(())
}
