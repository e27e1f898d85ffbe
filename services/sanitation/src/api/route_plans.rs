//! `RoutePlanService`.

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
        CompareRoutePlansRequest, CompareRoutePlansResponse, GetManifestRequest, GetManifestResponse,
        GetPrintedManifestsRequest, GetPrintedManifestsResponse, GetRoutePlanGeojsonRequest,
        GetRoutePlanGeojsonResponse, GetRoutePlanMapRequest, GetRoutePlanMapResponse, GetRoutePlanRequest,
        ListRoutePlansRequest, ListRoutePlansResponse, ListRoutesRequest, ListRoutesResponse,
        ListUnservedPointsRequest, ListUnservedPointsResponse, PlanRoutesRequest, PublishRoutePlanRequest,
        ReplanRoutesRequest, ReplanRoutesResponse, RoutePlan, RoutePlanPublished, TravelSource,
        route_plan_service_server::RoutePlanService,
    },
};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{Api, comparison, list, print, replan, routes};
use crate::{
    jobs,
    store::{
        points::points_of,
        route_plans::{self, route_plan_get, route_plan_hold, route_plan_list, route_plan_publish},
        stops::stops_owe,
    },
    travel::USUAL_REACH_M,
    wire::{self, names},
};

const FIELDS: &[Field] = &[Field::date("date", "date"), Field::text("state", "state")];

#[tonic::async_trait]
impl RoutePlanService for Api {
    async fn plan_routes(&self, request: Request<PlanRoutesRequest>) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let mut request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        let asked = Asked::of(
            (request.search_seconds, request.iteration_limit),
            (request.travel_source, request.road_reach_m),
        )?;
        let date = dates::from_proto("date", request.date)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        self.plannable(&mut tx, &division, asked.source).await?;
        request.date = Some(dates::to_proto(date.unwrap_or_else(|| self.tomorrow())));
        (request.travel_source, request.road_reach_m) = (asked.source.into(), asked.reach_m);
        request.search_seconds = asked.search_seconds;
        let kind = jobs::PLAN_ROUTES;
        let operation = self
            .kit
            .operations
            .start(&mut tx, kind, division.code(), &request)
            .await?;
        let change = Change::new("plan_routes", division.code(), &operation.name);
        Ok(tx.finish(change, operation).await?)
    }

    async fn get_route_plan(&self, request: Request<GetRoutePlanRequest>) -> Result<Response<RoutePlan>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let mut tx = self.kit.db.read(&call).await?;
        let (_, row) = existing(&mut tx, &name).await?;
        Ok(Response::new(wire::routes::route_plan(&row)))
    }

    async fn list_route_plans(
        &self,
        request: Request<ListRoutePlansRequest>,
    ) -> Result<Response<ListRoutePlansResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListRoutePlans",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = route_plan_list(&mut tx, &query.listing()).await.map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.route_plan_id.to_string());
        Ok(Response::new(ListRoutePlansResponse {
            route_plans: rows.iter().map(wire::routes::route_plan).collect(),
            next_page_token,
        }))
    }

    async fn publish_route_plan(
        &self,
        request: Request<PublishRoutePlanRequest>,
    ) -> Result<Response<RoutePlan>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = names::existing_uuid(&request.name, "routePlans")?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = route_plan_hold(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        kit::etag::check(&request.etag, &wire::routes::version(&row), &request.name)?;
        let division = row.division_code.clone();
        match row.state.as_str() {
            "superseded" => return Err(superseded(&request.name).into()),
            "draft" => publish(&mut tx, &row).await?,
            _ => {}
        }
        let row = route_plan_get(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        let change = Change::new("publish", &division, &request.name);
        Ok(tx.finish(change, wire::routes::route_plan(&row)).await?)
    }

    async fn replan_routes(
        &self,
        request: Request<ReplanRoutesRequest>,
    ) -> Result<Response<ReplanRoutesResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Box::pin(replan::run(self, &call, request.into_inner())).await?)
    }

    async fn compare_route_plans(
        &self,
        request: Request<CompareRoutePlansRequest>,
    ) -> Result<Response<CompareRoutePlansResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(
            comparison::run(self, &call, &request.into_inner()).await?,
        ))
    }

    async fn list_routes(&self, request: Request<ListRoutesRequest>) -> Result<Response<ListRoutesResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(routes::list(self, &call, &request.into_inner()).await?))
    }

    async fn list_unserved_points(
        &self,
        request: Request<ListUnservedPointsRequest>,
    ) -> Result<Response<ListUnservedPointsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(
            routes::unserved(self, &call, &request.into_inner()).await?,
        ))
    }

    async fn get_manifest(
        &self,
        request: Request<GetManifestRequest>,
    ) -> Result<Response<GetManifestResponse>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        Ok(Response::new(routes::manifest(self, &call, &name).await?))
    }

    async fn get_route_plan_geojson(
        &self,
        request: Request<GetRoutePlanGeojsonRequest>,
    ) -> Result<Response<GetRoutePlanGeojsonResponse>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        Ok(Response::new(routes::geojson(self, &call, &name).await?))
    }

    async fn get_route_plan_map(
        &self,
        request: Request<GetRoutePlanMapRequest>,
    ) -> Result<Response<GetRoutePlanMapResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(print::map(self, &call, &request.into_inner()).await?))
    }

    async fn get_printed_manifests(
        &self,
        request: Request<GetPrintedManifestsRequest>,
    ) -> Result<Response<GetPrintedManifestsResponse>, Status> {
        let call = Call::of(&request)?;
        Ok(Response::new(
            print::manifests(self, &call, &request.into_inner()).await?,
        ))
    }
}

/// What every planning asks for, with what 0 means.
pub(super) struct Asked {
    pub search_seconds: i32,
    pub source: TravelSource,
    pub reach_m: i32,
}

impl Asked {
    /// Reads seconds and iterations of search, and where distances come from.
    pub(super) fn of((seconds, iterations): (i32, i64), (source, reach_m): (i32, i32)) -> Result<Self> {
        let search_seconds = match seconds {
            0 => jobs::USUAL_SEARCH_SECONDS,
            1..=3_600 => seconds,
            _ => return Err(Error::invalid("search_seconds", seconds, "0 (meaning 60) to 3,600")),
        };
        if iterations < 0 {
            return Err(Error::invalid("iteration_limit", iterations, "0 (no limit) or more"));
        }
        let (source, reach_m) = travel(source, reach_m)?;
        Ok(Self {
            search_seconds,
            source,
            reach_m,
        })
    }
}

impl Api {
    /// Refuses a division without points, and a source that cannot serve it.
    pub(super) async fn plannable(&self, tx: &mut Tx, division: &Division, source: TravelSource) -> Result<()> {
        if points_of(tx, division.code()).await?.is_empty() {
            return Err(Error::rule(
                "NOTHING_TO_PLAN",
                division.name(),
                "the division has no collection point",
                "该行政区划没有收集点",
            ));
        }
        self.travels.check(tx, source, division.code()).await
    }
}

/// Where distances come from, and how far places may lie from a road.
pub(super) fn travel(source: i32, reach_m: i32) -> Result<(TravelSource, i32)> {
    let source = TravelSource::try_from(source)
        .map_err(|_| Error::invalid("travel_source", source, "GREAT_CIRCLE, ROADS or OSRM"))?;
    match (source, reach_m) {
        (TravelSource::Unspecified | TravelSource::GreatCircle, 0) => Ok((TravelSource::GreatCircle, 0)),
        (TravelSource::Unspecified | TravelSource::GreatCircle, reach_m) => {
            Err(Error::invalid("road_reach_m", reach_m, "0 with GREAT_CIRCLE"))
        }
        (_, 0) => Ok((source, USUAL_REACH_M)),
        (_, reach_m) if (1..=5_000).contains(&reach_m) => Ok((source, reach_m)),
        (_, reach_m) => Err(Error::invalid("road_reach_m", reach_m, "0 (meaning 1,000) to 5,000")),
    }
}

/// Another plan is in force instead.
pub(super) fn superseded(name: &str) -> Error {
    Error::rule(
        "PLAN_SUPERSEDED",
        name,
        "another plan took its place",
        "该方案已被其他方案取代",
    )
}

/// The plan of a name, with its id.
pub(super) async fn existing(tx: &mut Tx, name: &str) -> Result<(Uuid, route_plans::RoutePlan)> {
    let id = names::existing_uuid(name, "routePlans")?;
    let row = route_plan_get(tx, id).await?.ok_or_else(|| Error::not_found(name))?;
    Ok((id, row))
}

/// Puts a draft in force, and tells it.
pub(super) async fn publish(tx: &mut Tx, row: &route_plans::RoutePlan) -> Result<()> {
    let now = tx.now();
    let superseded = route_plan_publish(tx, row, now).await?;
    stops_owe(tx, row.route_plan_id, superseded, now >= dates::start_of(row.date), now).await?;
    let name = names::route_plan(row.route_plan_id);
    let event = RoutePlanPublished {
        route_plan: name.clone(),
        date: Some(dates::to_proto(row.date)),
        totals: Some(wire::routes::totals(&row.totals)),
        superseded_route_plan: superseded.map(names::route_plan).unwrap_or_default(),
    };
    tx.emit("route_plan.published", &row.division_code, &name, &event);
    Ok(())
}
