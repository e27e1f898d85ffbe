//! `InstalmentService`.

use homestead_core::instalment::split;
use kit::{
    audit::Change,
    call::Call,
    db::{Begun, Tx},
    error::{Error, Result},
    filter::{Field, Filter},
    service::Kit,
};
use proto::xiangtu::homestead::v1::{
    AgreeInstalmentsRequest, CancelInstalmentsRequest, GetInstalmentPlanRequest, InstalmentPlan,
    ListInstalmentPlansRequest, ListInstalmentPlansResponse, instalment_service_server::InstalmentService,
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{
    bookkeeping::{instalments::follow, posting},
    store::{
        account::{self, Bill},
        household::Household,
        instalment::{self, ACTIVE, CANCELLED, Plan},
        limitation::{self, AGREEMENT},
    },
    wire::{self, instalment::Stated, names, payment::request_id},
};

/// Keeps agreements.
pub struct InstalmentApi {
    pub kit: Kit,
}

const FIELDS: &[Field] = &[
    Field::text("household", "household_id"),
    Field::date("agreement_date", "agreed_on"),
];

#[tonic::async_trait]
impl InstalmentService for InstalmentApi {
    async fn agree_instalments(
        &self,
        request: Request<AgreeInstalmentsRequest>,
    ) -> Result<Response<InstalmentPlan>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let today = self.kit.clock.today();
        let stated = wire::instalment::stated(&request, today)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let household = posting::hold(&mut tx, &request.household).await?;
        self.none_active(&mut tx, &household).await?;
        let bills = open_bills(&mut tx, &request, &stated, &household).await?;
        let agreed_fen: i64 = bills.iter().map(|bill| bill.outstanding_fen).sum();
        let count = u8::try_from(stated.due_on.len()).map_err(Error::internal)?;
        if agreed_fen < i64::from(count) {
            let field = if request.due_dates.is_empty() {
                "instalment_count"
            } else {
                "due_dates"
            };
            return Err(Error::invalid(field, count, format!("at most the {agreed_fen} fen owed")).into());
        }
        let plan = Plan {
            id: self.kit.ids.next(),
            division_code: household.division_code,
            household_id: household.household_id,
            agreed_on: today,
            agreed_fen,
            grace_days: i16::from(stated.grace_days),
            document: stated.document,
            bills: bills.iter().map(|bill| bill.id).collect(),
            state: ACTIVE,
            ended_on: None,
            reason: String::new(),
            recorded_by: tx.principal().to_owned(),
            recorded_at: tx.now(),
            outstanding_fen: agreed_fen,
            amount_fen: split(agreed_fen, count),
            deferred_to: None,
            due_on: stated.due_on,
        };
        instalment::plan_insert(&mut tx, &plan).await.map_err(Error::from)?;
        follow(&mut tx, std::slice::from_ref(&plan), today).await?;
        self.interrupt(&mut tx, &plan).await?;
        let answer = wire::instalment::plan(&plan, today);
        tx.emit(
            "instalments.agreed",
            &plan.division_code,
            &answer.name,
            &wire::instalment::agreed(&plan),
        );
        let change = Change::new("agree_instalments", &plan.division_code, &answer.name);
        Ok(tx.finish(change.detail(&plan.document), answer).await?)
    }

    async fn cancel_instalments(
        &self,
        request: Request<CancelInstalmentsRequest>,
    ) -> Result<Response<InstalmentPlan>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        request_id(&request.request_id)?;
        let reason = super::reason(&request.reason)?;
        let id = names::found_uid("instalmentPlans", &request.name)?;
        let today = self.kit.clock.today();
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let plan = found(&mut tx, &request.name, id).await?;
        posting::hold(&mut tx, &names::of("households", &plan.household_id)).await?;
        // Again, now that nobody else can change it.
        let mut plan = found(&mut tx, &request.name, id).await?;
        if wire::instalment::state(&plan, &wire::instalment::standing(&plan, today)) != ACTIVE {
            return Err(Error::rule(
                "INSTALMENTS_ENDED",
                &request.name,
                "it was fulfilled, broken or cancelled before",
                "该分期协议已履行完毕、违约或解除",
            )
            .into());
        }
        plan.state = CANCELLED;
        plan.ended_on = Some(today);
        reason.clone_into(&mut plan.reason);
        instalment::plan_state(&mut tx, id, plan.state, plan.ended_on, reason)
            .await
            .map_err(Error::from)?;
        instalment::defer(&mut tx, &plan, None, today)
            .await
            .map_err(Error::from)?;
        let answer = wire::instalment::plan(&plan, today);
        let change = Change::new("cancel_instalments", &plan.division_code, &answer.name);
        Ok(tx.finish(change.detail(reason), answer).await?)
    }

    async fn get_instalment_plan(
        &self,
        request: Request<GetInstalmentPlanRequest>,
    ) -> Result<Response<InstalmentPlan>, Status> {
        let call = Call::of(&request)?;
        let name = &request.get_ref().name;
        let id = names::found_uid("instalmentPlans", name)?;
        let mut tx = self.kit.db.read(&call).await?;
        let plan = found(&mut tx, name, id).await?;
        Ok(Response::new(wire::instalment::plan(&plan, self.kit.clock.today())))
    }

    async fn list_instalment_plans(
        &self,
        request: Request<ListInstalmentPlansRequest>,
    ) -> Result<Response<ListInstalmentPlansResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.get_ref();
        let division = super::division("division", &request.division)?;
        let filter = Filter::parse(&request.filter, FIELDS)?;
        let state = wire::instalment::wanted(request.state(), request.state)?;
        let number = request.state.to_string();
        let query = [division.as_str(), &request.filter, &number];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListInstalmentPlans", &query)?;
        let after = page.after_id()?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = instalment::plan_list(&mut tx, &division, &filter, state, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.id.to_string());
        let today = self.kit.clock.today();
        Ok(Response::new(ListInstalmentPlansResponse {
            instalment_plans: rows.iter().map(|row| wire::instalment::plan(row, today)).collect(),
            next_page_token,
        }))
    }
}

impl InstalmentApi {
    /// Records what became of earlier agreements of a household, and refuses if one is active.
    async fn none_active(&self, tx: &mut Tx, household: &Household) -> Result<()> {
        let today = self.kit.clock.today();
        let plans = instalment::plans_open_of(tx, &household.household_id).await?;
        follow(tx, &plans, today).await?;
        let left = instalment::plans_open_of(tx, &household.household_id).await?;
        if let Some(active) = left.iter().find(|plan| plan.state == ACTIVE) {
            return Err(Error::rule(
                "INSTALMENTS_ACTIVE",
                names::of("instalmentPlans", active.id),
                "the household has agreed on instalments: cancel that agreement first",
                "该户已有履行中的分期协议，请先解除",
            ));
        }
        Ok(())
    }

    /// The limitation of the bills starts anew.
    async fn interrupt(&self, tx: &mut Tx, plan: &Plan) -> Result<()> {
        let ids: Vec<Uuid> = plan.bills.iter().map(|_| self.kit.ids.next()).collect();
        let event = limitation::Event {
            division_code: &plan.division_code,
            household_id: &plan.household_id,
            kind: AGREEMENT,
            effective_on: plan.agreed_on,
            proof: &names::of("instalmentPlans", plan.id),
            recorded_by: &plan.recorded_by,
            recorded_at: plan.recorded_at,
        };
        limitation::event_insert(tx, &ids, &plan.bills, &event).await?;
        Ok(())
    }
}

async fn found(tx: &mut Tx, name: &str, id: Uuid) -> Result<Plan> {
    let plan = instalment::plan_get(tx, id).await?;
    plan.ok_or_else(|| Error::not_found(name))
}

/// The bills that an agreement is to cover, each with something owed.
async fn open_bills(
    tx: &mut Tx,
    request: &AgreeInstalmentsRequest,
    stated: &Stated,
    household: &Household,
) -> Result<Vec<Bill>> {
    let nothing = |subject: &str| Error::rule("NOTHING_OWED", subject, "nothing is owed", "没有未缴的欠款，无需分期");
    let mut bills = account::bills_open(tx, &household.household_id).await?;
    bills.sort_unstable_by_key(|bill| (bill.due_on, bill.id));
    for id in &stated.bills {
        if bills.iter().any(|bill| bill.id == *id) {
            continue;
        }
        let name = names::of("bills", id);
        let bill = account::bill_get(tx, *id).await?;
        bill.filter(|bill| bill.household_id == household.household_id)
            .ok_or_else(|| Error::not_found(&name))?;
        return Err(nothing(&name));
    }
    if !stated.bills.is_empty() {
        bills.retain(|bill| stated.bills.contains(&bill.id));
    }
    if bills.is_empty() {
        return Err(nothing(&request.household));
    }
    Ok(bills)
}
