//! `HaulagePlanService`.

use std::collections::BTreeSet;

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
        GetHaulageManifestRequest, GetHaulageManifestResponse, GetHaulagePlanRequest, HaulagePlan,
        HaulagePlanPublished, ListHaulagePlansRequest, ListHaulagePlansResponse, ListHaulageTripsRequest,
        ListHaulageTripsResponse, ListStationStocksRequest, ListStationStocksResponse, PlanHaulageRequest,
        PublishHaulagePlanRequest, haulage_plan_service_server::HaulagePlanService,
    },
};
use time::Date;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Api, list,
    route_plans::{superseded, travel},
};
use crate::{
    jobs, show,
    store::{
        facilities::{Facility, facility_names, plants_for, stations_of},
        haulage::{haulage_stock_list, haulage_trip_list, haulage_trips_of},
        haulage_plans::{self, haulage_plan_get, haulage_plan_hold, haulage_plan_list, haulage_plan_publish},
        route_plans::route_plan_get,
        vehicles::{haulers_of, vehicle_get},
    },
    wire::{self, names},
};

const FIELDS: &[Field] = &[Field::date("date", "date"), Field::text("state", "state")];
/// Largest stock that a request may state, kg.
const MOST_KG: i64 = 100_000_000;

#[tonic::async_trait]
impl HaulagePlanService for Api {
    async fn plan_haulage(&self, request: Request<PlanHaulageRequest>) -> Result<Response<Operation>, Status> {
        let call = Call::of(&request)?;
        let mut request = request.into_inner();
        let division = Division::parse("division", &request.division)?;
        if !(0..=10_000_000).contains(&request.step_limit) {
            return Err(Error::invalid("step_limit", request.step_limit, "0 (meaning 20,000) to 10,000,000").into());
        }
        let (source, reach_m) = travel(request.travel_source, request.road_reach_m)?;
        let date = dates::from_proto("date", request.date)?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let stations = stations_of(&mut tx, division.code()).await.map_err(Error::from)?;
        if stations.is_empty() {
            return Err(Error::rule(
                "NOTHING_TO_HAUL",
                division.name(),
                "the division has no transfer station",
                "该行政区划没有转运站",
            )
            .into());
        }
        check_means(&mut tx, &division).await?;
        check_stocks(&request, &stations)?;
        let date = date_of(&mut tx, &request, date, division.code()).await?;
        self.travels.check(&mut tx, source, division.code()).await?;
        request.date = Some(dates::to_proto(date.unwrap_or_else(|| self.tomorrow())));
        (request.travel_source, request.road_reach_m) = (source.into(), reach_m);
        if request.step_limit == 0 {
            request.step_limit = jobs::USUAL_STEPS;
        }
        let kind = jobs::PLAN_HAULAGE;
        let operation = self
            .kit
            .operations
            .start(&mut tx, kind, division.code(), &request)
            .await?;
        let change = Change::new("plan_haulage", division.code(), &operation.name);
        Ok(tx.finish(change, operation).await?)
    }

    async fn get_haulage_plan(&self, request: Request<GetHaulagePlanRequest>) -> Result<Response<HaulagePlan>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let mut tx = self.kit.db.read(&call).await?;
        let row = existing(&mut tx, &name).await?;
        Ok(Response::new(wire::haulage::haulage_plan(&row)))
    }

    async fn list_haulage_plans(
        &self,
        request: Request<ListHaulagePlansRequest>,
    ) -> Result<Response<ListHaulagePlansResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let common = list::Request {
            method: "ListHaulagePlans",
            division: &request.division,
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
        };
        let query = list::Query::of(&self.kit, &common, FIELDS)?;
        let mut tx = self.kit.db.read(&call).await?;
        let rows = haulage_plan_list(&mut tx, &query.listing())
            .await
            .map_err(Error::from)?;
        let (rows, next_page_token) = query.page.close(rows, |row| row.haulage_plan_id.to_string());
        Ok(Response::new(ListHaulagePlansResponse {
            haulage_plans: rows.iter().map(wire::haulage::haulage_plan).collect(),
            next_page_token,
        }))
    }

    async fn publish_haulage_plan(
        &self,
        request: Request<PublishHaulagePlanRequest>,
    ) -> Result<Response<HaulagePlan>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let id = names::existing_uuid(&request.name, "haulagePlans")?;
        let mut tx = match self.kit.db.write(&call, &request.request_id, &request).await? {
            Begun::Replay(first) => return Ok(Response::new(first)),
            Begun::Fresh(tx) => tx,
        };
        let row = haulage_plan_hold(&mut tx, id).await.map_err(Error::from)?;
        let row = row.ok_or_else(|| Error::not_found(&request.name))?;
        kit::etag::check(&request.etag, &wire::haulage::version(&row), &request.name)?;
        match row.state.as_str() {
            "superseded" => return Err(superseded(&request.name).into()),
            "draft" => publish(&mut tx, &row).await?,
            _ => {}
        }
        let row = existing(&mut tx, &request.name).await?;
        let change = Change::new("publish", &row.division_code, &request.name);
        Ok(tx.finish(change, wire::haulage::haulage_plan(&row)).await?)
    }

    async fn list_haulage_trips(
        &self,
        request: Request<ListHaulageTripsRequest>,
    ) -> Result<Response<ListHaulageTripsResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let (size, token) = (request.page_size, &request.page_token);
        let page = self
            .kit
            .pages
            .open(size, token, "ListHaulageTrips", &[&request.parent])?;
        let after = page
            .after
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(Error::internal)?;
        let mut tx = self.kit.db.read(&call).await?;
        let plan = existing(&mut tx, &request.parent).await?.haulage_plan_id;
        let rows = haulage_trip_list(&mut tx, plan, after.unwrap_or(0), page.size + 1);
        let (rows, next_page_token) = page.close(rows.await.map_err(Error::from)?, |row| row.ordinal.to_string());
        Ok(Response::new(ListHaulageTripsResponse {
            trips: rows.iter().map(wire::haulage::trip).collect(),
            next_page_token,
        }))
    }

    async fn list_station_stocks(
        &self,
        request: Request<ListStationStocksRequest>,
    ) -> Result<Response<ListStationStocksResponse>, Status> {
        let call = Call::of(&request)?;
        let request = request.into_inner();
        let (size, token) = (request.page_size, &request.page_token);
        let page = self
            .kit
            .pages
            .open(size, token, "ListStationStocks", &[&request.parent])?;
        let mut tx = self.kit.db.read(&call).await?;
        let plan = existing(&mut tx, &request.parent).await?.haulage_plan_id;
        let after = page.after.as_deref().unwrap_or_default();
        let rows = haulage_stock_list(&mut tx, plan, after, page.size + 1);
        let (rows, next_page_token) = page.close(rows.await.map_err(Error::from)?, |row| row.station_id.clone());
        Ok(Response::new(ListStationStocksResponse {
            station_stocks: rows.iter().map(wire::haulage::stock).collect(),
            next_page_token,
        }))
    }

    async fn get_haulage_manifest(
        &self,
        request: Request<GetHaulageManifestRequest>,
    ) -> Result<Response<GetHaulageManifestResponse>, Status> {
        let call = Call::of(&request)?;
        let name = request.into_inner().name;
        let missing = || Error::not_found(&name);
        let (plan, vehicle) = name.split_once("/vehicles/").ok_or_else(missing)?;
        let mut tx = self.kit.db.read(&call).await?;
        let plan = names::existing_uuid(plan, "haulagePlans").map_err(|_| missing())?;
        let plan = haulage_plan_get(&mut tx, plan).await.map_err(Error::from)?;
        let plan = plan.ok_or_else(missing)?.haulage_plan_id;
        let trips = haulage_trips_of(&mut tx, plan, vehicle).await.map_err(Error::from)?;
        let truck = vehicle_get(&mut tx, vehicle)
            .await
            .map_err(Error::from)?
            .ok_or_else(missing)?;
        if trips.is_empty() {
            return Err(missing().into());
        }
        let ends = trips.iter().flat_map(|trip| [&trip.station_id, &trip.plant_id]);
        let places: Vec<String> = ends.chain([&truck.depot_id]).cloned().collect();
        let places = facility_names(&mut tx, &places)
            .await
            .map_err(Error::from)?
            .into_iter()
            .collect();
        Ok(Response::new(GetHaulageManifestResponse {
            rows: show::haulage_manifest(&trips, &truck.depot_id, &places),
        }))
    }
}

/// A plant to haul to, and a truck to haul with.
async fn check_means(tx: &mut Tx, division: &Division) -> Result<()> {
    if plants_for(tx, division.code()).await?.is_empty() {
        return Err(Error::rule(
            "NO_PLANT",
            division.name(),
            "there is no plant in the division, above it or below it: import the register plants",
            "该行政区划及其上级、下级没有处理厂：请导入名册 plants",
        ));
    }
    if haulers_of(tx, division.code()).await?.is_empty() {
        return Err(Error::rule(
            "NO_TRUCK",
            division.name(),
            "the division has no hook lift: import the register vehicles, or plan the division above it",
            "该行政区划没有勾臂车：请导入名册 vehicles，或对上级行政区划进行规划",
        ));
    }
    Ok(())
}

/// Each station once, of the division, with a stock that can be.
fn check_stocks(request: &PlanHaulageRequest, stations: &[Facility]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (index, stated) in request.start_stocks.iter().enumerate() {
        let field = format!("start_stocks[{index}].station");
        let id = names::reference(&field, &stated.station, "facilities")?;
        if !stations.iter().any(|station| station.facility_id == id) {
            return Err(Error::invalid(
                &field,
                &stated.station,
                "a transfer station of the division",
            ));
        }
        if !seen.insert(id) {
            return Err(Error::invalid(&field, &stated.station, "each station once"));
        }
        if !(0..=MOST_KG).contains(&stated.stock_kg) {
            let field = format!("start_stocks[{index}].stock_kg");
            return Err(Error::invalid(&field, stated.stock_kg, "0 to 100,000,000"));
        }
    }
    Ok(())
}

/// The day that is asked for, by itself or by the route plan; both have to agree.
async fn date_of(
    tx: &mut Tx,
    request: &PlanHaulageRequest,
    date: Option<Date>,
    division: &str,
) -> Result<Option<Date>> {
    if request.route_plan.is_empty() {
        return Ok(date);
    }
    let name = &request.route_plan;
    let id = names::existing_uuid(name, "routePlans")?;
    let plan = route_plan_get(tx, id).await?.ok_or_else(|| Error::not_found(name))?;
    if plan.division_code != division {
        return Err(Error::invalid("route_plan", name, "a plan of the division"));
    }
    if date.is_some_and(|date| date != plan.date) {
        return Err(Error::invalid("route_plan", name, "a plan of the day"));
    }
    Ok(Some(plan.date))
}

/// The plan of a name.
async fn existing(tx: &mut Tx, name: &str) -> Result<haulage_plans::HaulagePlan> {
    let id: Uuid = names::existing_uuid(name, "haulagePlans")?;
    haulage_plan_get(tx, id).await?.ok_or_else(|| Error::not_found(name))
}

async fn publish(tx: &mut Tx, row: &haulage_plans::HaulagePlan) -> Result<()> {
    let now = tx.now();
    let superseded = haulage_plan_publish(tx, row, now).await?;
    let name = names::haulage_plan(row.haulage_plan_id);
    let event = HaulagePlanPublished {
        haulage_plan: name.clone(),
        date: Some(dates::to_proto(row.date)),
        totals: Some(wire::haulage::totals(&row.totals)),
        superseded_haulage_plan: superseded.map(names::haulage_plan).unwrap_or_default(),
    };
    tx.emit("haulage_plan.published", &row.division_code, &name, &event);
    Ok(())
}
