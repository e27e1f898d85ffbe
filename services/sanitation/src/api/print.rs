//! Route plans to be looked at and printed: the map and drivers' sheets.

use kit::{
    call::Call,
    db::Tx,
    error::{Error, Result},
};
use proto::xiangtu::sanitation::v1::{
    GetPrintedManifestsRequest, GetPrintedManifestsResponse, GetRoutePlanMapRequest, GetRoutePlanMapResponse,
};
use uuid::Uuid;

use super::{Api, route_plans::existing, routes::ALL};
use crate::{
    show::{Map, Sheets},
    store::{
        areas::areas_of,
        facilities::stations_of,
        points::points_of,
        routes::{Route, Unserved, lines_of, route_list, unserved_list},
        vehicles::collectors_of,
    },
    wire::names,
};

pub(super) async fn map(api: &Api, call: &Call, request: &GetRoutePlanMapRequest) -> Result<GetRoutePlanMapResponse> {
    let mut tx = api.kit.db.snapshot(call).await?;
    let (id, plan) = existing(&mut tx, &request.name).await?;
    let routes = routes(&mut tx, id, &request.station).await?;
    let mut unserved = unserved_list(&mut tx, id, "", ALL).await?;
    if let Some(station) = station(&request.station)? {
        unserved.retain(|point: &Unserved| point.station_id.as_deref() == Some(station));
        if routes.is_empty() && unserved.is_empty() {
            return Err(Error::not_found(&request.station));
        }
    }
    let mut lines = lines_of(&mut tx, id).await?;
    lines.retain(|(ordinal, _)| routes.iter().any(|route| route.ordinal == *ordinal));
    let mut stations = stations_of(&mut tx, &plan.division_code).await?;
    stations.retain(|found| {
        let drawn = routes.iter().any(|route| route.station_id == found.facility_id);
        drawn
            || unserved
                .iter()
                .any(|point| point.station_id.as_ref() == Some(&found.facility_id))
    });
    let mut villages = areas_of(&mut tx, &plan.division_code).await?;
    if !request.station.is_empty() {
        let stops = routes
            .iter()
            .flat_map(|route| route.trips.iter())
            .flat_map(|trip| &trip.stops);
        let served: std::collections::HashSet<&str> = stops.map(|stop| stop.village.as_str()).collect();
        villages.retain(|area| served.contains(area.division_code.as_str()));
    }
    let map = Map {
        date: plan.date,
        routes: &routes,
        lines: &lines.into_iter().collect(),
        unserved: &unserved,
        stations: &stations,
        villages: &villages,
    };
    Ok(GetRoutePlanMapResponse { svg: map.svg() })
}

pub(super) async fn manifests(
    api: &Api,
    call: &Call,
    request: &GetPrintedManifestsRequest,
) -> Result<GetPrintedManifestsResponse> {
    let mut tx = api.kit.db.snapshot(call).await?;
    let (id, plan) = existing(&mut tx, &request.name).await?;
    let mut routes = routes(&mut tx, id, &request.station).await?;
    if !request.vehicle.is_empty() {
        let vehicle = names::reference("vehicle", &request.vehicle, "vehicles")?;
        routes.retain(|route| route.vehicle_id == vehicle);
    }
    for asked in [&request.vehicle, &request.station] {
        if routes.is_empty() && !asked.is_empty() {
            return Err(Error::not_found(asked));
        }
    }
    let division = &plan.division_code;
    let vehicles = collectors_of(&mut tx, division).await?.into_iter();
    let stations = stations_of(&mut tx, division).await?.into_iter();
    let points = points_of(&mut tx, division).await?.into_iter();
    let villages = areas_of(&mut tx, division).await?.into_iter();
    let sheets = Sheets {
        date: plan.date,
        routes: &routes,
        vehicles: &vehicles.map(|row| (row.vehicle_id.clone(), row)).collect(),
        stations: &stations.map(|row| (row.facility_id.clone(), row)).collect(),
        points: &points.map(|row| (row.point_id.clone(), row)).collect(),
        villages: &villages.map(|row| (row.division_code, row.display_name)).collect(),
    };
    Ok(GetPrintedManifestsResponse { html: sheets.html() })
}

async fn routes(tx: &mut Tx, plan: Uuid, of: &str) -> Result<Vec<Route>> {
    let mut routes = route_list(tx, plan, 0, ALL).await?;
    if let Some(station) = station(of)? {
        routes.retain(|route| route.station_id == station);
    }
    Ok(routes)
}

fn station(name: &str) -> Result<Option<&str>> {
    if name.is_empty() {
        return Ok(None);
    }
    names::reference("station", name, "facilities").map(Some)
}
