//! `xiangtu.notifications.v1.PlanService`.

use std::collections::BTreeMap;

use kit::{
    Kit,
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    division::Division,
    error::{Error, Result},
};
use proto::xiangtu::{
    notifications::v1::{
        ApplyPlanRequest, DiffPlanRequest, DiffPlanResponse, GetPlanRequest, ListPlansRequest, ListPlansResponse, Plan,
        PlanSection, ValidatePlanRequest, ValidatePlanResponse, plan_service_server::PlanService,
    },
    plan::v1::PlanChange,
};
use sqlx::types::Json;
use tonic::{Request, Response, Status};

use crate::{
    store::{self, plan::PlanRow, template::TemplateRow},
    wire::{
        diff,
        name::{Collection, division_or_empty},
        plan as wire,
        problem::Problems,
        template,
    },
};

/// Validates, compares and applies the notifications section of a plan package.
pub struct Api {
    /// What the service works with.
    pub kit: Kit,
}

fn required(section: Option<PlanSection>) -> Result<PlanSection> {
    section.ok_or_else(|| Error::required("section"))
}

/// Everything that is wrong with a section.
fn problems(section: &PlanSection) -> (wire::Section, Problems) {
    let mut problems = Problems::default();
    let checked = wire::section(section, &mut problems);
    (checked, problems)
}

impl Api {
    /// Gives every template of the section a version: the latest where it is the same, else a new one.
    async fn templates(
        &self,
        tx: &mut Tx,
        division: &Division,
        section: &PlanSection,
    ) -> Result<BTreeMap<String, i32>> {
        let mut versions = BTreeMap::new();
        for one in &section.templates {
            let (definition, digest) = template::encoded(one);
            let latest = store::template::template_get(tx, division.code(), &one.id, None).await?;
            let version = match latest {
                Some(latest) if latest.digest == digest => latest.version,
                latest => {
                    let row = TemplateRow {
                        division_code: division.code().to_owned(),
                        id: one.id.clone(),
                        version: latest.map_or(1, |latest| latest.version + 1),
                        definition,
                        digest,
                        created_at: self.kit.clock.now(),
                    };
                    store::template::template_insert(tx, &row).await?;
                    row.version
                }
            };
            versions.insert(one.id.clone(), version);
        }
        Ok(versions)
    }

    /// Counts whom each rule named in `changes` addresses within the plan's division.
    async fn count_affected(
        &self,
        tx: &mut Tx,
        division: &Division,
        section: &wire::Section,
        changes: &mut [PlanChange],
    ) -> Result<()> {
        for change in changes {
            let at = change
                .path
                .strip_prefix("rules[")
                .and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
            let Some(rule) = at
                .and_then(|at| section.rules.get(at))
                .filter(|_| !change.after.is_empty())
            else {
                continue;
            };
            if !rule.roles.is_empty() {
                let count = store::recipient::audience_count(tx, division.code(), false, &rule.roles).await?;
                change.affected_count = Some(count);
            }
        }
        Ok(())
    }
}

#[tonic::async_trait]
impl PlanService for Api {
    async fn validate_plan(
        &self,
        request: Request<ValidatePlanRequest>,
    ) -> Result<Response<ValidatePlanResponse>, Status> {
        let request = request.into_inner();
        Division::parse("division", &request.division)?;
        self.kit.day("effective_date", request.effective_date)?;
        let (_, problems) = problems(&required(request.section)?);
        Ok(Response::new(ValidatePlanResponse {
            problems: problems.into_plan(),
        }))
    }

    async fn diff_plan(&self, request: Request<DiffPlanRequest>) -> Result<Response<DiffPlanResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        self.kit.day("effective_date", request.effective_date)?;
        let proposed = required(request.section)?;
        let mut tx = self.kit.db.read(&call).await?;
        let latest = store::plan::plan_latest(&mut tx, division.code())
            .await
            .map_err(Error::from)?;
        let present = latest.as_ref().map(wire::stored).transpose()?.unwrap_or_default();
        let mut changes = diff::changes(&present, &proposed)?;
        let (section, _) = problems(&proposed);
        self.count_affected(&mut tx, &division, &section, &mut changes).await?;
        Ok(Response::new(DiffPlanResponse { changes }))
    }

    async fn apply_plan(&self, request: Request<ApplyPlanRequest>) -> Result<Response<Plan>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        if request.request_id.is_empty() {
            return Err(Error::required("request_id").into());
        }
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let division = Division::parse("division", &request.division)?;
        let effective_date = self.kit.day("effective_date", request.effective_date)?;
        let section = required(request.section)?;
        problems(&section).1.prefixed("section.").into_result(())?;
        store::plan::plan_lock(&mut tx, division.code())
            .await
            .map_err(Error::from)?;
        let latest = store::plan::plan_latest(&mut tx, division.code())
            .await
            .map_err(Error::from)?;
        let (bytes, digest) = wire::encoded(&section);
        let version = match latest {
            Some(latest) if latest.digest == digest && latest.effective_date <= effective_date => {
                let change = Change::new("apply", division.code(), &Collection::Plans.name(latest.uid));
                let answer = wire::answer(&latest, Some(section));
                return Ok(tx.finish(change.detail("already in force"), answer).await?);
            }
            Some(latest) if latest.effective_date > effective_date => {
                let rule = format!(
                    "not before {}, from which version {} holds",
                    latest.effective_date, latest.version
                );
                return Err(Error::invalid("effective_date", effective_date, rule).into());
            }
            Some(latest) => latest.version + 1,
            None => 1,
        };
        let row = PlanRow {
            uid: self.kit.ids.next(),
            division_code: division.code().to_owned(),
            version,
            effective_date,
            section: bytes,
            digest,
            templates: Json(self.templates(&mut tx, &division, &section).await?),
            created_at: self.kit.clock.now(),
        };
        store::plan::plan_insert(&mut tx, &row).await.map_err(Error::from)?;
        let answer = wire::answer(&row, Some(section));
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(answer));
        }
        let change = Change::new("apply", division.code(), &answer.name).detail(format!("version {version}"));
        Ok(tx.finish(change, answer).await?)
    }

    async fn get_plan(&self, request: Request<GetPlanRequest>) -> Result<Response<Plan>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let uid = Collection::Plans.parse("name", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let row = store::plan::plan_get(&mut tx, uid).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(name))?;
        Ok(Response::new(wire::answer(&row, Some(wire::stored(&row)?))))
    }

    async fn list_plans(&self, request: Request<ListPlansRequest>) -> Result<Response<ListPlansResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let division = division_or_empty("division", &request.division)?;
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPlans", &[&division])?;
        let before = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = store::plan::plan_list(&mut tx, &division, before, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.uid.to_string());
        let plans = rows.iter().map(|row| wire::answer(row, None)).collect();
        Ok(Response::new(ListPlansResponse { plans, next_page_token }))
    }
}
