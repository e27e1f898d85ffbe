//! Applying a plan.

use kit::{
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    error::{Error, Result},
    etag,
};
use prost::Message as _;
use proto::xiangtu::villages::v1::{ApplyPlanRequest, Plan as WirePlan, PlanSection};
use tonic::Response;
use villages_core::{digest, document::Document, plan::Plan};

use super::{
    division::require_id,
    plan::{PlanApi, effective_from},
    plan_load,
};
use crate::{
    store::{
        bulletin_clock,
        plan::{self, PlanKey, PlanRow},
    },
    wire,
};

impl PlanApi {
    pub(super) async fn apply(&self, call: &Call, request: &ApplyPlanRequest) -> Result<Response<WirePlan>> {
        require_id(&request.request_id)?;
        let mut tx = match self.kit.db.write(call, &request.request_id, request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let document = self
            .check(&mut tx, &request.division, request.section.as_ref())
            .await?
            .valid()?;
        let today = self.kit.clock.today();
        plan::plans_lock(&mut tx, &document.division).await?;
        let latest = plan::plan_latest(&mut tx, &document.division, &document.code, None).await?;
        let row = self.next_version(&mut tx, request, &document, latest.as_ref()).await?;
        let section = PlanSection::decode(row.section.as_slice()).map_err(Error::internal)?;
        let written = wire::plan::plan(&row, Some(section), false, today);
        let unchanged = latest.is_some_and(|latest| latest.key == row.key);
        if request.validate_only {
            tx.rollback().await?;
            return Ok(Response::new(written));
        }
        if !unchanged {
            plan::plan_insert(&mut tx, &row).await?;
        }
        let detail = if unchanged {
            "as in force".to_owned()
        } else {
            format!("version {}", row.key.version)
        };
        tx.finish(
            Change::new("apply", &row.key.division_code, &written.name).detail(detail),
            written,
        )
        .await
    }

    /// The version that the request asks for: the one in force if it is the same, else the next.
    async fn next_version(
        &self,
        tx: &mut Tx,
        request: &ApplyPlanRequest,
        document: &Document,
        latest: Option<&PlanRow>,
    ) -> Result<PlanRow> {
        let plan = built(document)?;
        let name = wire::plan::name(&document.division, &document.code);
        let current = latest.map(wire::plan::version_etag).unwrap_or_default();
        etag::check(&request.etag, &current, &name)?;
        let section = canonical(request, document)?;
        let digest = digest::hex(&section);
        let effective_from = effective_from(&self.kit, request, plan.start)?;
        if let Some(latest) = latest {
            let again = request.effective_date.is_none() || effective_from == latest.effective_from;
            if latest.digest == digest && again {
                return Ok(latest.clone());
            }
            if effective_from < latest.effective_from {
                let rule = format!(
                    "not before {}, the first day of version {}",
                    latest.effective_from, latest.key.version
                );
                return Err(Error::invalid("effective_date", effective_from, rule));
            }
        }
        let key = PlanKey {
            division_code: document.division.clone(),
            plan_code: document.code.clone(),
            version: latest.map_or(1, |latest| latest.key.version + 1),
        };
        if plan.end < self.kit.clock.today() || plan.end < effective_from {
            return Err(plan_load::ended(&key, plan.end));
        }
        let (from, to) = (plan.start.min(effective_from), plan.end);
        if let Some(other) = plan::plan_overlapping(tx, &key.division_code, &key.plan_code, from, to).await? {
            let other = wire::plan::name(&key.division_code, &other);
            let message = format!("{other} runs in the same days");
            return Err(Error::rule(
                "PLAN_OVERLAPS",
                other,
                message,
                "同一区划在此期间已有其他工作方案",
            ));
        }
        Ok(PlanRow {
            key,
            effective_from,
            starts_on: plan.start,
            ends_on: plan.end,
            display_name: plan.display_name,
            section,
            digest,
            applied_by: tx.principal().to_owned(),
            applied_at: bulletin_clock::recorded_at(tx).await?,
        })
    }
}

/// The bytes of a section, with its division as resource name however it was written.
fn canonical(request: &ApplyPlanRequest, document: &Document) -> Result<Vec<u8>> {
    let mut section = request.section.clone().ok_or_else(|| Error::required("section"))?;
    section.division = wire::division::name(&document.division);
    Ok(section.encode_to_vec())
}

pub(super) fn built(document: &Document) -> Result<Plan> {
    Plan::build(document).map_err(|problems| wire::plan::refused(&problems))
}
