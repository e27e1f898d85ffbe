//! Weeks: days of points, what falls between collections, seven plans that are published together.

use std::collections::{BTreeMap, BTreeSet};

use kit::testing::Harness;
use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{
        GetRoutePlanRequest, ListPointDaysRequest, ListWeekPlansRequest, PlanWeekRequest, PointDays,
        PublishWeekPlanRequest, Route, RoutePlan, RoutePlanState, WeekPlan,
        week_plan_service_client::WeekPlanServiceClient,
    },
};
use tonic::{Code, Status, transport::Channel};

use crate::{
    routing::{client, parts, rows, watch},
    town::{COUNTY, TOWN, events, network, reason, register, request_id, start, taken},
};

fn weeks(harness: &Harness) -> WeekPlanServiceClient<Channel> {
    WeekPlanServiceClient::new(harness.channel.clone())
}

pub fn ask(division: &str, number: u8) -> PlanWeekRequest {
    PlanWeekRequest {
        division: format!("divisions/{division}"),
        start_date: Some(Date {
            year: 2024,
            month: 4,
            day: 1,
        }),
        search_seconds: 60,
        iteration_limit: 60,
        seed: 7,
        request_id: request_id(number),
        declared_demand: true,
        ..PlanWeekRequest::default()
    }
}

pub async fn planned(harness: &Harness, request: PlanWeekRequest) -> Result<WeekPlan, Status> {
    let scope = request.division.trim_start_matches("divisions/").to_owned();
    let request = harness.request(&scope, request);
    let operation = weeks(harness).plan_week(request).await?.into_inner();
    let seen = watch(harness, &scope, &operation.name).await;
    match &seen.last().expect("the end").result {
        Some(proto::google::longrunning::operation::Result::Response(any)) => Ok(any.to_msg().expect("a week plan")),
        other => panic!("{other:?}"),
    }
}

pub async fn calendar(harness: &Harness, plan: &WeekPlan) -> Vec<PointDays> {
    let (mut all, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListPointDaysRequest {
            parent: plan.name.clone(),
            page_size: 1_000,
            page_token: token,
        };
        let page = weeks(harness)
            .list_point_days(harness.request(COUNTY, request))
            .await
            .expect("days")
            .into_inner();
        all.extend(page.point_days);
        token = page.next_page_token;
        if token.is_empty() {
            return all;
        }
    }
}

pub async fn day(harness: &Harness, name: &str) -> RoutePlan {
    let request = GetRoutePlanRequest { name: name.to_owned() };
    client(harness)
        .get_route_plan(harness.request(COUNTY, request))
        .await
        .expect("a day")
        .into_inner()
}

async fn publish(harness: &Harness, plan: &WeekPlan, etag: &str) -> Result<WeekPlan, Status> {
    let request = PublishWeekPlanRequest {
        name: plan.name.clone(),
        etag: etag.to_owned(),
        request_id: String::new(),
    };
    weeks(harness)
        .publish_week_plan(harness.request(TOWN, request))
        .await
        .map(tonic::Response::into_inner)
}

/// Days since the collection before, and the days of the week.
fn since(weekdays: &[i32], day: i32) -> i64 {
    let before = weekdays.iter().rev().find(|other| **other < day);
    let days = before.map_or_else(|| day + 7 - weekdays.last().expect("a day"), |before| day - before);
    days.into()
}

/// Every point is served on its days alone, for what has fallen since the collection before.
fn served(routes: &[Vec<Route>], calendar: &[PointDays]) {
    let points = rows("collection_points");
    let days: BTreeMap<&str, &PointDays> = calendar
        .iter()
        .map(|days| (days.collection_point.as_str(), days))
        .collect();
    let mut seen: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
    for (day, routes) in (1..).zip(routes) {
        for stop in routes
            .iter()
            .flat_map(|route| &route.trips)
            .flat_map(|trip| &trip.stops)
        {
            let relayed = stop.relays.iter().map(|relay| relay.collection_point.as_str());
            let mut grams = 0;
            for point in std::iter::once(stop.collection_point.as_str()).chain(relayed) {
                seen.entry(point).or_default().push(day);
                let daily_kg: f64 = points[point.trim_start_matches("collectionPoints/")][5]
                    .parse()
                    .expect("a mass");
                #[expect(clippy::cast_possible_truncation, reason = "grams of a point")]
                let daily_g = (daily_kg * 1_000.0).round() as i64;
                grams += daily_g * since(&days[point].weekdays, day);
            }
            assert_eq!(stop.load_kg, (grams + 999) / 1_000, "{stop:?}");
        }
    }
    for (point, days) in days {
        assert_eq!(seen.get(point), Some(&days.weekdays), "{point}");
    }
}

#[tokio::test]
async fn points_are_served_on_their_days_for_what_has_fallen_since() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let third = PlanWeekRequest {
        interval_days: 3,
        ..ask(TOWN, 1)
    };
    let plan = planned(&harness, third.clone()).await.expect("a week");
    assert_eq!(planned(&harness, third).await.expect("the same again"), plan);
    assert_eq!(
        (plan.state(), plan.days.len(), plan.stations.len()),
        (RoutePlanState::Draft, 7, 1)
    );
    let calendar = calendar(&harness, &plan).await;
    for point in &calendar {
        let count = 7_usize.div_ceil(usize::try_from(point.interval_days).expect("days"));
        assert!((1..=3).contains(&point.interval_days) && point.weekdays.len() == count);
        let waits = point.weekdays.iter().map(|day| since(&point.weekdays, *day));
        assert!(waits.max().expect("a day") <= point.interval_days.into());
    }
    assert!(calendar.iter().any(|point| point.interval_days == 3));
    let mut routes = Vec::new();
    for (number, told) in plan.days.iter().enumerate() {
        let day = day(&harness, &told.route_plan).await;
        assert_eq!((&day.week_plan, day.totals), (&plan.name, told.totals));
        assert_eq!(day.date.expect("a day").day, 1 + i32::try_from(number).expect("few"));
        let (found, unserved) = parts(&harness, &day).await;
        assert_eq!(unserved, []);
        routes.push(found);
    }
    served(&routes, &calendar);

    // Days are alike, and the figures of the station are theirs.
    let figures = &plan.stations[0].days;
    let sums =
        |of: fn(&proto::xiangtu::sanitation::v1::RouteFigures) -> i64| figures.iter().map(of).collect::<Vec<_>>();
    let loads = sums(|day| day.load_kg);
    assert!(
        loads.iter().max() < loads.iter().min().map(|least| least * 5 / 4).as_ref(),
        "{loads:?}"
    );
    let totals = plan.totals.expect("sums");
    assert_eq!(loads.iter().sum::<i64>(), totals.load_kg);
    assert_eq!(sums(|day| day.distance_m).iter().sum::<i64>(), totals.distance_m);
    let savings = plan.savings.expect("savings");
    assert!(savings.distance_m > 0, "{savings:?}");

    let daily = planned(&harness, ask(TOWN, 2)).await.expect("a week");
    assert!(
        daily.totals.expect("sums").distance_m > totals.distance_m,
        "fewer calls drive less"
    );
    let every: Vec<i32> = (1..=7).collect();
    assert!(
        self::calendar(&harness, &daily)
            .await
            .iter()
            .all(|point| point.weekdays == every)
    );
    harness.stop().await;
}

#[tokio::test]
async fn containers_that_would_not_hold_are_emptied_more_often() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let all = rows("collection_points");
    let (id, row) = all
        .iter()
        .find(|(_, row)| row[1].starts_with(TOWN) && row[6].is_empty())
        .expect("a point");
    // 250 grams a litre: what falls on a day fills the containers one and a half times in two days.
    let small = format!(
        "cp_id,village_code,kind,capacity_l,bins,daily_kg,window_open,window_close,lng,lat\n{id},{},bin_group,480,2,80,05:30,12:00,{},{}\n",
        row[1], row[9], row[10]
    );
    taken(&harness, "collection_points", &small).await;
    let weekly = PlanWeekRequest {
        interval_days: 7,
        ..ask(TOWN, 1)
    };
    let plan = planned(&harness, weekly).await.expect("a week");
    let calendar = calendar(&harness, &plan).await;
    let own = calendar
        .iter()
        .find(|point| point.collection_point.ends_with(id.as_str()))
        .expect("its days");
    assert_eq!((own.interval_days, own.weekdays.len()), (1, 7));
    harness.stop().await;
}

#[tokio::test]
async fn a_week_is_published_as_a_whole() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let quick = |number| PlanWeekRequest {
        iteration_limit: 5,
        ..ask(TOWN, number)
    };
    let first = planned(&harness, quick(1)).await.expect("a week");
    assert_eq!(
        publish(&harness, &first, "stale").await.expect_err("stale").code(),
        Code::Aborted
    );
    let published = publish(&harness, &first, &first.etag).await.expect("in force");
    assert_eq!(published.state(), RoutePlanState::Published);
    assert_eq!(publish(&harness, &first, "").await.expect("again"), published);
    assert_eq!(events(&harness, "route_plan.published").await.len(), 7);
    for told in &first.days {
        assert_eq!(day(&harness, &told.route_plan).await.state(), RoutePlanState::Published);
    }
    let second = planned(&harness, quick(2)).await.expect("a week");
    publish(&harness, &second, "").await.expect("in force");
    let error = publish(&harness, &first, "").await.expect_err("superseded");
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::FailedPrecondition, "PLAN_SUPERSEDED")
    );
    let in_force = ListWeekPlansRequest {
        filter: "state = published AND start_date = 2024-04-01".to_owned(),
        ..ListWeekPlansRequest::default()
    };
    let listed = weeks(&harness)
        .list_week_plans(harness.request(TOWN, in_force))
        .await
        .expect("weeks")
        .into_inner()
        .week_plans;
    assert_eq!(listed.iter().map(|plan| &plan.name).collect::<Vec<_>>(), [&second.name]);
    assert_eq!((listed[0].days.len(), listed[0].stations.len()), (7, 0));

    // A day of it that was superseded keeps the whole from being published.
    let third = planned(&harness, quick(3)).await.expect("a week");
    let publish_day = async |name: &str| {
        let request = proto::xiangtu::sanitation::v1::PublishRoutePlanRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        client(&harness)
            .publish_route_plan(harness.request(TOWN, request))
            .await
            .expect("in force");
    };
    publish_day(&third.days[2].route_plan).await;
    let fourth = planned(&harness, quick(4)).await.expect("a week");
    publish_day(&fourth.days[2].route_plan).await;
    let error = publish(&harness, &third, "").await.expect_err("a day is superseded");
    assert_eq!(reason(&error), "PLAN_SUPERSEDED");
    assert_eq!(
        day(&harness, &third.days[0].route_plan).await.state(),
        RoutePlanState::Draft,
        "none of them"
    );
    harness.stop().await;
}

#[tokio::test]
async fn bad_weeks_are_refused() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let tuesday = PlanWeekRequest {
        start_date: Some(Date {
            year: 2024,
            month: 4,
            day: 2,
        }),
        ..ask(TOWN, 1)
    };
    let often = PlanWeekRequest {
        interval_days: 8,
        ..ask(TOWN, 2)
    };
    for (request, field) in [(tuesday, "start_date"), (often, "interval_days")] {
        let error = planned(&harness, request).await.expect_err("refused");
        assert!(
            error.code() == Code::InvalidArgument && error.message().contains(field),
            "{error:?}"
        );
    }
    let sibling = weeks(&harness)
        .plan_week(harness.request("410225104", ask(TOWN, 3)))
        .await;
    assert_eq!(sibling.expect_err("a sibling").code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn a_week_of_the_county_is_planned_within_a_minute() {
    let harness = start().await;
    for name in ["villages", "transfer_stations", "collection_points", "vehicles"] {
        taken(&harness, name, &register(name)).await;
    }
    let begun = std::time::Instant::now();
    let request = PlanWeekRequest {
        iteration_limit: 0,
        search_seconds: 25,
        interval_days: 2,
        declared_demand: false,
        ..ask(COUNTY, 1)
    };
    let plan = planned(&harness, request).await.expect("a week");
    let took = begun.elapsed();
    let totals = plan.totals.expect("sums");
    println!("{took:?}: {totals:?}, {:?}", plan.savings.expect("savings"));
    assert_eq!((plan.stations.len(), totals.unserved_count), (16, 0));
    let points: BTreeSet<String> = calendar(&harness, &plan)
        .await
        .into_iter()
        .map(|point| point.collection_point)
        .collect();
    assert_eq!(points.len(), rows("collection_points").len());
    for station in &plan.stations {
        let hours: Vec<i64> = station.days.iter().map(|day| day.duration_s / 3_600).collect();
        println!(
            "{}: {hours:?} h, {:?} kg",
            station.station,
            station.days.iter().map(|day| day.load_kg).collect::<Vec<_>>()
        );
    }
    assert!(took.as_secs() < 90, "{took:?}");
    harness.stop().await;
}
