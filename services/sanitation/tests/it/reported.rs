//! The rest of a day is planned from what terminals reported, late and in any order.

use std::collections::{BTreeMap, BTreeSet};

use kit::dates;
use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use proto::xiangtu::sanitation::v1::{
    ExecutedStop, MissedReason, ReplanRoutesRequest, ReplanRoutesResponse, Route, RouteStop, StopEvent,
    StopEventKind as Kind, VehicleOutage,
};
use time::{Duration, OffsetDateTime, macros::datetime};
use tonic::{Code, Response, Status};

use crate::{
    road::{Road, event, id},
    routing::{check, client, parts},
    town::{STATION, TOWN, count},
};

const MIDNIGHT: OffsetDateTime = datetime!(2024-04-01 00:00 +8);

fn at(second: i32) -> OffsetDateTime {
    MIDNIGHT + Duration::seconds(second.into())
}

/// An event at a second of the day.
fn told(number: i64, second: i32, kind: Kind, stop: &RouteStop) -> StopEvent {
    let stop = match kind {
        Kind::Unloaded => String::new(),
        _ => format!("stops/2024-04-01/{}", id(&stop.collection_point)),
    };
    StopEvent {
        occur_time: Some(dates::timestamp(at(second))),
        facility: if stop.is_empty() {
            format!("facilities/{STATION}")
        } else {
            String::new()
        },
        ..event(number, 0, kind, &stop)
    }
}

fn stops(route: &Route) -> impl Iterator<Item = &RouteStop> {
    route.trips.iter().flat_map(|trip| &trip.stops)
}

fn of<'a>(routes: &'a [Route], vehicle: &str) -> &'a Route {
    routes.iter().find(|route| route.vehicle == vehicle).expect("its route")
}

fn ask(road: &Road, time_s: i32) -> ReplanRoutesRequest {
    ReplanRoutesRequest {
        name: road.plan.name.clone(),
        time_s,
        search_millis: 200,
        ..ReplanRoutesRequest::default()
    }
}

async fn replan(road: &Road, request: ReplanRoutesRequest) -> Result<ReplanRoutesResponse, Status> {
    let request = road.harness.request(TOWN, request);
    client(&road.harness)
        .replan_routes(request)
        .await
        .map(Response::into_inner)
}

async fn replanned(road: &Road, request: ReplanRoutesRequest) -> Vec<Route> {
    let plan = replan(road, request).await.expect("a plan").route_plan.expect("a plan");
    let (routes, unserved) = parts(&road.harness, &plan).await;
    check(TOWN, &plan, &routes, &unserved);
    routes
}

fn out(route: &Route, from_s: i32) -> VehicleOutage {
    VehicleOutage {
        vehicle: route.vehicle.clone(),
        from_s,
    }
}

/// The index of the route with most stops, and when its fourth stop is done.
fn busiest(road: &Road) -> (usize, i32) {
    let routes = road.routes.iter().enumerate();
    let (index, route) = routes.max_by_key(|(_, route)| stops(route).count()).expect("a route");
    (index, stops(route).nth(3).expect("a long route").leave_s)
}

#[tokio::test]
async fn what_terminals_reported_late_and_in_any_order_is_the_beginning_of_each_route() {
    let road = Road::at_noon().await;
    let (broken, time_s) = busiest(&road);
    let mut sent = Vec::new();
    let mut expected: BTreeMap<&str, Vec<(&str, i32, i64)>> = BTreeMap::new();
    let mut missed = BTreeSet::new();
    for (terminal, route) in road.routes.iter().enumerate() {
        let done = stops(route).filter(|stop| stop.leave_s <= time_s);
        for (number, stop) in (0i64..).map(|number| 10 * number).zip(done) {
            // Two minutes later than planned. Every third was said to be missed first, and one stays so.
            let second = stop.leave_s + 120;
            if number % 30 == 10 {
                sent.push((terminal, told(number + 1, second, Kind::Missed, stop)));
            }
            if number == 10 {
                missed.insert(stop.collection_point.as_str());
                continue;
            }
            sent.push((terminal, told(number + 2, second, Kind::Collected, stop)));
            let of = expected.entry(route.vehicle.as_str()).or_default();
            of.push((&stop.collection_point, second, 80));
        }
    }
    assert!(!missed.is_empty() && expected.len() > 1);

    // Before anything has come, nothing is done.
    let broken = &road.routes[broken];
    let request = ReplanRoutesRequest {
        outages: vec![out(broken, 0)],
        ..ask(&road, time_s)
    };
    let before = replanned(&road, request.clone()).await;
    assert!(before.iter().flat_map(stops).all(|stop| !stop.executed));

    let repeated: Vec<_> = sent.iter().chain(&sent).cloned().collect();
    let shuffled = Just(repeated)
        .prop_shuffle()
        .new_tree(&mut TestRunner::new(Config::default()));
    for (terminal, event) in shuffled.expect("an order").current() {
        road.report(terminal, vec![event]).await.remove(0).expect("taken");
    }
    let after = replanned(&road, request).await;
    for (vehicle, expected) in &expected {
        let route = of(&after, vehicle);
        let done: Vec<_> = stops(route).take_while(|stop| stop.executed).collect();
        let found: Vec<_> = done
            .iter()
            .map(|stop| (stop.collection_point.as_str(), stop.leave_s, stop.load_kg))
            .collect();
        assert_eq!(found, *expected, "{vehicle}");
        let mut ahead = stops(route).skip(done.len());
        assert!(ahead.all(|stop| !stop.executed && stop.leave_s > time_s));
    }
    let left = of(&after, &broken.vehicle);
    assert!(stops(left).all(|stop| stop.executed) && left.trips.last().expect("a trip").broken_off);
    let again = after
        .iter()
        .flat_map(stops)
        .filter(|stop| missed.contains(stop.collection_point.as_str()));
    assert!(again.into_iter().all(|stop| !stop.executed && stop.leave_s > time_s));
    road.harness.stop().await;
}

#[tokio::test]
async fn misses_alone_are_reason_enough_and_refused_waste_is_left() {
    let road = Road::at_noon().await;
    let (index, time_s) = busiest(&road);
    let route = &road.routes[index];
    let first: Vec<&RouteStop> = stops(route).take(3).collect();
    road.report(index, vec![told(1, time_s, Kind::Arrived, first[0])]).await;
    let nothing = replan(&road, ask(&road, time_s)).await.expect_err("as planned");
    assert_eq!(nothing.code(), Code::FailedPrecondition);

    let refused = StopEvent {
        missed_reason: MissedReason::WasteRefused.into(),
        ..told(3, first[1].leave_s, Kind::Missed, first[1])
    };
    road.report(index, vec![refused, told(2, first[0].leave_s, Kind::Missed, first[0])])
        .await;
    let planned = async |request| {
        let plan = replan(&road, request)
            .await
            .expect("a plan")
            .route_plan
            .expect("a plan");
        let (routes, _) = parts(&road.harness, &plan).await;
        let points = routes.iter().flat_map(stops).map(|stop| stop.collection_point.clone());
        (plan, points.collect::<BTreeSet<String>>())
    };
    let (plan, points) = planned(ask(&road, time_s)).await;
    assert!(points.contains(&first[0].collection_point) && !points.contains(&first[1].collection_point));
    let named = ReplanRoutesRequest {
        missed_collection_points: vec![first[1].collection_point.clone()],
        ..ask(&road, time_s)
    };
    let (_, points) = planned(named).await;
    assert!(points.contains(&first[1].collection_point));

    // The new plan has the miss ahead: it is no news for the next one.
    let next = ReplanRoutesRequest {
        name: plan.name,
        ..ask(&road, time_s)
    };
    let nothing = replan(&road, next).await.expect_err("as planned");
    assert_eq!(nothing.code(), Code::FailedPrecondition);
    road.harness.stop().await;
}

#[tokio::test]
async fn a_vehicle_that_helped_and_unloaded_goes_on_with_a_trip_of_its_own() {
    let road = Road::at_noon().await;
    let (index, _) = busiest(&road);
    let (own, other) = (&road.routes[index], &road.routes[usize::from(index == 0)]);
    let first: Vec<&RouteStop> = stops(own).take(2).collect();
    let helped = other.trips[0].stops.last().expect("a stop");
    let start_s = first[0].leave_s;
    let reports = vec![
        told(4, start_s + 5_400, Kind::Arrived, first[1]),
        told(3, start_s + 3_600, Kind::Unloaded, first[1]),
        told(1, start_s, Kind::Collected, first[0]),
        told(2, start_s + 1_800, Kind::Collected, helped),
    ];
    for outcome in road.report(index, reports).await {
        outcome.expect("taken");
    }
    let time_s = start_s + 5_460;
    let told_besides = ExecutedStop {
        collection_point: other.trips[0].stops[0].collection_point.clone(),
        vehicle: other.vehicle.clone(),
        ..ExecutedStop::default()
    };
    let request = ReplanRoutesRequest {
        executed_stops: vec![told_besides],
        ..ask(&road, time_s.max(other.trips[0].stops[0].leave_s))
    };
    let after = replanned(&road, request).await;
    let now = of(&after, &own.vehicle);
    let done: Vec<_> = now.trips[0]
        .stops
        .iter()
        .map(|stop| (&stop.collection_point, stop.leave_s))
        .collect();
    let expected = [
        (&first[0].collection_point, start_s),
        (&helped.collection_point, start_s + 1_800),
    ];
    assert_eq!(done, expected);
    assert_eq!(now.trips[0].load_kg, 160);
    assert_eq!(now.trips[0].arrive_s, start_s + 3_600 - 900, "it had unloaded by then");
    // It stands at its next stop.
    assert_eq!(now.trips[1].stops[0].collection_point, first[1].collection_point);
    assert!(stops(of(&after, &other.vehicle)).all(|stop| stop.collection_point != helped.collection_point));
    assert!(of(&after, &other.vehicle).trips[0].stops[0].executed);
    road.harness.stop().await;
}

/// What makes a request contradict what was reported.
type Change<'a> = &'a dyn Fn(&mut ReplanRoutesRequest);

#[tokio::test]
async fn what_contradicts_the_reports_is_refused_with_its_field() {
    let road = Road::at_noon().await;
    let (index, time_s) = busiest(&road);
    let (route, other) = (&road.routes[index], &road.routes[usize::from(index == 0)]);
    let first: Vec<&RouteStop> = stops(route).take(3).collect();
    let reports = vec![
        told(1, first[0].leave_s, Kind::Collected, first[0]),
        told(2, first[1].leave_s, Kind::Missed, first[1]),
    ];
    for outcome in road.report(index, reports).await {
        outcome.expect("taken");
    }
    let base = ReplanRoutesRequest {
        outages: vec![out(route, 0)],
        ..ask(&road, time_s)
    };
    let done = |stop: &RouteStop, leave_s| ExecutedStop {
        collection_point: stop.collection_point.clone(),
        vehicle: route.vehicle.clone(),
        leave_s,
        ..ExecutedStop::default()
    };
    let by_other = ExecutedStop {
        vehicle: other.vehicle.clone(),
        ..done(first[0], first[0].leave_s)
    };
    let otherwise = ExecutedStop {
        load_kg: Some(81),
        ..done(first[0], 0)
    };
    let cases: [(Change<'_>, &str, &str); 6] = [
        (
            &|it| it.executed_stops = vec![by_other.clone()],
            "executed_stops[0].vehicle",
            &route.vehicle,
        ),
        (
            &|it| it.executed_stops = vec![done(first[0], first[0].leave_s + 1)],
            "executed_stops[0].leave_s",
            "collected",
        ),
        (
            &|it| it.executed_stops = vec![otherwise.clone()],
            "executed_stops[0].load_kg",
            "80",
        ),
        (
            &|it| it.executed_stops = vec![done(first[1], 0)],
            "executed_stops[0].leave_s",
            "missed",
        ),
        (
            &|it| it.missed_collection_points = vec![first[0].collection_point.clone()],
            "missed_collection_points[0]",
            &route.vehicle,
        ),
        (
            &|it| it.outages = vec![out(route, first[0].leave_s - 1)],
            "outages[0].from_s",
            "collected",
        ),
    ];
    let plans = "SELECT count(*) FROM route_plans";
    let before = count(&road.harness, plans).await;
    for (change, field, word) in cases {
        let mut request = base.clone();
        change(&mut request);
        let error = replan(&road, request).await.expect_err(field);
        assert_eq!(error.code(), Code::InvalidArgument, "{field}: {error:?}");
        let message = error.message();
        assert!(
            message.contains(field) && message.contains(word),
            "{field}, {word}: {message}"
        );
    }
    assert_eq!(count(&road.harness, plans).await, before);

    // The same as reported, and a missed stop that was done after that, are no contradiction.
    let agreeing = ReplanRoutesRequest {
        executed_stops: vec![done(first[0], first[0].leave_s), done(first[1], first[1].leave_s + 1)],
        ..base
    };
    let after = replanned(&road, agreeing).await;
    assert_eq!(stops(of(&after, &route.vehicle)).count(), 2);
    road.harness.stop().await;
}
