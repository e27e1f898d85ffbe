//! The parts of a route plan: routes, unserved points, driver's sheets, GeoJSON.

use std::collections::HashMap;

use kit::{
    call::Call,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{
    GetManifestResponse, GetRoutePlanGeojsonResponse, ListRoutesRequest, ListRoutesResponse, ListUnservedPointsRequest,
    ListUnservedPointsResponse,
};

use super::{Api, route_plans::existing};
use crate::{
    show,
    store::{
        areas::area_names,
        facilities::{facility_names, stations_of},
        routes::{lines_of, route_get, route_list, unserved_list},
    },
    wire::{self, names},
};

/// More than any plan has.
pub(super) const ALL: i64 = 1_000_000;

pub(super) async fn list(api: &Api, call: &Call, request: &ListRoutesRequest) -> Result<ListRoutesResponse> {
    let page = api
        .kit
        .pages
        .open(request.page_size, &request.page_token, "ListRoutes", &[&request.parent])?;
    let after = page
        .after
        .as_deref()
        .map(str::parse)
        .transpose()
        .map_err(Error::internal)?;
    let mut tx = api.kit.db.read(call).await?;
    let (id, _) = existing(&mut tx, &request.parent).await?;
    let rows = route_list(&mut tx, id, after.unwrap_or(0), page.size + 1).await?;
    let (rows, next_page_token) = page.close(rows, |row| row.ordinal.to_string());
    Ok(ListRoutesResponse {
        routes: rows.iter().map(wire::routes::route).collect(),
        next_page_token,
    })
}

pub(super) async fn unserved(
    api: &Api,
    call: &Call,
    request: &ListUnservedPointsRequest,
) -> Result<ListUnservedPointsResponse> {
    let query = [request.parent.as_str()];
    let page = api
        .kit
        .pages
        .open(request.page_size, &request.page_token, "ListUnservedPoints", &query)?;
    let mut tx = api.kit.db.read(call).await?;
    let (id, _) = existing(&mut tx, &request.parent).await?;
    let after = page.after.as_deref().unwrap_or_default();
    let rows = unserved_list(&mut tx, id, after, page.size + 1).await?;
    let (rows, next_page_token) = page.close(rows, |row| row.call_id.clone());
    Ok(ListUnservedPointsResponse {
        unserved_points: rows.iter().map(wire::routes::unserved).collect(),
        next_page_token,
    })
}

pub(super) async fn manifest(api: &Api, call: &Call, name: &str) -> Result<GetManifestResponse> {
    let missing = || Error::not_found(name);
    let (plan, vehicle) = name.split_once("/routes/").ok_or_else(missing)?;
    let mut tx = api.kit.db.read(call).await?;
    let id = names::existing_uuid(plan, "routePlans").map_err(|_| missing())?;
    let route = route_get(&mut tx, id, vehicle).await?.ok_or_else(missing)?;
    let stops = route.trips.iter().flat_map(|trip| &trip.stops);
    let mut villages: Vec<String> = stops.map(|stop| stop.village.clone()).collect();
    villages.sort_unstable();
    villages.dedup();
    let villages: HashMap<String, String> = area_names(&mut tx, &villages).await?.into_iter().collect();
    let station = facility_names(&mut tx, std::slice::from_ref(&route.station_id))
        .await?
        .pop();
    let station = station.map(|(_, title)| title).unwrap_or_default();
    Ok(GetManifestResponse {
        rows: show::manifest(&route, &station, &villages),
    })
}

pub(super) async fn geojson(api: &Api, call: &Call, name: &str) -> Result<GetRoutePlanGeojsonResponse> {
    let mut tx = api.kit.db.read(call).await?;
    let (id, plan) = existing(&mut tx, name).await?;
    let routes = route_list(&mut tx, id, 0, ALL).await?;
    let lines = lines_of(&mut tx, id).await?.into_iter().collect();
    let unserved = unserved_list(&mut tx, id, "", ALL).await?;
    let stations = stations_of(&mut tx, &plan.division_code).await?;
    Ok(GetRoutePlanGeojsonResponse {
        geojson: show::geojson(&routes, &lines, &unserved, &stations).to_string(),
    })
}
