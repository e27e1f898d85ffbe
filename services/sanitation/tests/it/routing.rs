//! Planning over gRPC, and what every plan must keep.

use std::collections::{BTreeMap, BTreeSet};

use kit::testing::Harness;
use proto::{
    google::{
        longrunning::{Operation, operation},
        r#type::Date,
    },
    xiangtu::{
        operation::v1::{WatchOperationRequest, operation_service_client::OperationServiceClient},
        sanitation::v1::{
            ListRoutesRequest, ListUnservedPointsRequest, PlanRoutesRequest, Route, RoutePlan, UnservedPoint,
            route_plan_service_client::RoutePlanServiceClient,
        },
    },
};
use tonic::{Status, transport::Channel};

use crate::town::{COUNTY, register, request_id};

pub fn client(harness: &Harness) -> RoutePlanServiceClient<Channel> {
    RoutePlanServiceClient::new(harness.channel.clone())
}

pub fn request(division: &str, number: u8) -> PlanRoutesRequest {
    PlanRoutesRequest {
        division: format!("divisions/{division}"),
        date: Some(Date {
            year: 2024,
            month: 4,
            day: 1,
        }),
        search_seconds: 2,
        seed: 7,
        request_id: request_id(number),
        ..PlanRoutesRequest::default()
    }
}

pub async fn plan_routes(harness: &Harness, request: PlanRoutesRequest) -> Result<Operation, Status> {
    let division = request.division.trim_start_matches("divisions/").to_owned();
    let request = harness.request(&division, request);
    client(harness)
        .plan_routes(request)
        .await
        .map(tonic::Response::into_inner)
}

/// Watches an operation to its end and answers everything seen.
pub async fn watch(harness: &Harness, scope: &str, name: &str) -> Vec<Operation> {
    let request = WatchOperationRequest { name: name.to_owned() };
    let mut stream = OperationServiceClient::new(harness.channel.clone())
        .watch_operation(harness.request(scope, request))
        .await
        .expect("a stream")
        .into_inner();
    let mut seen = Vec::new();
    while let Some(operation) = stream.message().await.expect("the stream lasts") {
        seen.push(operation);
    }
    seen
}

pub fn response(operation: &Operation) -> RoutePlan {
    match &operation.result {
        Some(operation::Result::Response(any)) => any.to_msg().expect("a route plan"),
        other => panic!("{other:?}"),
    }
}

/// Plans and waits for the end.
pub async fn planned(harness: &Harness, request: PlanRoutesRequest) -> RoutePlan {
    let scope = request.division.trim_start_matches("divisions/").to_owned();
    let operation = plan_routes(harness, request).await.expect("an operation");
    response(watch(harness, &scope, &operation.name).await.last().expect("the end"))
}

pub async fn parts(harness: &Harness, plan: &RoutePlan) -> (Vec<Route>, Vec<UnservedPoint>) {
    let routes = ListRoutesRequest {
        parent: plan.name.clone(),
        page_size: 1_000,
        page_token: String::new(),
    };
    let unserved = ListUnservedPointsRequest {
        parent: plan.name.clone(),
        page_size: 1_000,
        page_token: String::new(),
    };
    let routes = client(harness)
        .list_routes(harness.request(COUNTY, routes))
        .await
        .expect("routes")
        .into_inner();
    let request = harness.request(COUNTY, unserved);
    let unserved = client(harness)
        .list_unserved_points(request)
        .await
        .expect("points")
        .into_inner();
    (routes.routes, unserved.unserved_points)
}

/// Rows of a register by id.
pub fn rows(name: &str) -> BTreeMap<String, Vec<String>> {
    let text = register(name);
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    text.lines()
        .skip(1)
        .map(|line| (cells(line)[0].clone(), cells(line)))
        .collect()
}

/// Every point once; payloads, windows, shifts, ways and vehicles' townships kept.
pub fn check(division: &str, plan: &RoutePlan, routes: &[Route], unserved: &[UnservedPoint]) {
    let (points, vehicles) = (rows("collection_points"), rows("vehicles"));
    let clock = |text: &str| -> i32 {
        let (hours, minutes) = text.split_once(':').expect("a clock time");
        hours.parse::<i32>().expect("hours") * 3_600 + minutes.parse::<i32>().expect("minutes") * 60
    };
    let mut seen = BTreeSet::new();
    let mut once = |name: &str| {
        assert!(
            seen.insert(name.trim_start_matches("collectionPoints/").to_owned()),
            "{name} twice"
        );
    };
    for route in routes {
        let vehicle = &vehicles[route.vehicle.trim_start_matches("vehicles/")];
        let payload: i64 = vehicle[4].parse().expect("a payload");
        assert_eq!(route.station, format!("facilities/{}", vehicle[2]));
        let mut free_s = clock(&vehicle[7]);
        for trip in &route.trips {
            assert!(trip.depart_s >= free_s && trip.arrive_s <= clock(&vehicle[8]));
            assert!(trip.load_kg <= payload);
            assert_eq!(trip.load_kg, trip.stops.iter().map(|stop| stop.load_kg).sum::<i64>());
            for stop in &trip.stops {
                once(&stop.collection_point);
                let point = &points[stop.collection_point.trim_start_matches("collectionPoints/")];
                let own = route.division.ends_with(&point[1][..9]);
                // Special areas have no station of their own.
                assert!(own || point[1].ends_with("598"), "{point:?} goes to its own township");
                assert!(point[6].is_empty(), "no truck is light enough for {point:?}");
                // Service begins within the window.
                assert!(stop.arrive_s <= clock(&point[8]) && stop.leave_s > clock(&point[7]));
                for relay in &stop.relays {
                    once(&relay.collection_point);
                    assert!(relay.distance_m <= 3_000 && relay.needs_motor == (relay.distance_m > 1_000));
                }
            }
            free_s = trip.arrive_s + 900;
        }
    }
    for point in unserved {
        once(&point.collection_point);
    }
    assert_eq!(
        seen.len(),
        points.values().filter(|point| point[1].starts_with(division)).count()
    );
    let totals = plan.totals.expect("sums");
    let count = |number: usize| i64::try_from(number).expect("few");
    assert_eq!(totals.vehicle_count, count(routes.len()));
    assert_eq!(
        totals.trip_count,
        count(routes.iter().map(|route| route.trips.len()).sum())
    );
    assert_eq!(totals.unserved_count, count(unserved.len()));
    assert_eq!(
        totals.stop_count + totals.relayed_count + totals.unserved_count,
        count(seen.len())
    );
}
