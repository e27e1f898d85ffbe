//! The rest of a running day: a truck breaks down, points are missed, other trucks help out, trips are on record.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    time::Instant,
};

use kit::testing::Harness;
use proto::xiangtu::sanitation::v1::{
    ExecutedStop, OnboardLoad, PlanRoutesRequest, PublishRoutePlanRequest, ReplanRoutesRequest, ReplanRoutesResponse,
    Route, RoutePlan, RoutePlanState, RouteStop, UnservedReason, VehicleOutage,
};
use tonic::{Code, Status};

use crate::{
    routing::{check, client, parts, planned, request},
    town::{COUNTY, TOWN, network, reason, register, request_id, start, taken},
};

async fn replan(harness: &Harness, request: ReplanRoutesRequest) -> Result<ReplanRoutesResponse, Status> {
    let request = harness.request(COUNTY, request);
    client(harness)
        .replan_routes(request)
        .await
        .map(tonic::Response::into_inner)
}

async fn publish(harness: &Harness, plan: &RoutePlan) -> RoutePlan {
    let request = PublishRoutePlanRequest {
        name: plan.name.clone(),
        ..PublishRoutePlanRequest::default()
    };
    client(harness)
        .publish_route_plan(harness.request(COUNTY, request))
        .await
        .expect("in force")
        .into_inner()
}

/// A township's day that does not depend on the clock, in force.
async fn day(harness: &Harness) -> (RoutePlan, Vec<Route>) {
    network(harness, TOWN).await;
    let bounded = PlanRoutesRequest {
        search_seconds: 60,
        iteration_limit: 300,
        ..request(TOWN, 1)
    };
    let plan = publish(harness, &planned(harness, bounded).await).await;
    let (routes, _) = parts(harness, &plan).await;
    (plan, routes)
}

fn stops(route: &Route) -> impl Iterator<Item = &RouteStop> {
    route.trips.iter().flat_map(|trip| &trip.stops)
}

/// The route with most stops, and the end of service at the middle one of its first trip.
fn busiest(routes: &[Route]) -> (&Route, i32) {
    let route = routes.iter().max_by_key(|route| stops(route).count()).expect("a route");
    let first = &route.trips[0].stops;
    (route, first[first.len() / 2].leave_s)
}

fn out(route: &Route) -> Vec<VehicleOutage> {
    vec![VehicleOutage {
        vehicle: route.vehicle.clone(),
        from_s: 0,
    }]
}

/// What is done comes first and as it was; who was under way to a stop goes there next; nothing else begins before `time_s`.
fn held(before: &[Route], after: &[Route], time_s: i32) {
    let new: BTreeMap<&str, &Route> = after.iter().map(|route| (route.vehicle.as_str(), route)).collect();
    for route in before {
        let done: Vec<&RouteStop> = stops(route).filter(|stop| stop.leave_s <= time_s).collect();
        if done.is_empty() {
            continue;
        }
        let now: Vec<&RouteStop> = stops(new[route.vehicle.as_str()]).collect();
        for (was, is) in done.iter().zip(&now) {
            let as_done = RouteStop {
                executed: true,
                ..(*was).clone()
            };
            assert_eq!(**is, as_done, "{}", route.vehicle);
        }
        assert!(
            now.iter()
                .skip(done.len())
                .all(|stop| !stop.executed && stop.leave_s > time_s)
        );
    }
}

/// What makes a request wrong.
type Change<'a> = &'a dyn Fn(&mut ReplanRoutesRequest);

#[tokio::test]
async fn a_truck_breaks_down_and_others_take_over_what_it_has_not_done() {
    let harness = start().await;
    let (plan, before) = day(&harness).await;
    let (broken, time_s) = busiest(&before);
    let ask = ReplanRoutesRequest {
        name: plan.name.clone(),
        time_s,
        outages: out(broken),
        on_schedule: true,
        search_millis: 500,
        request_id: request_id(9),
        ..ReplanRoutesRequest::default()
    };
    let answer = replan(&harness, ask.clone()).await.expect("a plan");
    assert_eq!(replan(&harness, ask).await.expect("the same again"), answer);
    let new = answer.route_plan.clone().expect("a plan");
    assert_eq!(
        (
            new.state(),
            &new.replanned_from,
            new.replanned_at_s,
            new.savings.is_none()
        ),
        (RoutePlanState::Draft, &plan.name, time_s, true)
    );
    assert_eq!(new.in_force_totals, plan.totals);

    let (after, unserved) = parts(&harness, &new).await;
    check(TOWN, &new, &after, &unserved);
    held(&before, &after, time_s);
    let left = after
        .iter()
        .find(|route| route.vehicle == broken.vehicle)
        .expect("what it did");
    assert!(stops(left).all(|stop| stop.executed) && left.trips.last().expect("a trip").broken_off);
    let aboard: i64 = stops(left).map(|stop| stop.load_kg).sum();
    assert_eq!(answer.stranded_load_kg, aboard);

    let open: BTreeSet<&str> = stops(broken)
        .filter(|stop| stop.leave_s > time_s)
        .map(|stop| stop.collection_point.as_str())
        .collect();
    let comparison = answer.comparison.expect("a comparison");
    assert_eq!((&comparison.base, &comparison.totals), (&plan.name, &new.totals));
    let told: BTreeSet<&str> = (comparison.stop_changes.iter())
        .filter(|change| change.base.as_ref().is_some_and(|base| base.vehicle == broken.vehicle))
        .map(|change| change.collection_point.as_str())
        .collect();
    assert!(open.is_subset(&told) && !open.is_empty());
    assert!(comparison.moved_count + comparison.dropped_count >= i64::try_from(open.len()).expect("few"));
    harness.stop().await;
}

#[tokio::test]
async fn what_was_missed_is_collected_later_and_a_second_call_goes_on_from_the_first() {
    let harness = start().await;
    let (plan, before) = day(&harness).await;
    let (route, time_s) = busiest(&before);
    let missed = &route.trips[0].stops[0];
    // A cart has not brought what it was to bring to another stop that is done.
    let mut done = before
        .iter()
        .flat_map(stops)
        .filter(|stop| stop.leave_s <= time_s && stop != &missed);
    let relay = done
        .find_map(|stop| stop.relays.first())
        .expect("a relay to a stop that is done");
    let ask = ReplanRoutesRequest {
        name: plan.name.clone(),
        time_s,
        missed_collection_points: vec![missed.collection_point.clone(), relay.collection_point.clone()],
        on_schedule: true,
        search_millis: 300,
        ..ReplanRoutesRequest::default()
    };
    let first = replan(&harness, ask).await.expect("a plan").route_plan.expect("a plan");
    let (after, unserved) = parts(&harness, &first).await;
    check(TOWN, &first, &after, &unserved);
    let again = after
        .iter()
        .flat_map(stops)
        .find(|stop| stop.collection_point == missed.collection_point);
    if let Some(again) = again {
        assert!(again.arrive_s >= time_s && !again.executed);
    }
    assert!(again.is_some() || !unserved.is_empty());

    // An hour on the same truck breaks down.
    let ask = ReplanRoutesRequest {
        name: first.name.clone(),
        time_s: time_s + 3_600,
        outages: out(route),
        on_schedule: true,
        search_millis: 300,
        ..ReplanRoutesRequest::default()
    };
    let earlier = ReplanRoutesRequest {
        time_s: time_s - 1,
        ..ask.clone()
    };
    let error = replan(&harness, earlier).await.expect_err("the day was known longer");
    assert_eq!(error.code(), Code::InvalidArgument);
    let second = replan(&harness, ask).await.expect("a plan").route_plan.expect("a plan");
    let (last, unserved) = parts(&harness, &second).await;
    check(TOWN, &second, &last, &unserved);
    held(&after, &last, time_s + 3_600);
    harness.stop().await;
}

#[tokio::test]
async fn told_stops_go_before_the_schedule_and_other_trucks_may_have_done_them() {
    let harness = start().await;
    let (plan, before) = day(&harness).await;
    let (route, _) = busiest(&before);
    let other = before
        .iter()
        .find(|other| other.vehicle != route.vehicle)
        .expect("another");
    let done = |stop: &RouteStop, vehicle: &str, leave_s, load_kg| ExecutedStop {
        collection_point: stop.collection_point.clone(),
        vehicle: vehicle.to_owned(),
        trip_number: 0,
        leave_s,
        load_kg,
        ..ExecutedStop::default()
    };
    let own = &route.trips[0].stops[0];
    let taken_over = &other.trips[0].stops[0];
    let time_s = own.leave_s + 1_800;
    let ask = ReplanRoutesRequest {
        name: plan.name.clone(),
        time_s,
        executed_stops: vec![
            done(own, &route.vehicle, own.leave_s + 300, Some(own.load_kg + 11)),
            done(taken_over, &route.vehicle, time_s - 60, None),
        ],
        search_millis: 300,
        ..ReplanRoutesRequest::default()
    };
    let new = replan(&harness, ask.clone())
        .await
        .expect("a plan")
        .route_plan
        .expect("a plan");
    let (after, unserved) = parts(&harness, &new).await;
    check(TOWN, &new, &after, &unserved);
    let now = after
        .iter()
        .find(|now| now.vehicle == route.vehicle)
        .expect("its route");
    let first = &now.trips[0].stops;
    assert_eq!(
        (first[0].leave_s, first[0].load_kg),
        (own.leave_s + 300, own.load_kg + 11)
    );
    assert_eq!(
        (&first[1].collection_point, first[1].leave_s),
        (&taken_over.collection_point, time_s - 60)
    );
    assert!(first[1].executed && first.iter().skip(2).all(|stop| !stop.executed));
    // Nothing is known of the others: they have done nothing and begin now.
    assert!(
        after
            .iter()
            .flat_map(stops)
            .filter(|stop| !stop.executed)
            .all(|stop| stop.leave_s > time_s)
    );

    // It has unloaded since: the next stop is on another trip.
    let unloaded = ReplanRoutesRequest {
        onboard_loads: vec![OnboardLoad {
            vehicle: route.vehicle.clone(),
            load_kg: 0,
        }],
        ..ask
    };
    let new = replan(&harness, unloaded)
        .await
        .expect("a plan")
        .route_plan
        .expect("a plan");
    let (after, _) = parts(&harness, &new).await;
    let now = after
        .iter()
        .find(|now| now.vehicle == route.vehicle)
        .expect("its route");
    assert_eq!(now.trips[0].stops.len(), 2);
    harness.stop().await;
}

#[tokio::test]
async fn trips_on_record_tell_what_is_done() {
    let harness = start().await;
    let (plan, before) = day(&harness).await;
    let (route, time_s) = busiest(&before);
    let stop = &route.trips[0].stops[0];
    let village = crate::routing::rows("collection_points")
        [stop.collection_point.trim_start_matches("collectionPoints/")][1]
        .clone();
    let vehicle = route.vehicle.trim_start_matches("vehicles/");
    let clock = |seconds: i32| format!("2024-04-01T{:02}:{:02}:00", seconds / 3_600, seconds / 60 % 60);
    let mut trips =
        "trip_id,date,vehicle_id,station_id,departed_at,arrived_at,gross_kg,tare_kg,net_kg,seal_no\n".to_owned();
    let (departed, arrived) = (clock(route.trips[0].depart_s), clock(time_s + 7_200));
    writeln!(trips, "T1,2024-04-01,{vehicle},TS{TOWN},{departed},{arrived},,,,").expect("a line");
    taken(&harness, "trips", &trips).await;
    let at = clock(time_s - 600);
    let line = format!("trip_id,seq,village_code,at,onboard_net_kg,bins_emptied\nT1,1,{village},{at},300,6\n");
    taken(&harness, "trip_stops", &line).await;
    let ask = ReplanRoutesRequest {
        name: plan.name,
        time_s,
        outages: out(route),
        search_millis: 300,
        ..ReplanRoutesRequest::default()
    };
    let new = replan(&harness, ask).await.expect("a plan").route_plan.expect("a plan");
    let (after, unserved) = parts(&harness, &new).await;
    check(TOWN, &new, &after, &unserved);
    let now = after
        .iter()
        .find(|now| now.vehicle == route.vehicle)
        .expect("its route");
    let points = crate::routing::rows("collection_points");
    assert!(stops(now).count() > 0);
    for stop in stops(now) {
        let id = stop.collection_point.trim_start_matches("collectionPoints/");
        assert!(
            stop.executed && points[id][1] == village,
            "only what was collected in the village"
        );
    }
    harness.stop().await;
}

#[tokio::test]
async fn without_any_truck_left_points_are_named_with_the_reason() {
    let harness = start().await;
    let (plan, before) = day(&harness).await;
    let all = crate::routing::rows("vehicles");
    let outages = all
        .values()
        .filter(|row| row[2] == format!("TS{TOWN}") && row[3].starts_with("compactor"));
    let ask = ReplanRoutesRequest {
        name: plan.name,
        time_s: 1,
        outages: outages
            .map(|row| VehicleOutage {
                vehicle: format!("vehicles/{}", row[0]),
                from_s: 0,
            })
            .collect(),
        on_schedule: true,
        search_millis: 100,
        ..ReplanRoutesRequest::default()
    };
    let answer = replan(&harness, ask).await.expect("a plan");
    let new = answer.route_plan.expect("a plan");
    let (after, unserved) = parts(&harness, &new).await;
    assert!(after.is_empty());
    assert!(unserved.iter().all(|point| point.reason() == UnservedReason::NoVehicle));
    let comparison = answer.comparison.expect("a comparison");
    let served: usize = before.iter().map(|route| stops(route).count()).sum();
    assert_eq!(comparison.dropped_count, i64::try_from(served).expect("few"));
    check(TOWN, &new, &after, &unserved);
    harness.stop().await;
}

#[tokio::test]
async fn what_did_not_happen_or_cannot_be_is_refused() {
    let harness = start().await;
    let (plan, before) = day(&harness).await;
    let (route, time_s) = busiest(&before);
    let base = ReplanRoutesRequest {
        name: plan.name.clone(),
        time_s,
        on_schedule: true,
        ..ReplanRoutesRequest::default()
    };
    let refused = async |request: ReplanRoutesRequest| {
        let error = replan(&harness, request).await.expect_err("refused");
        (error.code(), reason(&error), error.message().to_owned())
    };
    let (code, why, _) = refused(base.clone()).await;
    assert_eq!((code, why.as_str()), (Code::FailedPrecondition, "NOTHING_HAPPENED"));
    let bad = |change: &dyn Fn(&mut ReplanRoutesRequest)| {
        let mut request = base.clone();
        change(&mut request);
        request
    };
    let stop = ExecutedStop {
        collection_point: route.trips[0].stops[0].collection_point.clone(),
        vehicle: route.vehicle.clone(),
        ..ExecutedStop::default()
    };
    let (twice, unplanned, late, moved) = (
        vec![stop.clone(), stop.clone()],
        vec![ExecutedStop {
            collection_point: "collectionPoints/X".to_owned(),
            ..stop.clone()
        }],
        vec![ExecutedStop {
            leave_s: time_s + 1,
            ..stop.clone()
        }],
        vec![ExecutedStop {
            vehicle: before
                .iter()
                .find(|other| other.vehicle != route.vehicle)
                .expect("another")
                .vehicle
                .clone(),
            ..stop.clone()
        }],
    );
    let cases: [(Change<'_>, &str); 9] = [
        (&|it| it.time_s = 0, "time_s"),
        (&|it| it.search_millis = 99, "search_millis"),
        (
            &|it| it.outages = [out(route), out(route)].concat(),
            "outages[1].vehicle",
        ),
        (
            &|it| {
                it.outages = vec![VehicleOutage {
                    vehicle: "vehicles/X".to_owned(),
                    from_s: 0,
                }];
            },
            "outages[0].vehicle",
        ),
        (
            &|it| it.executed_stops = twice.clone(),
            "executed_stops[1].collection_point",
        ),
        (
            &|it| it.executed_stops = unplanned.clone(),
            "executed_stops[0].collection_point",
        ),
        (&|it| it.executed_stops = late.clone(), "executed_stops[0].leave_s"),
        (&|it| it.executed_stops = moved.clone(), "executed_stops[0].leave_s"),
        (
            &|it| {
                it.onboard_loads = vec![OnboardLoad {
                    vehicle: route.vehicle.clone(),
                    load_kg: 1_000_000,
                }];
            },
            "onboard_loads[0].load_kg",
        ),
    ];
    for (change, field) in cases {
        let mut request = bad(change);
        if field == "executed_stops[0].collection_point" {
            request.outages = out(route);
        }
        let (code, _, message) = refused(request).await;
        assert_eq!(code, Code::InvalidArgument, "{field}: {message}");
        assert!(message.contains(field), "{field}: {message}");
    }
    let sibling = client(&harness)
        .replan_routes(harness.request("410225104", bad(&|it| it.outages = out(route))))
        .await;
    assert_eq!(sibling.expect_err("a sibling").code(), Code::NotFound);
    let next = planned(
        &harness,
        PlanRoutesRequest {
            iteration_limit: 50,
            ..request(TOWN, 2)
        },
    )
    .await;
    publish(&harness, &next).await;
    let (code, why, _) = refused(bad(&|it| it.outages = out(route))).await;
    assert_eq!((code, why.as_str()), (Code::FailedPrecondition, "PLAN_SUPERSEDED"));
    harness.stop().await;
}

#[tokio::test]
async fn a_county_is_replanned_in_seconds_and_other_stations_keep_their_routes() {
    let harness = start().await;
    for name in ["villages", "transfer_stations", "collection_points", "vehicles"] {
        taken(&harness, name, &register(name)).await;
    }
    let whole = PlanRoutesRequest {
        search_seconds: 6,
        ..request(COUNTY, 1)
    };
    let plan = publish(&harness, &planned(&harness, whole).await).await;
    let (before, _) = parts(&harness, &plan).await;
    let (broken, time_s) = busiest(&before);
    let begun = Instant::now();
    let ask = ReplanRoutesRequest {
        name: plan.name.clone(),
        time_s,
        outages: out(broken),
        on_schedule: true,
        ..ReplanRoutesRequest::default()
    };
    let answer = replan(&harness, ask).await.expect("a plan");
    let took = begun.elapsed();
    let new = answer.route_plan.expect("a plan");
    let (after, unserved) = parts(&harness, &new).await;
    check(COUNTY, &new, &after, &unserved);
    let elsewhere = |routes: &[Route]| -> Vec<_> {
        let others = routes.iter().filter(|route| route.station != broken.station);
        others
            .map(|route| (route.vehicle.clone(), route.trips.clone()))
            .collect()
    };
    let (mut was, mut is) = (elsewhere(&before), elsewhere(&after));
    was.sort_by(|a, b| a.0.cmp(&b.0));
    is.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(was, is);
    let comparison = answer.comparison.expect("a comparison");
    println!(
        "{took:?}, {} moved, {} dropped",
        comparison.moved_count, comparison.dropped_count
    );
    let touched = comparison
        .stations
        .iter()
        .filter(|station| station.base != station.figures);
    assert_eq!(touched.count(), 1);
    // A second of search; the rest is reading and writing in a debug build beside other tests.
    assert!(took.as_secs() < 10, "{took:?}");
    harness.stop().await;
}
