//! Plans held against each other, and against drivers who plan nothing.

use proto::xiangtu::sanitation::v1::{
    CompareRoutePlansRequest, CompareRoutePlansResponse, PlanRoutesRequest, PublishRoutePlanRequest,
};
use tonic::{Code, Status};

use crate::{
    routing::{client, parts, planned, request},
    town::{TOWN, network, reason, start},
};

#[tokio::test]
async fn plans_are_compared_by_station_and_stop() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let bounded = |number, seed, iteration_limit| PlanRoutesRequest {
        seed,
        iteration_limit,
        search_seconds: 60,
        ..request(TOWN, number)
    };
    let (first, second) = (
        planned(&harness, bounded(1, 1, 1)).await,
        planned(&harness, bounded(2, 2, 400)).await,
    );
    let mut comparer = client(&harness);
    let mut compare = async |request: CompareRoutePlansRequest| -> Result<CompareRoutePlansResponse, Status> {
        let request = harness.request(TOWN, request);
        comparer
            .compare_route_plans(request)
            .await
            .map(tonic::Response::into_inner)
    };
    let ask = |base: &str, page_token: &str| CompareRoutePlansRequest {
        name: second.name.clone(),
        base: base.to_owned(),
        shift_s: 1,
        page_size: 40,
        page_token: page_token.to_owned(),
    };
    let error = compare(ask("", "")).await.expect_err("none in force");
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::FailedPrecondition, "NO_PLAN_IN_FORCE")
    );
    let publish = PublishRoutePlanRequest {
        name: first.name.clone(),
        ..PublishRoutePlanRequest::default()
    };
    let publish = harness.request(TOWN, publish);
    client(&harness).publish_route_plan(publish).await.expect("in force");

    let (mut changes, mut token) = (Vec::new(), String::new());
    let comparison = loop {
        let page = compare(ask("", &token)).await.expect("a page");
        let mut comparison = page.comparison.expect("a comparison");
        assert!(comparison.stop_changes.len() <= 40);
        changes.append(&mut comparison.stop_changes);
        token = page.next_page_token;
        if token.is_empty() {
            break comparison;
        }
    };
    assert_eq!((&comparison.base, &comparison.route_plan), (&first.name, &second.name));
    assert_eq!(
        (&comparison.base_totals, &comparison.totals),
        (&first.totals, &second.totals)
    );
    let [station] = &comparison.stations[..] else {
        panic!("{:?}", comparison.stations)
    };
    let (base, figures) = (station.base.expect("sums"), station.figures.expect("sums"));
    let totals = second.totals.expect("sums");
    assert_eq!(
        (
            figures.distance_m,
            figures.duration_s,
            figures.load_kg,
            figures.transport_kg_km
        ),
        (
            totals.distance_m,
            totals.duration_s,
            totals.load_kg,
            totals.transport_kg_km
        )
    );
    assert_eq!(figures.vehicle_count, totals.vehicle_count);
    assert_eq!(base.distance_m, first.totals.expect("sums").distance_m);
    assert!(figures.transport_kg_km > 0 && base.transport_kg_km > 0);

    let vehicle_of = |routes: &[proto::xiangtu::sanitation::v1::Route], point: &str| -> Option<(String, i32)> {
        routes.iter().find_map(|route| {
            let mut stops = route.trips.iter().flat_map(|trip| &trip.stops);
            let stop = stops.find(|stop| stop.collection_point == point)?;
            Some((route.vehicle.clone(), stop.arrive_s))
        })
    };
    let (before, after) = (parts(&harness, &first).await.0, parts(&harness, &second).await.0);
    let mut moved = 0;
    for stop in after.iter().flat_map(|route| &route.trips).flat_map(|trip| &trip.stops) {
        let point = &stop.collection_point;
        let (was, is) = (vehicle_of(&before, point), vehicle_of(&after, point));
        let told = changes.iter().find(|change| change.collection_point == *point);
        assert_eq!(told.is_some(), was != is, "{point}");
        moved += i64::from(was.is_some() && was.map(|was| was.0) != is.map(|is| is.0));
    }
    assert_eq!((comparison.moved_count, moved > 0), (moved, true));

    let error = compare(CompareRoutePlansRequest {
        shift_s: -1,
        ..ask("", "")
    })
    .await
    .expect_err("negative");
    assert_eq!(error.code(), Code::InvalidArgument);
    let error = compare(ask("routePlans/0197a3c0-7c1e-7000-8000-000000000001", "")).await;
    assert_eq!(error.expect_err("no such plan").code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn a_plan_tells_what_it_saves_against_drivers_who_plan_nothing() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let plan = planned(
        &harness,
        PlanRoutesRequest {
            iteration_limit: 400,
            search_seconds: 60,
            ..request(TOWN, 1)
        },
    )
    .await;
    let (totals, savings) = (plan.totals.expect("sums"), plan.savings.expect("savings"));
    let nearest = savings.nearest_neighbour.expect("sums");
    assert_eq!(savings.distance_m, nearest.distance_m - totals.distance_m);
    assert_eq!(savings.duration_s, nearest.duration_s - totals.duration_s);
    assert!(savings.distance_m > 0 && savings.duration_s > 0, "{savings:?}");
    assert_eq!(
        nearest.stop_count + nearest.relayed_count + nearest.unserved_count,
        totals.stop_count + totals.relayed_count + totals.unserved_count
    );
    harness.stop().await;
}
