//! Route plans for people: drivers' sheets and maps.

mod map;
mod sheet;
mod text;

pub mod siting;

use std::collections::HashMap;

use proto::xiangtu::sanitation::v1::{HaulageManifestRow, ManifestRow};
use sanitation_core::{route::Pause, stream, street::Kind};
use serde_json::{Value, json};
use sqlx::types::Json;

pub use map::Map;
pub use sheet::Sheets;
use text::clock;

use crate::{
    store::{
        facilities::Facility,
        haulage::HaulageTrip,
        routes::{Lines, Route, Unserved},
        street_plans::{StreetRoute, Uncovered},
    },
    wire::{enums, names, routes::pause_kind},
};

/// The rows of a driver's sheet: every stop, and the return to the station after each trip.
pub fn manifest(route: &Route, station: &str, villages: &HashMap<String, String>) -> Vec<ManifestRow> {
    let mut rows = Vec::new();
    for (trip_number, trip) in (1..).zip(route.trips.iter()) {
        let mut onboard_kg = 0;
        let pauses = |after: usize, onboard_kg: i64| {
            let here = trip.pauses.iter().filter(move |pause| pause.after == after);
            here.map(move |pause| ManifestRow {
                plate: route.plate.clone(),
                trip_number,
                arrive_at: clock(pause.begin_s),
                place: reason(pause).to_owned(),
                onboard_kg,
                pause: pause_kind(pause).into(),
                pause_ends_at: clock(pause.end_s),
                ..ManifestRow::default()
            })
        };
        for (before, (stop_number, stop)) in (1..).zip(&trip.stops).enumerate() {
            rows.extend(pauses(before, onboard_kg));
            onboard_kg += stop.load_kg;
            let (resource, stream) = names::call(&stop.point);
            rows.push(ManifestRow {
                plate: route.plate.clone(),
                trip_number,
                stop_number,
                arrive_at: clock(stop.arrive_s),
                place: villages.get(&stop.village).cloned().unwrap_or_default(),
                resource,
                stream: stream.into(),
                bin_count: i32::try_from(stop.bins).unwrap_or(i32::MAX),
                load_kg: stop.load_kg,
                onboard_kg,
                ..ManifestRow::default()
            });
        }
        rows.extend(pauses(trip.stops.len(), onboard_kg));
        rows.push(ManifestRow {
            plate: route.plate.clone(),
            trip_number,
            stop_number: 0,
            arrive_at: clock(trip.arrive_s),
            place: station.to_owned(),
            resource: names::facility(&route.station_id),
            load_kg: trip.load_kg,
            stream: enums::stream(trip.stream().name()).into(),
            ..ManifestRow::default()
        });
    }
    rows
}

/// What a crew pauses for.
const fn reason(pause: &Pause) -> &'static str {
    if pause.rest { "停车休息" } else { "用餐休息" }
}

/// The rows of a hauling driver's sheet: every load, and the return to the depot.
pub fn haulage_manifest(
    trips: &[HaulageTrip],
    depot: &str,
    places: &HashMap<String, String>,
) -> Vec<HaulageManifestRow> {
    let name = |id: &str| places.get(id).cloned().unwrap_or_default();
    let mut rows = Vec::new();
    for row in trips {
        let trip = &row.trip;
        rows.push(HaulageManifestRow {
            plate: row.plate.clone(),
            trip_number: trip.number,
            arrive_at: clock(trip.arrive_s),
            place: name(&row.station_id),
            load_at: clock(trip.load_s),
            load_kg: trip.kg,
            leave_at: clock(trip.loaded_s),
            plant: name(&row.plant_id),
            unload_at: clock(trip.unload_s),
        });
        if let Some((return_s, _)) = trip.home {
            rows.push(HaulageManifestRow {
                plate: row.plate.clone(),
                arrive_at: clock(return_s),
                place: name(depot),
                ..HaulageManifestRow::default()
            });
        }
    }
    rows
}

/// A FeatureCollection: a line for each trip, a point for each stop and for each unserved point. `lines` are where the trips
/// of the routes drive, by the ordinal of the route; without them lines are straight.
pub fn geojson(
    routes: &[Route],
    lines: &HashMap<i32, Json<Lines>>,
    unserved: &[Unserved],
    stations: &[Facility],
) -> Value {
    let mut features = Vec::new();
    for route in routes {
        let station = stations.iter().find(|station| station.facility_id == route.station_id);
        let station = station.map(|station| json!([station.lng, station.lat]));
        let lines = lines.get(&route.ordinal);
        for (trip_number, (index, trip)) in (1..).zip(route.trips.iter().enumerate()) {
            let stops = trip
                .stops
                .iter()
                .map(|stop| json!([stop.position.lng, stop.position.lat]));
            let straight = || station.iter().cloned().chain(stops).chain(station.iter().cloned());
            let line: Vec<Value> = match lines.and_then(|lines| lines.get(index)) {
                Some(line) => line.iter().map(|position| json!(position)).collect(),
                None => straight().collect(),
            };
            let properties = json!({
                "vehicle": names::vehicle(&route.vehicle_id), "plate": route.plate, "trip": trip_number,
                "load_kg": trip.load_kg, "distance_m": trip.distance_m, "stream": trip.stream().name(),
            });
            if line.len() >= 2 {
                features.push(feature("LineString", &Value::Array(line), &properties));
            }
            for (stop_number, stop) in (1..).zip(&trip.stops) {
                let properties = json!({
                    "collection_point": names::call(&stop.point).0, "stream": trip.stream().name(), "vehicle": names::vehicle(&route.vehicle_id),
                    "trip": trip_number, "stop": stop_number, "arrive": clock(stop.arrive_s), "load_kg": stop.load_kg,
                });
                let at = json!([stop.position.lng, stop.position.lat]);
                features.push(feature("Point", &at, &properties));
            }
        }
    }
    for point in unserved {
        let properties = json!({
            "collection_point": names::call(&point.call_id).0, "stream": stream::of(&point.call_id).name(),
            "unserved": point.reason, "load_kg": point.load_kg,
        });
        features.push(feature("Point", &json!([point.lng, point.lat]), &properties));
    }
    json!({"type": "FeatureCollection", "features": features})
}

/// A FeatureCollection: a line for each stretch that a vehicle works or drives, a point for each refill, and a line for each
/// road with passes left out.
pub fn street_geojson(routes: &[StreetRoute], uncovered: &[Uncovered]) -> Value {
    let mut features = Vec::new();
    for route in routes {
        for stretch in route.lines.iter() {
            let properties = json!({"vehicle": names::vehicle(&route.vehicle_id), "kind": stretch.kind});
            features.push(match (stretch.kind, stretch.line.first()) {
                (Kind::Refill, Some(at)) => feature("Point", &json!(at), &properties),
                _ => feature("LineString", &json!(stretch.line), &properties),
            });
        }
    }
    for road in uncovered {
        let properties = json!({"edge_id": road.edge_id, "uncovered": road.reason, "passes": road.passes});
        features.push(feature("LineString", &json!(road.line), &properties));
    }
    json!({"type": "FeatureCollection", "features": features})
}

fn feature(kind: &str, coordinates: &Value, properties: &Value) -> Value {
    json!({
        "type": "Feature",
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": properties,
    })
}
