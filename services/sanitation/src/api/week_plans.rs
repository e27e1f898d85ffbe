//! `WeekPlanService`.

use kit::{
    audit::Change,
    call::Call,
    dates,
    db::{Begun, Tx},
    division::Division,
    error::{Error, Result},
    filter::Field,
};
use proto::{
    google::longrunning::Operation,
    xiangtu::sanitation::v1::{
        GetWeekPlanRequest, ListPointDaysRequest, ListPointDaysResponse, ListWeekPlansRequest, ListWeekPlansResponse,
        PlanWeekRequest, PublishWeekPlanRequest, WeekPlan, week_plan_service_server::WeekPlanService,
    },
};
use time::{Date, Duration, Weekday};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Api, list,
    route_plans::{Asked, publish, superseded},
};
use crate::{
    jobs,
    store::{
        route_plans::route_plan_hold,
        week_plans::{
            self, days_of, week_plan_get, week_plan_hold, week_plan_list, week_plan_publish, week_point_list,
        },
    },
    wire::{self, names},
};

const FIELDS: &[Field] = &[Field::date("start_date", "start_date"), Field::text("state", "state")];

#[tonic::async_trait]
impl WeekPlanService for Api {
    async fn plan_week(&self, request: Request<PlanWeekRequest>) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let mut request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        if !(0..=7).contains(&request.interval_days) {
            let rule = "0 (what the plan section states) to 7";
            return Err(Error::invalid("interval_days", request.interval_days, rule).into());
        }
        let start = dates::from_proto("start_date", request.start_date)?;
        let monday = start.unwrap_or_else(|| next_monday(self.kit.clock.today()));
        if monday.weekday() != Weekday::Monday {
            return Err(Error::invalid("start_date", monday, "a Monday").into());
        }
        let asked = Asked::of(
            (request.search_seconds, request.iteration_limit),
            (request.travel_source, request.road_reach_m),
        )?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        self.plannable(&mut tx, &division, asked.source).await?;
        request.start_date = Some(dates::to_proto(monday));
        (request.travel_source, request.road_reach_m) = (asked.source.into(), asked.reach_m);
        request.search_seconds = asked.search_seconds;
        let operations = &self.kit.operations;
        let operation = operations
            .start(&mut tx, jobs::PLAN_WEEK, division.code(), &request)
            .await?;
        let change = Change::new("plan_week", division.code(), &operation.name);
        Ok(tx.finish(change, operation).await?)
    }

    async fn get_week_plan(&self, request: Request<GetWeekPlanRequest>) -> Result<Response<WeekPlan>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let mut tx = self.kit.db.read(&call).await?;
        let (_, row) = existing(&mut tx, &name).await?;
        Ok(Response::new(shown(&mut tx, &row).await?))
    }

    async fn list_week_plans(
        &self,
        request: Request<ListWeekPlansRequest>,
    ) -> Result<Response<ListWeekPlansResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListWeekPlans",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = week_plan_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.week_plan_id.to_string());
        let ids: Vec<Uuid> = rows.iter().map(|row| row.week_plan_id).collect();
        let days = days_of(&mut tx, &ids).await.map_err(Error::from)?;
        let plan = |row| wire::weeks::week_plan(row, &days, false);
        Ok(Response::new(ListWeekPlansResponse {
            week_plans: rows.iter().map(plan).collect(),
            next_page_token,
        }))
    }

    async fn list_point_days(
        &self,
        request: Request<ListPointDaysRequest>,
    ) -> Result<Response<ListPointDaysResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let query = [request.parent.as_str()];
        let pages = &self.kit.pages;
        let page = pages.open(request.page_size, &request.page_token, "ListPointDays", &query)?;
        let mut tx = self.kit.db.read(&call).await?;
        let (id, _) = existing(&mut tx, &request.parent).await?;
        let after = page.after.as_deref().unwrap_or_default();
        let rows = week_point_list(&mut tx, id, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.call_id.clone());
        Ok(Response::new(ListPointDaysResponse {
            point_days: rows.iter().map(wire::weeks::point_days).collect(),
            next_page_token,
        }))
    }

    async fn publish_week_plan(&self, request: Request<PublishWeekPlanRequest>) -> Result<Response<WeekPlan>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = names::existing_uuid(&request.name, "weekPlans")?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = week_plan_hold(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        kit::etag::check(&request.etag, &wire::weeks::version(&row), &request.name)?;
        match row.state.as_str() {
            "superseded" => return Err(superseded(&request.name).into()),
            "draft" => publish_days(&mut tx, &row).await?,
            _ => {}
        }
        let (_, row) = existing(&mut tx, &request.name).await?;
        let change = Change::new("publish", &row.division_code, &request.name);
        let shown = shown(&mut tx, &row).await?;
        Ok(tx.finish(change, shown).await?)
    }
}

/// Puts the days in force that are not yet.
async fn publish_days(tx: &mut Tx, row: &week_plans::WeekPlan) -> Result<()> {
    for day in days_of(tx, &[row.week_plan_id]).await? {
        let held = route_plan_hold(tx, day.route_plan_id).await?.unwrap_or(day);
        match held.state.as_str() {
            "superseded" => return Err(superseded(&names::route_plan(held.route_plan_id))),
            "draft" => publish(tx, &held).await?,
            _ => {}
        }
    }
    let now = tx.now();
    week_plan_publish(tx, row, now).await?;
    Ok(())
}

/// The plan of a name, with its id.
async fn existing(tx: &mut Tx, name: &str) -> Result<(Uuid, week_plans::WeekPlan)> {
    let id = names::existing_uuid(name, "weekPlans")?;
    let row = week_plan_get(tx, id).await?.ok_or_else(|| Error::not_found(name))?;
    Ok((id, row))
}

async fn shown(tx: &mut Tx, row: &week_plans::WeekPlan) -> Result<WeekPlan> {
    let days = days_of(tx, &[row.week_plan_id]).await?;
    Ok(wire::weeks::week_plan(row, &days, true))
}

fn next_monday(today: Date) -> Date {
    let past = i64::from(today.weekday().number_days_from_monday());
    today.saturating_add(Duration::days(7 - past))
}
