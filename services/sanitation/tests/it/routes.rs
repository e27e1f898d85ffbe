//! Planning routes as an operation: watched to its end, cancelled, repeated, published.

use proto::{
    google::{longrunning::operation, r#type::Date},
    xiangtu::{
        operation::v1::{CancelOperationRequest, operation_service_client::OperationServiceClient},
        sanitation::v1::{
            GetManifestRequest, GetRoutePlanGeojsonRequest, GetRoutePlanRequest, ListRoutePlansRequest,
            PlanRoutesRequest, PublishRoutePlanRequest, RoutePlan, RoutePlanProgress, RoutePlanPublished,
            RoutePlanState,
        },
    },
};
use tonic::Code;

use crate::{
    routing::{check, client, parts, plan_routes, planned, request, response, watch},
    town::{COUNTY, TOWN, events, network, of_division, payload, reason, register, start, taken},
};

#[tokio::test]
async fn a_day_of_a_township_is_planned_watched_and_shown() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let operation = plan_routes(&harness, request(TOWN, 1)).await.expect("an operation");
    assert_eq!(
        plan_routes(&harness, request(TOWN, 1))
            .await
            .expect("the same again")
            .name,
        operation.name
    );
    let seen = watch(&harness, TOWN, &operation.name).await;
    let progress: Vec<RoutePlanProgress> = seen
        .iter()
        .filter_map(|operation| operation.metadata.as_ref())
        .map(|any| any.to_msg().expect("progress"))
        .collect();
    assert!(!progress.is_empty());
    assert!(
        progress
            .iter()
            .all(|told| told.station_count == 1 && told.best.is_some())
    );
    let plan = response(seen.last().expect("the end"));
    assert_eq!((plan.state(), plan.seed), (RoutePlanState::Draft, 7));
    let (routes, unserved) = parts(&harness, &plan).await;
    check(TOWN, &plan, &routes, &unserved);

    let manifest = GetManifestRequest {
        name: routes[0].name.clone(),
    };
    let rows = client(&harness)
        .get_manifest(harness.request(TOWN, manifest))
        .await
        .expect("a sheet")
        .into_inner()
        .rows;
    let stops: usize = routes[0].trips.iter().map(|trip| trip.stops.len() + 1).sum();
    assert_eq!(rows.len(), stops);
    assert_eq!((rows[0].trip_number, rows[0].stop_number), (1, 1));
    assert!(
        rows.iter()
            .all(|row| !row.place.is_empty() && row.plate.starts_with('豫'))
    );
    assert_eq!(rows.last().map(|row| row.place.as_str()), Some("仪封镇垃圾转运站"));

    let geojson = GetRoutePlanGeojsonRequest {
        name: plan.name.clone(),
    };
    let text = client(&harness)
        .get_route_plan_geojson(harness.request(TOWN, geojson))
        .await
        .expect("a map")
        .into_inner()
        .geojson;
    let map: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let features = map["features"].as_array().expect("features");
    let lines = features
        .iter()
        .filter(|feature| feature["geometry"]["type"] == "LineString")
        .count();
    assert_eq!(
        i64::try_from(lines).expect("few"),
        plan.totals.expect("sums").trip_count
    );

    let get = GetRoutePlanRequest { name: plan.name };
    let error = client(&harness)
        .get_route_plan(harness.request("410225104", get))
        .await
        .expect_err("of a sibling");
    assert_eq!(error.code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn the_same_seed_and_iterations_give_the_same_plan() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let bounded = |number, seed| PlanRoutesRequest {
        search_seconds: 60,
        iteration_limit: 300,
        seed,
        ..request(TOWN, number)
    };
    let plans = [
        planned(&harness, bounded(1, 1)).await,
        planned(&harness, bounded(2, 1)).await,
    ];
    assert_ne!(plans[0].name, plans[1].name);
    let trips = async |plan: &RoutePlan| -> Vec<_> {
        let (routes, _) = parts(&harness, plan).await;
        routes.into_iter().map(|route| (route.vehicle, route.trips)).collect()
    };
    assert_eq!(trips(&plans[0]).await, trips(&plans[1]).await);
    harness.stop().await;
}

#[tokio::test]
async fn a_cancelled_operation_keeps_nothing() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let long = PlanRoutesRequest {
        search_seconds: 600,
        ..request(TOWN, 1)
    };
    let operation = plan_routes(&harness, long).await.expect("an operation");
    let cancel = CancelOperationRequest {
        name: operation.name.clone(),
    };
    let mut operations = OperationServiceClient::new(harness.channel.clone());
    let stranger = harness.request("410225104", cancel.clone());
    assert_eq!(
        operations
            .cancel_operation(stranger)
            .await
            .expect_err("of a sibling")
            .code(),
        Code::NotFound
    );
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    operations
        .cancel_operation(harness.request(TOWN, cancel))
        .await
        .expect("asked to stop");
    let seen = watch(&harness, TOWN, &operation.name).await;
    match &seen.last().expect("the end").result {
        Some(operation::Result::Error(status)) => assert_eq!(Code::from(status.code), Code::Cancelled),
        other => panic!("{other:?}"),
    }
    let all = client(&harness)
        .list_route_plans(harness.request(TOWN, ListRoutePlansRequest::default()))
        .await;
    assert_eq!(all.expect("plans").into_inner().route_plans, []);
    harness.stop().await;
}

#[tokio::test]
async fn publishing_puts_one_plan_in_force() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let first = planned(
        &harness,
        PlanRoutesRequest {
            iteration_limit: 50,
            ..request(TOWN, 1)
        },
    )
    .await;
    let mut publisher = client(&harness);
    let mut publish = async |plan: &RoutePlan, etag: &str, scope: &str| {
        let request = PublishRoutePlanRequest {
            name: plan.name.clone(),
            etag: etag.to_owned(),
            request_id: String::new(),
        };
        publisher
            .publish_route_plan(harness.request(scope, request))
            .await
            .map(tonic::Response::into_inner)
    };
    assert_eq!(
        publish(&first, "stale", TOWN).await.expect_err("stale").code(),
        Code::Aborted
    );
    assert_eq!(
        publish(&first, "", "410225104").await.expect_err("a sibling").code(),
        Code::NotFound
    );
    let published = publish(&first, &first.etag, TOWN).await.expect("in force");
    assert_eq!(published.state(), RoutePlanState::Published);
    assert_eq!(publish(&first, "", TOWN).await.expect("again"), published);

    let second = planned(
        &harness,
        PlanRoutesRequest {
            iteration_limit: 50,
            ..request(TOWN, 2)
        },
    )
    .await;
    assert_eq!(second.in_force_totals, first.totals, "compared with the plan in force");
    publish(&second, "", TOWN).await.expect("in force");
    let error = publish(&first, "", TOWN).await.expect_err("superseded");
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::FailedPrecondition, "PLAN_SUPERSEDED")
    );
    let told = events(&harness, "route_plan.published").await;
    assert_eq!(told.len(), 2);
    assert_eq!(
        payload::<RoutePlanPublished>(&told[1]).superseded_route_plan,
        first.name
    );
    let in_force = ListRoutePlansRequest {
        filter: "state = published AND date = 2024-04-01".to_owned(),
        ..ListRoutePlansRequest::default()
    };
    let listed = client(&harness)
        .list_route_plans(harness.request(TOWN, in_force))
        .await
        .expect("plans")
        .into_inner();
    assert_eq!(
        listed.route_plans.iter().map(|plan| &plan.name).collect::<Vec<_>>(),
        [&second.name]
    );
    harness.stop().await;
}

#[tokio::test]
async fn nothing_to_plan_and_bad_requests_are_refused() {
    let harness = start().await;
    let error = plan_routes(&harness, request(TOWN, 1)).await.expect_err("no points");
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::FailedPrecondition, "NOTHING_TO_PLAN")
    );
    let too_long = PlanRoutesRequest {
        search_seconds: 3_601,
        ..request(TOWN, 2)
    };
    assert_eq!(
        plan_routes(&harness, too_long).await.expect_err("too long").code(),
        Code::InvalidArgument
    );
    let sibling = client(&harness)
        .plan_routes(harness.request("410225104", request(TOWN, 3)))
        .await;
    assert_eq!(sibling.expect_err("a sibling").code(), Code::NotFound);
    let leap = PlanRoutesRequest {
        date: Some(Date {
            year: 2023,
            month: 2,
            day: 29,
        }),
        ..request(TOWN, 4)
    };
    assert_eq!(
        plan_routes(&harness, leap).await.expect_err("no such day").code(),
        Code::InvalidArgument
    );
    harness.stop().await;
}

#[tokio::test]
async fn points_without_a_vehicle_are_named_not_lost() {
    let harness = start().await;
    for register in ["villages", "transfer_stations", "collection_points"] {
        taken(&harness, register, &of_division(register, TOWN)).await;
    }
    let plan = planned(&harness, request(TOWN, 1)).await;
    let (routes, unserved) = parts(&harness, &plan).await;
    assert!(routes.is_empty() && !unserved.is_empty());
    assert!(
        unserved
            .iter()
            .all(|point| point.reason().as_str_name() == "UNSERVED_REASON_NO_VEHICLE")
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_county_day_is_planned_within_its_time() {
    let harness = start().await;
    for (name, file) in [
        ("villages", "villages"),
        ("transfer_stations", "transfer_stations"),
        ("collection_points", "collection_points"),
        ("vehicles", "vehicles"),
    ] {
        taken(&harness, name, &register(file)).await;
    }
    let begun = std::time::Instant::now();
    let plan = planned(
        &harness,
        PlanRoutesRequest {
            search_seconds: 8,
            ..request(COUNTY, 1)
        },
    )
    .await;
    let took = begun.elapsed();
    let (routes, unserved) = parts(&harness, &plan).await;
    check(COUNTY, &plan, &routes, &unserved);
    println!("{took:?}: {:?}", plan.totals.expect("sums"));
    assert_eq!(unserved, []);
    assert!(took.as_secs() < 40, "{took:?}");
    harness.stop().await;
}
