//! Breaks and overtime: in the plan section, in plans, on drivers' sheets, in the rest of a day.

use kit::testing::Harness;
use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{
        ApplyPlanRequest, GetManifestRequest, GetPrintedManifestsRequest, PauseKind, PlanRoutesRequest, PlanSection,
        ReplanRoutesRequest, Route, RoutePause, ShiftNorm, ValidatePlanRequest, VehicleOutage,
        plan_service_client::PlanServiceClient,
    },
};
use tonic::Response;

use crate::{
    routing::{check, client, parts, planned, request},
    town::{TOWN, network, of_division, start, taken},
};

const SHIFT_ENDS_S: i32 = 13 * 3_600 + 1_800;

fn section(shifts: ShiftNorm) -> Option<PlanSection> {
    Some(PlanSection {
        shifts: Some(shifts),
        ..PlanSection::default()
    })
}

async fn apply(harness: &Harness, shifts: ShiftNorm) {
    let request = ApplyPlanRequest {
        division: TOWN.to_owned(),
        section: section(shifts),
        effective_date: Some(Date {
            year: 2024,
            month: 1,
            day: 1,
        }),
        ..ApplyPlanRequest::default()
    };
    let mut client = PlanServiceClient::new(harness.channel.clone());
    client.apply_plan(harness.request(TOWN, request)).await.expect("a plan");
}

fn bounded(number: u8) -> PlanRoutesRequest {
    PlanRoutesRequest {
        search_seconds: 60,
        iteration_limit: 300,
        ..request(TOWN, number)
    }
}

fn pauses(route: &Route) -> impl Iterator<Item = &RoutePause> {
    route.trips.iter().flat_map(|trip| &trip.pauses)
}

/// Half an hour between eight and half past nine.
fn lunch() -> ShiftNorm {
    ShiftNorm {
        break_s: 1_800,
        break_from_s: 8 * 3_600,
        break_until_s: 9 * 3_600 + 1_800,
        ..ShiftNorm::default()
    }
}

/// Every crew that is out then has its break once, within its hours, while nobody works.
fn rested(routes: &[Route]) {
    let norm = lunch();
    for route in routes {
        let breaks: Vec<&RoutePause> = pauses(route).filter(|pause| pause.kind() == PauseKind::Break).collect();
        let last = route.trips.last().expect("a trip");
        let owes = route.trips[0].depart_s < norm.break_until_s && last.arrive_s + 900 > norm.break_until_s;
        assert!(breaks.len() == 1 || !owes, "{}: {breaks:?}", route.vehicle);
        for pause in breaks {
            assert!((norm.break_from_s..=norm.break_until_s).contains(&pause.begin_s));
            assert_eq!(pause.end_s - pause.begin_s, norm.break_s);
        }
        for trip in &route.trips {
            for pause in &trip.pauses {
                let before = usize::try_from(pause.after_stop_number).expect("a number");
                assert!(trip.stops[..before].iter().all(|stop| stop.arrive_s <= pause.begin_s));
                assert!(trip.stops[before..].iter().all(|stop| stop.leave_s >= pause.end_s));
            }
        }
    }
}

#[tokio::test]
async fn every_crew_has_its_break_and_sees_it_on_its_sheet() {
    let harness = start().await;
    network(&harness, TOWN).await;
    apply(&harness, lunch()).await;
    let plan = planned(&harness, bounded(1)).await;
    let (routes, unserved) = parts(&harness, &plan).await;
    check(TOWN, &plan, &routes, &unserved);
    rested(&routes);
    let resting = routes.iter().find(|route| pauses(route).count() == 1).expect("a break");

    let manifest = GetManifestRequest {
        name: resting.name.clone(),
    };
    let rows = client(&harness).get_manifest(harness.request(TOWN, manifest)).await;
    let rows = rows.expect("a sheet").into_inner().rows;
    let stops: usize = resting.trips.iter().map(|trip| trip.stops.len() + 1).sum();
    assert_eq!(rows.len(), stops + 1);
    let row = rows
        .iter()
        .find(|row| row.pause() == PauseKind::Break)
        .expect("a break");
    let pause = pauses(resting).next().expect("a break");
    let clock = |second: i32| format!("{:02}:{:02}", second / 3_600, second / 60 % 60);
    assert_eq!(
        (&row.arrive_at, &row.pause_ends_at),
        (&clock(pause.begin_s), &clock(pause.end_s))
    );
    assert_eq!((row.place.as_str(), row.stop_number), ("用餐休息", 0));
    let printed = GetPrintedManifestsRequest {
        name: plan.name.clone(),
        ..GetPrintedManifestsRequest::default()
    };
    let printed = client(&harness)
        .get_printed_manifests(harness.request(TOWN, printed))
        .await;
    let html = printed.expect("sheets").into_inner().html;
    let breaks: usize = routes.iter().map(|route| pauses(route).count()).sum();
    assert_eq!(html.matches("用餐休息").count(), breaks);

    // Who has had a break by schedule has none again when the rest of the day is planned.
    let broken = routes
        .iter()
        .find(|route| route.vehicle != resting.vehicle)
        .expect("another");
    let rest = ReplanRoutesRequest {
        name: plan.name.clone(),
        time_s: pause.end_s + 60,
        outages: vec![VehicleOutage {
            vehicle: broken.vehicle.clone(),
            from_s: 0,
        }],
        on_schedule: true,
        search_millis: 300,
        ..ReplanRoutesRequest::default()
    };
    let answer = client(&harness).replan_routes(harness.request(TOWN, rest)).await;
    let new = answer
        .map(Response::into_inner)
        .expect("a plan")
        .route_plan
        .expect("a plan");
    let (after, unserved) = parts(&harness, &new).await;
    check(TOWN, &new, &after, &unserved);
    let now = after
        .iter()
        .find(|route| route.vehicle == resting.vehicle)
        .expect("its route");
    assert_eq!(pauses(now).collect::<Vec<_>>(), pauses(resting).collect::<Vec<_>>());
    harness.stop().await;
}

#[tokio::test]
async fn nobody_drives_longer_than_the_rest_allows() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let norm = ShiftNorm {
        driving_s: 1_800,
        rest_s: 600,
        ..ShiftNorm::default()
    };
    apply(&harness, norm).await;
    let plan = planned(&harness, bounded(1)).await;
    let (routes, unserved) = parts(&harness, &plan).await;
    check(TOWN, &plan, &routes, &unserved);
    let rests: Vec<&RoutePause> = routes.iter().flat_map(pauses).collect();
    assert!(!rests.is_empty());
    assert!(
        rests
            .iter()
            .all(|pause| pause.kind() == PauseKind::Rest && pause.end_s - pause.begin_s == 600)
    );
    harness.stop().await;
}

#[tokio::test]
async fn overtime_serves_what_the_shift_leaves_and_is_told() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let short = of_division("vehicles", "TS410225108").replace(",13:30,", ",07:30,");
    taken(&harness, "vehicles", &short).await;
    let ends_s = 7 * 3_600 + 1_800;
    let home_s = |route: &Route| route.trips.last().expect("a trip").arrive_s + 900;

    let without = planned(&harness, bounded(1)).await;
    let (routes, _) = parts(&harness, &without).await;
    assert!(
        routes
            .iter()
            .all(|route| route.overtime_s == 0 && home_s(route) <= ends_s)
    );
    let left = without.totals.expect("sums").unserved_count;

    apply(
        &harness,
        ShiftNorm {
            overtime_s: 3_600,
            overtime_hour_fen: 6_000,
            ..ShiftNorm::default()
        },
    )
    .await;
    let with = planned(&harness, bounded(2)).await;
    let (routes, unserved) = parts(&harness, &with).await;
    check(TOWN, &with, &routes, &unserved);
    for route in &routes {
        assert_eq!(
            route.overtime_s,
            i64::from((home_s(route) - ends_s).max(0)),
            "{}",
            route.vehicle
        );
        assert!(home_s(route) <= ends_s + 3_600 && home_s(route) < SHIFT_ENDS_S);
    }
    let totals = with.totals.expect("sums");
    let overtime: i64 = routes.iter().map(|route| route.overtime_s).sum();
    assert!(totals.unserved_count < left && overtime > 0);
    assert_eq!(totals.overtime_s, overtime);
    harness.stop().await;
}

#[tokio::test]
async fn hours_that_cannot_hold_are_named() {
    let harness = start().await;
    let bad = ShiftNorm {
        break_s: 1_800,
        break_from_s: 40_000,
        break_until_s: 39_000,
        driving_s: 14_400,
        ..ShiftNorm::default()
    };
    let request = ValidatePlanRequest {
        division: TOWN.to_owned(),
        section: section(bad),
    };
    let mut client = PlanServiceClient::new(harness.channel.clone());
    let found = client.validate_plan(harness.request(TOWN, request)).await;
    let paths: Vec<String> = found
        .expect("an answer")
        .into_inner()
        .problems
        .into_iter()
        .map(|it| it.path)
        .collect();
    assert_eq!(paths, ["shifts.break_from_s", "shifts.rest_s"]);
    harness.stop().await;
}
