//! Plans by a router over HTTP: a small peer answers as OSRM does, and as routers do on bad days.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use kit::testing::{Harness, Setup};
use proto::{
    google::longrunning::operation,
    xiangtu::{
        operation::v1::{CancelOperationRequest, operation_service_client::OperationServiceClient},
        sanitation::v1::{PlanRoutesRequest, RouteTrip, TravelSource, UnservedReason},
    },
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use tonic::Code;

use crate::{
    routing::{check, parts, plan_routes, planned, request, watch},
    town::{TOWN, network, of_division},
};

/// Largest table of the peer, as OSRM has it unless told otherwise.
const SIDE: usize = 100;

#[derive(Clone, Copy, Default)]
enum Mood {
    #[default]
    Well,
    /// This many requests get 503, then all is well.
    Out(usize),
    /// Answers later than anybody waits.
    Slow,
    Elsewhere,
    NoTable,
    Small,
}

#[derive(Default)]
struct Seen {
    mood: Mood,
    /// Sources and destinations of each request.
    tables: Vec<(usize, usize)>,
    /// No way leads there or back.
    island: Option<[f64; 2]>,
    /// Meets the roads only two kilometres further north.
    remote: Option<[f64; 2]>,
}

#[derive(Clone, Default)]
struct Peer(Arc<Mutex<Seen>>);

impl Peer {
    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("the peer")
    }

    async fn serve(&self) -> (String, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let routes = Router::new()
            .route("/table/v1/driving/{coordinates}", get(table))
            .with_state(self.clone());
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.expect("a server") });
        (url, serving)
    }
}

/// Metres between two places by streets that run north and east.
#[expect(clippy::cast_possible_truncation, reason = "a few kilometres")]
fn metres(a: [f64; 2], b: [f64; 2]) -> i64 {
    ((a[0] - b[0]).abs() * 91_000.0).round() as i64 + ((a[1] - b[1]).abs() * 111_000.0).round() as i64
}

fn near(a: [f64; 2], b: Option<[f64; 2]>) -> bool {
    b.is_some_and(|b| metres(a, b) < 2)
}

async fn table(
    State(peer): State<Peer>,
    Path(coordinates): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let places: Vec<[f64; 2]> = coordinates
        .split(';')
        .map(|text| {
            let (lng, lat) = text.split_once(',').expect("a coordinate");
            [lng.parse().expect("a longitude"), lat.parse().expect("a latitude")]
        })
        .collect();
    let side = |name: &str| -> Vec<[f64; 2]> {
        let numbers = query[name].split(';');
        numbers
            .map(|number| places[number.parse::<usize>().expect("a number")])
            .collect()
    };
    let (sources, destinations) = (side("sources"), side("destinations"));
    assert_eq!(query["annotations"], "duration,distance");
    let (mood, island, remote) = {
        let mut seen = peer.seen();
        seen.tables.push((sources.len(), destinations.len()));
        let mood = seen.mood;
        if let Mood::Out(left) = mood {
            seen.mood = left.checked_sub(1).map_or(Mood::Well, Mood::Out);
        }
        (mood, seen.island, seen.remote)
    };
    let too_big = json!({"code": "TooBig", "message": "Too many table coordinates"});
    match mood {
        Mood::Out(left) if left > 0 => return (StatusCode::SERVICE_UNAVAILABLE, "out of order").into_response(),
        Mood::Slow => tokio::time::sleep(Duration::from_mins(1)).await,
        Mood::Elsewhere => return Redirect::temporary("http://169.254.169.254/").into_response(),
        Mood::NoTable => return Html("<h1>Welcome</h1>").into_response(),
        Mood::Small => return (StatusCode::BAD_REQUEST, Json(too_big)).into_response(),
        _ if sources.len() * destinations.len() > SIDE * SIDE => {
            return (StatusCode::BAD_REQUEST, Json(too_big)).into_response();
        }
        _ => {}
    }
    let cells = |of: &dyn Fn(i64) -> f64| -> Vec<Vec<Value>> {
        let cell = |from: [f64; 2], to: [f64; 2]| {
            let apart = !near(from, Some(to)) && (near(from, island) || near(to, island));
            if apart {
                Value::Null
            } else {
                json!(of(metres(from, to)))
            }
        };
        sources
            .iter()
            .map(|from| destinations.iter().map(|to| cell(*from, *to)).collect())
            .collect()
    };
    let waypoints = |side: &[[f64; 2]]| -> Vec<Value> {
        let waypoint = |at: &[f64; 2]| {
            let north = if near(*at, remote) { 0.018 } else { 0.0 };
            json!({"hint": "", "distance": 0.0, "name": "", "location": [at[0], at[1] + north]})
        };
        side.iter().map(waypoint).collect()
    };
    #[expect(clippy::cast_precision_loss, reason = "a few kilometres")]
    let (distances, durations) = (cells(&|metres| metres as f64), cells(&|metres| metres as f64 / 10.0));
    Json(json!({
        "code": "Ok", "distances": distances, "durations": durations,
        "sources": waypoints(&sources), "destinations": waypoints(&destinations),
    }))
    .into_response()
}

async fn start(url: &str) -> Harness {
    let variables = [("XIANGTU_OSRM_URL", url), ("XIANGTU_OSRM_TIMEOUT_S", "1")];
    let setup = Setup {
        variables: variables
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..Setup::default()
    };
    let harness = Harness::with(sanitation::service(), setup).await;
    network(&harness, TOWN).await;
    harness
}

fn by_router(number: u8) -> PlanRoutesRequest {
    PlanRoutesRequest {
        travel_source: TravelSource::Osrm.into(),
        declared_demand: true,
        iteration_limit: 100,
        ..request(TOWN, number)
    }
}

/// Positions of the registers: the station first, then all points by id.
fn positions(name: &str) -> Vec<(String, [f64; 2])> {
    let file = of_division(name, TOWN);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |cell: &str| cell.parse().expect("degrees");
        let [lng, lat] = cells[cells.len() - 2..] else {
            panic!("{line}")
        };
        (cells[0].to_owned(), [number(lng), number(lat)])
    };
    file.lines().skip(1).map(row).collect()
}

#[tokio::test]
async fn a_table_is_fetched_in_parts_and_driven_by() {
    let peer = Peer::default();
    peer.seen().mood = Mood::Out(2);
    let (url, _serving) = peer.serve().await;
    let harness = start(&url).await;
    let plan = planned(&harness, by_router(1)).await;
    assert_eq!(plan.travel_source(), TravelSource::Osrm);
    let (routes, unserved) = parts(&harness, &plan).await;
    check(TOWN, &plan, &routes, &unserved);
    let station = positions("transfer_stations")[0].1;
    let round = |trip: &RouteTrip| -> i64 {
        let stops = trip.stops.iter().filter_map(|stop| stop.position.as_ref());
        let stops = stops.map(|at| [at.longitude, at.latitude]);
        let line: Vec<[f64; 2]> = [station].into_iter().chain(stops).chain([station]).collect();
        line.windows(2).map(|ends| metres(ends[0], ends[1])).sum()
    };
    for trip in routes.iter().flat_map(|route| &route.trips) {
        assert_eq!(trip.distance_m, round(trip));
    }
    // Every pair once, and two requests again that got no answer.
    let places = positions("collection_points").len() + 1;
    assert!(places > SIDE, "{places} places");
    let tables = peer.seen().tables.clone();
    let sides = places.div_ceil(SIDE);
    assert_eq!(tables.len(), sides * sides + 2);
    let full = |(sources, targets): &&(usize, usize)| sources * targets == SIDE * SIDE;
    assert!(tables.iter().filter(full).count() >= (sides - 1).pow(2));
    harness.stop().await;
}

#[tokio::test]
async fn points_without_a_way_or_a_road_are_no_stops() {
    let peer = Peer::default();
    let points = positions("collection_points");
    let (island, remote) = (points[3].clone(), points[40].clone());
    peer.seen().island = Some(island.1);
    peer.seen().remote = Some(remote.1);
    let (url, _serving) = peer.serve().await;
    let harness = start(&url).await;
    let plan = planned(&harness, by_router(1)).await;
    let (routes, unserved) = parts(&harness, &plan).await;
    check(TOWN, &plan, &routes, &unserved);
    let stops: Vec<_> = routes
        .iter()
        .flat_map(|route| &route.trips)
        .flat_map(|trip| &trip.stops)
        .collect();
    for (id, _) in [island, remote] {
        let name = format!("collectionPoints/{id}");
        assert!(
            stops.iter().all(|stop| stop.collection_point != name),
            "{name} is driven to"
        );
        let relayed = stops
            .iter()
            .flat_map(|stop| &stop.relays)
            .any(|relay| relay.collection_point == name);
        let left = unserved
            .iter()
            .any(|point| point.collection_point == name && point.reason() == UnservedReason::NoRoad);
        assert!(relayed || left, "{name}");
    }
    harness.stop().await;
}

#[tokio::test]
async fn a_router_that_fails_is_told_precisely() {
    let peer = Peer::default();
    let (url, serving) = peer.serve().await;
    let harness = start(&url).await;
    let fails = async |number: u8, mood: Mood| {
        peer.seen().mood = mood;
        let operation = plan_routes(&harness, by_router(number)).await.expect("an operation");
        match watch(&harness, TOWN, &operation.name)
            .await
            .into_iter()
            .last()
            .and_then(|last| last.result)
        {
            Some(operation::Result::Error(status)) => (status.code, status.message),
            other => panic!("{other:?}"),
        }
    };
    for (number, mood, told) in [
        (1, Mood::Out(1_000), "3 attempts: HTTP 503"),
        (2, Mood::Slow, "3 attempts: no answer within 1 s"),
        (
            3,
            Mood::Small,
            "1 attempt: HTTP 400, code TooBig: Too many table coordinates",
        ),
        (4, Mood::Elsewhere, "1 attempt: HTTP 307"),
        (
            5,
            Mood::NoTable,
            "1 attempt: not the JSON of a table: expected value at line 1 column 1",
        ),
    ] {
        let (code, message) = fails(number, mood).await;
        assert_eq!(code, i32::from(Code::FailedPrecondition));
        assert_eq!(message, format!("the router failed after {told}"));
    }
    serving.abort();
    let _ = serving.await;
    let (_, message) = fails(6, Mood::Well).await;
    assert_eq!(message, "the router failed after 3 attempts: no connection");
    harness.stop().await;
}

#[tokio::test]
async fn a_plan_that_waits_for_the_router_can_be_cancelled() {
    let peer = Peer::default();
    peer.seen().mood = Mood::Slow;
    let (url, _serving) = peer.serve().await;
    let harness = start(&url).await;
    let operation = plan_routes(&harness, by_router(1)).await.expect("an operation");
    let cancel = CancelOperationRequest {
        name: operation.name.clone(),
    };
    OperationServiceClient::new(harness.channel.clone())
        .cancel_operation(harness.request(TOWN, cancel))
        .await
        .expect("cancelled");
    match watch(&harness, TOWN, &operation.name)
        .await
        .into_iter()
        .last()
        .and_then(|last| last.result)
    {
        Some(operation::Result::Error(status)) => assert_eq!(status.code, i32::from(Code::Cancelled)),
        other => panic!("{other:?}"),
    }
    harness.stop().await;
}
