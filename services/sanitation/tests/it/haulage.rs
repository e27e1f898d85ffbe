//! Haulage from stations to plants: planned, watched to its end, shown, published, refused.

use std::collections::BTreeMap;

use kit::testing::Harness;
use proto::{
    google::longrunning::{Operation, operation},
    xiangtu::{
        operation::v1::{CancelOperationRequest, operation_service_client::OperationServiceClient},
        sanitation::v1::{
            GetHaulageManifestRequest, GetHaulagePlanRequest, HaulageCure, HaulagePlan, HaulagePlanPublished,
            HaulagePlanState, HaulageTrip, ListHaulagePlansRequest, ListHaulageTripsRequest, ListStationStocksRequest,
            PlanHaulageRequest, PlanRoutesRequest, PublishHaulagePlanRequest, PublishRoutePlanRequest, StartStock,
            StationStock, TravelSource, haulage_plan_service_client::HaulagePlanServiceClient,
        },
    },
};
use tonic::{Code, Status, transport::Channel};

use crate::{
    routing,
    town::{COUNTY, STATION, TOWN, events, network, payload, reason, register, request_id, start, taken},
};

fn client(harness: &Harness) -> HaulagePlanServiceClient<Channel> {
    HaulagePlanServiceClient::new(harness.channel.clone())
}

fn request(division: &str, number: u8) -> PlanHaulageRequest {
    PlanHaulageRequest {
        division: format!("divisions/{division}"),
        date: routing::request(division, number).date,
        seed: 7,
        step_limit: 2_000,
        request_id: request_id(number),
        ..PlanHaulageRequest::default()
    }
}

/// By the roads of a division's registers.
pub fn by_roads(division: &str, number: u8) -> PlanHaulageRequest {
    PlanHaulageRequest {
        travel_source: TravelSource::Roads.into(),
        ..request(division, number)
    }
}

async fn plan_haulage(harness: &Harness, request: PlanHaulageRequest) -> Result<Operation, Status> {
    let scope = request.division.trim_start_matches("divisions/").to_owned();
    let request = harness.request(&scope, request);
    client(harness)
        .plan_haulage(request)
        .await
        .map(tonic::Response::into_inner)
}

/// Plans and waits for the end.
pub async fn hauled(harness: &Harness, request: PlanHaulageRequest) -> HaulagePlan {
    let scope = request.division.trim_start_matches("divisions/").to_owned();
    let operation = plan_haulage(harness, request).await.expect("an operation");
    let seen = routing::watch(harness, &scope, &operation.name).await;
    match &seen.last().expect("the end").result {
        Some(operation::Result::Response(any)) => any.to_msg().expect("a haulage plan"),
        other => panic!("{other:?}"),
    }
}

async fn parts(harness: &Harness, plan: &HaulagePlan) -> (Vec<HaulageTrip>, Vec<StationStock>) {
    let trips = ListHaulageTripsRequest {
        parent: plan.name.clone(),
        page_size: 1_000,
        page_token: String::new(),
    };
    let stocks = ListStationStocksRequest {
        parent: plan.name.clone(),
        page_size: 1_000,
        page_token: String::new(),
    };
    let trips = client(harness).list_haulage_trips(harness.request(COUNTY, trips)).await;
    let stocks = client(harness)
        .list_station_stocks(harness.request(COUNTY, stocks))
        .await;
    (
        trips.expect("trips").into_inner().trips,
        stocks.expect("stocks").into_inner().station_stocks,
    )
}

/// Every truck in order within its shift and payload, every mass accounted for.
fn check(plan: &HaulagePlan, trips: &[HaulageTrip], stocks: &[StationStock]) {
    let vehicles = routing::rows("vehicles");
    let mut free: BTreeMap<&str, i32> = BTreeMap::new();
    for trip in trips {
        let payload_kg: i64 = vehicles[trip.vehicle.trim_start_matches("vehicles/")][4]
            .parse()
            .expect("kg");
        assert!((1..=payload_kg).contains(&trip.load_kg), "{trip:?}");
        let since = free.insert(&trip.vehicle, trip.unload_ends_s).unwrap_or(7 * 3_600);
        let times = [
            since,
            trip.depart_s,
            trip.arrive_s,
            trip.load_starts_s,
            trip.load_ends_s,
            trip.plant_s,
            trip.unload_starts_s,
            trip.unload_ends_s,
        ];
        assert!(times.is_sorted(), "{trip:?}");
        assert!(trip.return_s <= 19 * 3_600, "{trip:?}");
    }
    let totals = plan.totals.expect("sums");
    assert_eq!(totals.load_kg, trips.iter().map(|trip| trip.load_kg).sum::<i64>());
    assert_eq!(totals.trip_count, i64::try_from(trips.len()).expect("few"));
    for stock in stocks {
        let here = trips.iter().filter(|trip| trip.station == stock.station);
        assert_eq!(stock.hauled_kg, here.map(|trip| trip.load_kg).sum::<i64>());
        assert_eq!(stock.left_kg, stock.start_kg + stock.arriving_kg - stock.hauled_kg);
        let peak_kg = stock.curve.iter().map(|point| point.stock_kg).max().expect("a curve");
        assert_eq!(stock.overflow_kg, (peak_kg - stock.storage_kg).max(0));
        assert_eq!(stock.overflow_s.is_some(), stock.overflow_kg > 0);
    }
}

#[tokio::test]
async fn the_unloadings_of_a_route_plan_are_hauled() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let routes = PlanRoutesRequest {
        iteration_limit: 100,
        ..routing::request(TOWN, 1)
    };
    let routes = routing::planned(&harness, routes).await;
    let of_routes = PlanHaulageRequest {
        route_plan: routes.name.clone(),
        date: None,
        start_stocks: vec![StartStock {
            station: format!("facilities/{STATION}"),
            stock_kg: 1_500,
        }],
        ..request(TOWN, 2)
    };
    let operation = plan_haulage(&harness, of_routes.clone()).await.expect("an operation");
    assert_eq!(
        plan_haulage(&harness, of_routes.clone())
            .await
            .expect("the same again")
            .name,
        operation.name
    );
    let plan = hauled(&harness, of_routes).await;
    assert_eq!((plan.state(), plan.date), (HaulagePlanState::Draft, routes.date));
    assert_eq!(plan.route_plan, routes.name);
    let (trips, stocks) = parts(&harness, &plan).await;
    check(&plan, &trips, &stocks);
    let arriving_kg = routes.totals.expect("sums").load_kg;
    assert_eq!(
        (stocks.len(), stocks[0].arriving_kg, stocks[0].start_kg),
        (1, arriving_kg, 1_500)
    );
    assert_eq!((stocks[0].left_kg, stocks[0].overflow_kg), (0, 0), "cleared every day");
    assert!(stocks[0].cures.is_empty());
    let fewest = (arriving_kg + 1_500 + 11_999) / 12_000;
    assert_eq!(i64::try_from(trips.len()).expect("few"), fewest, "as full as can be");

    let sheet = GetHaulageManifestRequest {
        name: trips[0].vehicle_day.clone(),
    };
    let rows = client(&harness)
        .get_haulage_manifest(harness.request(TOWN, sheet))
        .await;
    let rows = rows.expect("a sheet").into_inner().rows;
    assert_eq!(rows.len(), trips.len() + 1);
    assert_eq!((rows[0].place.as_str(), rows[0].trip_number), ("仪封镇垃圾转运站", 1));
    assert_eq!(rows[0].plant, "兰考县生活垃圾焚烧发电厂");
    assert_eq!(rows.last().map(|row| (row.trip_number, row.load_kg)), Some((0, 0)));

    let get = GetHaulagePlanRequest {
        name: plan.name.clone(),
    };
    let stranger = client(&harness)
        .get_haulage_plan(harness.request("410225104", get))
        .await;
    assert_eq!(stranger.expect_err("of a sibling").code(), Code::NotFound);
    harness.stop().await;
}

#[tokio::test]
async fn without_routes_the_forecast_is_hauled() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let first = hauled(&harness, request(TOWN, 1)).await;
    let again = hauled(&harness, request(TOWN, 2)).await;
    let (trips, stocks) = parts(&harness, &first).await;
    check(&first, &trips, &stocks);
    assert_eq!(first.route_plan, "");
    assert!(stocks[0].arriving_kg > 5_000);
    let same = parts(&harness, &again).await.1;
    assert_eq!(same[0].curve, stocks[0].curve, "by the seed");

    harness.stop().await;
}

#[tokio::test]
async fn a_day_that_cannot_be_had_says_what_is_missing() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let stock = |stock_kg| StartStock {
        station: format!("facilities/{STATION}"),
        stock_kg,
    };
    let heaped = PlanHaulageRequest {
        start_stocks: vec![stock(300_000)],
        ..request(TOWN, 1)
    };
    let plan = hauled(&harness, heaped).await;
    let (trips, stocks) = parts(&harness, &plan).await;
    check(&plan, &trips, &stocks);
    assert_eq!((stocks[0].storage_kg, stocks[0].overflow_s), (30_000, Some(0)));
    assert!(stocks[0].late_kg > 0 && !trips.is_empty(), "what can be is hauled");

    let late = PlanHaulageRequest {
        start_stocks: vec![stock(29_000)],
        ..request(TOWN, 2)
    };
    taken(
        &harness,
        "transfer_stations",
        "station_id,township_code,name,capacity_t_day,equipment,open,close,lng,lat,storage_t\n\
         TS410225108,410225108000,仪封镇垃圾转运站,30,horizontal_compactor,05:00,08:20,114.955149,34.782511,60\n",
    )
    .await;
    let plan = hauled(&harness, late).await;
    let (trips, stocks) = parts(&harness, &plan).await;
    check(&plan, &trips, &stocks);
    assert_eq!(
        (stocks[0].storage_kg, stocks[0].overflow_kg),
        (60_000, 0),
        "the register states the storage"
    );
    assert!(stocks[0].late_kg > 0);
    assert!(
        stocks[0].cures.contains(&HaulageCure::Hours.into()),
        "{:?}",
        stocks[0].cures
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_county_is_hauled_by_its_roads() {
    let harness = start().await;
    for name in [
        "villages",
        "transfer_stations",
        "plants",
        "collection_points",
        "vehicles",
    ] {
        taken(&harness, name, &register(name)).await;
    }
    for name in ["road_nodes", "road_edges"] {
        taken(&harness, name, &register(name)).await;
    }
    let begun = std::time::Instant::now();
    let request = PlanHaulageRequest {
        step_limit: 5_000,
        ..by_roads(COUNTY, 1)
    };
    let plan = hauled(&harness, request).await;
    println!("{:?}: {:?}", begun.elapsed(), plan.totals);
    let (trips, stocks) = parts(&harness, &plan).await;
    check(&plan, &trips, &stocks);
    let totals = plan.totals.expect("sums");
    assert_eq!((stocks.len(), totals.overflow_kg, totals.late_kg), (16, 0, 0));
    let fewest: i64 = stocks.iter().map(|stock| (stock.arriving_kg + 11_999) / 12_000).sum();
    assert_eq!(totals.trip_count, fewest, "as full as can be");
    harness.stop().await;
}

#[tokio::test]
async fn publishing_puts_one_plan_in_force() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let first = hauled(&harness, request(TOWN, 1)).await;
    let publish = async |plan: &HaulagePlan, etag: &str| {
        let request = PublishHaulagePlanRequest {
            name: plan.name.clone(),
            etag: etag.to_owned(),
            request_id: String::new(),
        };
        let published = client(&harness)
            .publish_haulage_plan(harness.request(TOWN, request))
            .await;
        published.map(tonic::Response::into_inner)
    };
    assert_eq!(publish(&first, "stale").await.expect_err("stale").code(), Code::Aborted);
    let published = publish(&first, &first.etag).await.expect("in force");
    assert_eq!(published.state(), HaulagePlanState::Published);
    assert_eq!(publish(&first, "").await.expect("again"), published);
    let second = hauled(&harness, request(TOWN, 2)).await;
    assert_eq!(second.in_force_totals, first.totals);
    publish(&second, "").await.expect("in force");
    let error = publish(&first, "").await.expect_err("superseded");
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::FailedPrecondition, "PLAN_SUPERSEDED")
    );
    let told = events(&harness, "haulage_plan.published").await;
    let superseded: Vec<String> = told
        .iter()
        .map(|event| payload::<HaulagePlanPublished>(event).superseded_haulage_plan)
        .collect();
    assert_eq!(superseded, [String::new(), first.name.clone()]);
    let in_force = ListHaulagePlansRequest {
        filter: "state = published".to_owned(),
        ..ListHaulagePlansRequest::default()
    };
    let listed = client(&harness)
        .list_haulage_plans(harness.request(TOWN, in_force))
        .await;
    let listed = listed.expect("plans").into_inner().haulage_plans;
    assert_eq!(listed.iter().map(|plan| &plan.name).collect::<Vec<_>>(), [&second.name]);
    harness.stop().await;
}

#[tokio::test]
async fn bad_requests_are_refused_and_a_cancelled_one_keeps_nothing() {
    let harness = start().await;
    let refused = async |request: PlanHaulageRequest| {
        let error = plan_haulage(&harness, request).await.expect_err("refused");
        (error.code(), reason(&error))
    };
    let rule = |reason: &str| (Code::FailedPrecondition, reason.to_owned());
    assert_eq!(refused(request(TOWN, 1)).await, rule("NOTHING_TO_HAUL"));
    taken(&harness, "villages", &register("villages")).await;
    taken(&harness, "transfer_stations", &register("transfer_stations")).await;
    assert_eq!(refused(request(TOWN, 2)).await, rule("NO_PLANT"));
    taken(&harness, "plants", &register("plants")).await;
    assert_eq!(refused(request(TOWN, 10)).await, rule("NO_TRUCK"));
    network(&harness, TOWN).await;
    let stock = |station: &str, stock_kg| StartStock {
        station: format!("facilities/{station}"),
        stock_kg,
    };
    for start_stocks in [
        vec![stock("TS410225104", 1)],
        vec![stock(STATION, -1)],
        vec![stock(STATION, 1), stock(STATION, 1)],
    ] {
        let bad = PlanHaulageRequest {
            start_stocks,
            ..request(TOWN, 3)
        };
        assert_eq!(refused(bad).await.0, Code::InvalidArgument);
    }
    assert_eq!(refused(by_roads(TOWN, 4)).await, rule("NO_ROADS"));
    let unknown = PlanHaulageRequest {
        route_plan: format!("routePlans/{}", request_id(9)),
        ..request(TOWN, 5)
    };
    assert_eq!(refused(unknown).await.0, Code::NotFound);

    let long = PlanHaulageRequest {
        step_limit: 10_000_000,
        ..request(TOWN, 6)
    };
    let operation = plan_haulage(&harness, long).await.expect("an operation");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let cancel = CancelOperationRequest {
        name: operation.name.clone(),
    };
    let mut operations = OperationServiceClient::new(harness.channel.clone());
    operations
        .cancel_operation(harness.request(TOWN, cancel))
        .await
        .expect("asked to stop");
    let seen = routing::watch(&harness, TOWN, &operation.name).await;
    match &seen.last().expect("the end").result {
        Some(operation::Result::Error(status)) => assert_eq!(Code::from(status.code), Code::Cancelled),
        other => panic!("{other:?}"),
    }
    let all = client(&harness)
        .list_haulage_plans(harness.request(TOWN, ListHaulagePlansRequest::default()))
        .await;
    assert_eq!(all.expect("plans").into_inner().haulage_plans, []);
    harness.stop().await;
}

#[tokio::test]
async fn the_plan_in_force_and_the_evening_before_are_taken() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let routes = PlanRoutesRequest {
        iteration_limit: 50,
        ..routing::request(TOWN, 1)
    };
    let routes = routing::planned(&harness, routes).await;
    let publish = PublishRoutePlanRequest {
        name: routes.name.clone(),
        ..PublishRoutePlanRequest::default()
    };
    routing::client(&harness)
        .publish_route_plan(harness.request(TOWN, publish))
        .await
        .expect("in force");
    let mut before = request(TOWN, 2);
    before.start_stocks = vec![StartStock {
        station: format!("facilities/{STATION}"),
        stock_kg: 200_000,
    }];
    let first = hauled(&harness, before).await;
    assert_eq!(first.route_plan, routes.name);
    let left_kg = parts(&harness, &first).await.1[0].left_kg;
    let publish = PublishHaulagePlanRequest {
        name: first.name,
        ..PublishHaulagePlanRequest::default()
    };
    client(&harness)
        .publish_haulage_plan(harness.request(TOWN, publish))
        .await
        .expect("in force");
    let mut next = request(TOWN, 3);
    next.date = next.date.map(|date| proto::google::r#type::Date {
        day: date.day + 1,
        ..date
    });
    let second = hauled(&harness, next).await;
    assert_eq!(second.route_plan, "");
    assert_eq!(parts(&harness, &second).await.1[0].start_kg, left_kg);
    harness.stop().await;
}
