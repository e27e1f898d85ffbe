//! `StreetWorkPlanService`.

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
        GetStreetWorkPlanGeojsonRequest, GetStreetWorkPlanGeojsonResponse, GetStreetWorkPlanRequest,
        ListStreetRoutesRequest, ListStreetRoutesResponse, ListStreetWorkPlansRequest, ListStreetWorkPlansResponse,
        ListUncoveredSegmentsRequest, ListUncoveredSegmentsResponse, PlanStreetWorkRequest, StreetWorkPlan,
        street_work_plan_service_server::StreetWorkPlanService,
    },
};
use sanitation_core::street::due;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Api, list};
use crate::{
    jobs, show,
    store::{
        street_plans::{self, street_plan_get, street_plan_list, street_route_list, uncovered_list},
        streets::tasks_of,
    },
    wire::{names, streets},
};

const FIELDS: &[Field] = &[Field::date("date", "date"), Field::text("work", "work")];
/// More than any plan has.
const ALL: i64 = 1_000_000;

#[tonic::async_trait]
impl StreetWorkPlanService for Api {
    async fn plan_street_work(&self, request: Request<PlanStreetWorkRequest>) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let mut request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        let work = streets::work("work", request.work)?;
        if !(0..=3_600).contains(&request.search_seconds) {
            return Err(Error::invalid("search_seconds", request.search_seconds, "0 (meaning 60) to 3,600").into());
        }
        if request.iteration_limit < 0 {
            return Err(Error::invalid("iteration_limit", request.iteration_limit, "0 (no limit) or more").into());
        }
        let date = dates::from_proto("date", request.date)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let date = date.unwrap_or_else(|| self.tomorrow());
        let tasks = tasks_of(&mut tx, division.code(), &work).await.map_err(Error::from)?;
        let mut ordered = tasks.iter().enumerate();
        if !ordered.any(|(ordinal, task)| due(task.times_a_week, date, ordinal) > 0) {
            return Err(Error::rule(
                "NOTHING_TO_PLAN",
                division.name(),
                "the division's register road_tasks has no such work on this day",
                "该行政区划的作业路段名册当日没有此项作业",
            )
            .into());
        }
        request.date = Some(dates::to_proto(date));
        if request.search_seconds == 0 {
            request.search_seconds = jobs::USUAL_SEARCH_SECONDS;
        }
        let kind = jobs::PLAN_STREET_WORK;
        let operation = self
            .kit
            .operations
            .start(&mut tx, kind, division.code(), &request)
            .await?;
        let change = Change::new("plan_street_work", division.code(), &operation.name);
        Ok(tx.finish(change, operation).await?)
    }

    async fn get_street_work_plan(
        &self,
        request: Request<GetStreetWorkPlanRequest>,
    ) -> Result<Response<StreetWorkPlan>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let mut tx = self.kit.db.read(&call).await?;
        let (_, row) = existing(&mut tx, &name).await?;
        Ok(Response::new(streets::plan(&row)))
    }

    async fn list_street_work_plans(
        &self,
        request: Request<ListStreetWorkPlansRequest>,
    ) -> Result<Response<ListStreetWorkPlansResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListStreetWorkPlans",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = street_plan_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.street_work_plan_id.to_string());
        Ok(Response::new(ListStreetWorkPlansResponse {
            street_work_plans: rows.iter().map(streets::plan).collect(),
            next_page_token,
        }))
    }

    async fn list_street_routes(
        &self,
        request: Request<ListStreetRoutesRequest>,
    ) -> Result<Response<ListStreetRoutesResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let query = [request.parent.as_str()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListStreetRoutes", &query)?;
        let mut tx = self.kit.db.read(&call).await?;
        let (id, _) = existing(&mut tx, &request.parent).await?;
        let after = page.after.as_deref().unwrap_or_default();
        let rows = street_route_list(&mut tx, id, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.vehicle_id.clone());
        Ok(Response::new(ListStreetRoutesResponse {
            routes: rows.iter().map(streets::route).collect(),
            next_page_token,
        }))
    }

    async fn list_uncovered_segments(
        &self,
        request: Request<ListUncoveredSegmentsRequest>,
    ) -> Result<Response<ListUncoveredSegmentsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let query = [request.parent.as_str()];
        let page = self
            .kit
            .pages
            .open(request.page_size, &request.page_token, "ListUncoveredSegments", &query)?;
        let after = page.after.as_deref().map(str::parse).transpose();
        let after = after.map_err(Error::internal)?.unwrap_or(0);
        let mut tx = self.kit.db.read(&call).await?;
        let (id, _) = existing(&mut tx, &request.parent).await?;
        let rows = uncovered_list(&mut tx, id, after, page.size + 1)
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = page.close(rows, |row| row.ordinal.to_string());
        Ok(Response::new(ListUncoveredSegmentsResponse {
            uncovered_segments: rows.iter().map(streets::uncovered).collect(),
            next_page_token,
        }))
    }

    async fn get_street_work_plan_geojson(
        &self,
        request: Request<GetStreetWorkPlanGeojsonRequest>,
    ) -> Result<Response<GetStreetWorkPlanGeojsonResponse>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let mut tx = self.kit.db.read(&call).await?;
        let (id, _) = existing(&mut tx, &name).await?;
        let routes = street_route_list(&mut tx, id, "", ALL).await.map_err(Error::from)?;
        let uncovered = uncovered_list(&mut tx, id, 0, ALL).await.map_err(Error::from)?;
        Ok(Response::new(GetStreetWorkPlanGeojsonResponse {
            geojson: show::street_geojson(&routes, &uncovered).to_string(),
        }))
    }
}

/// The plan of a name, with its id.
async fn existing(tx: &mut Tx, name: &str) -> Result<(Uuid, street_plans::StreetWorkPlan)> {
    let id = names::existing_uuid(name, "streetWorkPlans")?;
    let row = street_plan_get(tx, id).await?.ok_or_else(|| Error::not_found(name))?;
    Ok((id, row))
}
