//! `PlanService`.

use kit::{
    Kit,
    call::Call,
    dates,
    db::Tx,
    division::Division as Code,
    error::{Error, Result},
};
use proto::xiangtu::villages::v1::{
    ApplyPlanRequest, DiffPlanRequest, DiffPlanResponse, GetPlanRequest, ListPlansRequest, ListPlansResponse, Plan,
    PlanSection, ValidatePlanRequest, ValidatePlanResponse, plan_service_server::PlanService,
};
use tonic::{Request, Response, Status};
use villages_core::{
    check,
    document::{Document, VillageClass},
    problem::{self, Problem},
};

use crate::{
    store::{
        bulletin_clock,
        plan::{self, PlanKey},
        rating_facts::{self, At},
    },
    wire,
};

/// Plans of counties and townships.
pub struct PlanApi {
    /// What the service works with.
    pub kit: Kit,
}

#[tonic::async_trait]
impl PlanService for PlanApi {
    async fn validate_plan(
        &self,
        request: Request<ValidatePlanRequest>,
    ) -> Result<Response<ValidatePlanResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.validate(&call, &request.into_inner()).await?))
    }

    async fn diff_plan(&self, request: Request<DiffPlanRequest>) -> Result<Response<DiffPlanResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.diff(&call, &request.into_inner()).await?))
    }

    async fn apply_plan(&self, request: Request<ApplyPlanRequest>) -> Result<Response<Plan>, Status> {
        let call = Call::of(&request)?;
        Ok(self.apply(&call, &request.into_inner()).await?)
    }

    async fn get_plan(&self, request: Request<GetPlanRequest>) -> Result<Response<Plan>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.get(&call, &request.into_inner()).await?))
    }

    async fn list_plans(&self, request: Request<ListPlansRequest>) -> Result<Response<ListPlansResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(self.list(&call, &request.into_inner()).await?))
    }
}

/// A section with everything that is wrong with it.
pub(super) struct Checked {
    /// As a document.
    pub document: Document,
    /// Contradictions, in order of the document.
    pub problems: Vec<Problem>,
    /// Rated villages of the division.
    pub villages: usize,
}

impl Checked {
    /// Refuses a section with contradictions.
    pub(super) fn valid(self) -> Result<Document> {
        if self.problems.is_empty() {
            Ok(self.document)
        } else {
            Err(wire::plan::refused(&self.problems))
        }
    }
}

impl PlanApi {
    /// Checks a section by itself and against the register on the day it begins or, if that is over, on `at`.
    pub(super) async fn check(&self, tx: &mut Tx, division: &str, section: Option<&PlanSection>) -> Result<Checked> {
        let section = section.ok_or_else(|| Error::required("section"))?;
        let division = super::division::optional_code("division", division)?;
        let (document, mut problems) = wire::plan_section::document(section, &division);
        problems.extend(check::structure(&document));
        let at = At {
            date: self.kit.clock.today(),
            known_at: bulletin_clock::present(tx).await?,
        };
        let villages = rating_facts::divisions_named(tx, &document.division, "VILLAGE", at).await?;
        let usual = [VillageClass::ResidentsCommittee, VillageClass::VillagersCommittee];
        let classes = if document.rated_classes.is_empty() {
            &usual[..]
        } else {
            &document.rated_classes
        };
        let codes: Vec<String> = villages
            .into_iter()
            .map(|village| village.division_code)
            .filter(|code| classes.contains(&VillageClass::of(code)))
            .collect();
        problems.extend(check::register(&document, &codes));
        problem::in_order(&mut problems);
        Ok(Checked {
            document,
            problems,
            villages: codes.len(),
        })
    }

    async fn validate(&self, call: &Call, request: &ValidatePlanRequest) -> Result<ValidatePlanResponse> {
        let mut tx = self.kit.db.read(call).await?;
        let checked = self.check(&mut tx, &request.division, request.section.as_ref()).await?;
        Ok(ValidatePlanResponse {
            problems: checked.problems.into_iter().map(wire::plan::problem).collect(),
            village_count: wire::rating::small(checked.villages),
        })
    }

    async fn get(&self, call: &Call, request: &GetPlanRequest) -> Result<Plan> {
        let (division, code) = wire::plan::key("name", &request.name)?;
        let day = self.kit.day("as_of", request.as_of)?;
        let mut tx = self.kit.db.read(call).await?;
        let row = match request.version {
            0 => plan::plan_latest(&mut tx, &division, &code, Some(day)).await?,
            version @ 1.. => {
                let key = PlanKey {
                    division_code: division.clone(),
                    plan_code: code.clone(),
                    version,
                };
                plan::plan_version(&mut tx, &key).await?
            }
            version => return Err(Error::invalid("version", version, "0 or a version from 1")),
        };
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let today = self.kit.clock.today();
        let governing = plan::plan_latest(&mut tx, &division, &code, Some(today)).await?;
        let superseded = governing.is_some_and(|governing| governing.key.version > row.key.version);
        Ok(wire::plan::plan(
            &row,
            Some(wire::plan::section(&row)?),
            superseded,
            today,
        ))
    }

    async fn list(&self, call: &Call, request: &ListPlansRequest) -> Result<ListPlansResponse> {
        let division = match request.division.as_str() {
            "" => None,
            division => Some(Code::parse("division", division)?.into_code()),
        };
        let query = [division.as_deref().unwrap_or_default()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListPlans", &query)?;
        let after = page.after.as_deref().map(key_of_page).transpose()?;
        let after = after.as_ref().map(|(at, key)| (*at, key));
        let today = self.kit.clock.today();
        let mut tx = self.kit.db.read(call).await?;
        let rows = plan::plans_list(&mut tx, division.as_deref(), today, after, page.size + 1).await?;
        let (rows, next_page_token) = page.close(rows, |(row, _)| {
            let PlanKey {
                division_code,
                plan_code,
                version,
            } = &row.key;
            format!(
                "{} {division_code} {plan_code} {version}",
                row.applied_at.unix_timestamp_nanos()
            )
        });
        let plans = rows
            .iter()
            .map(|(row, superseded)| wire::plan::plan(row, None, *superseded, today))
            .collect();
        Ok(ListPlansResponse { plans, next_page_token })
    }
}

fn key_of_page(key: &str) -> Result<(time::OffsetDateTime, PlanKey)> {
    let mut words = key.split(' ');
    let mut word = || {
        words
            .next()
            .ok_or_else(|| Error::internal("the key of a page of plans is cut"))
    };
    let nanos: i128 = word()?.parse().map_err(Error::internal)?;
    let at = time::OffsetDateTime::from_unix_timestamp_nanos(nanos).map_err(Error::internal)?;
    let (division_code, plan_code) = (word()?.to_owned(), word()?.to_owned());
    Ok((
        at,
        PlanKey {
            division_code,
            plan_code,
            version: word()?.parse().map_err(Error::internal)?,
        },
    ))
}

/// The first day of a version: as asked, else the programme's first day or today, whichever is later.
pub(super) fn effective_from(kit: &Kit, request: &ApplyPlanRequest, starts_on: time::Date) -> Result<time::Date> {
    let asked = dates::from_proto("effective_date", request.effective_date)?;
    Ok(asked.unwrap_or_else(|| starts_on.max(kit.clock.today())))
}
