//! Kitchen waste as a stream of its own: what falls of it, who collects it, what becomes of it.

use std::{collections::BTreeMap, fmt::Write as _};

use kit::testing::Harness;
use proto::{
    google::r#type::Date,
    xiangtu::sanitation::v1::{
        DemandForecast, GetManifestRequest, GetPrintedManifestsRequest, GetRoutePlanGeojsonRequest,
        GetRoutePlanMapRequest, KitchenBasis, ListDemandForecastsRequest, ListMissedCollectionsRequest,
        MissedCollection, PlanRoutesRequest, ReplanRoutesRequest, Route, RouteStop, StopEventKind, StopState,
        UnservedPoint, UnservedReason, WasteStream, collection_point_service_client::CollectionPointServiceClient,
        demand_service_client::DemandServiceClient,
    },
};
use tonic::Code;

use crate::{
    road::{Road, event},
    routing::{client, parts, planned, request},
    town::{COUNTY, STATION, TOWN, import, network, of_division, start, taken, weighings},
    weeks,
};

/// Points that sort: two tell by their bins how much, of the third nothing but kitchen bins is registered.
const SORTING: [&str; 3] = ["CP41022510820001", "CP41022510820003", "CP41022510820005"];

pub async fn bins(harness: &Harness) {
    let head = "bin_id,village_code,volume_l,sealed,households_served,lng,lat,cp_id,stream\n";
    let mut rows = String::from(head);
    for (point, others) in SORTING.iter().zip([6, 6, 0]) {
        for (number, stream) in (0..2).map(|_| "kitchen").chain((0..others).map(|_| "")).enumerate() {
            let _ = writeln!(
                rows,
                "B{point}{number},410225108200,240,1,5,114.95,34.78,{point},{stream}"
            );
        }
    }
    taken(harness, "bins", &rows).await;
}

/// A tight truck for kitchen waste, small enough for village roads.
pub async fn truck(harness: &Harness) {
    let head = "vehicle_id,plate,depot_id,kind,payload_kg,gross_t,volume_m3,shift_start,shift_end,speed_kmh,stream\n";
    let row = format!("K1,豫B·K0001,{STATION},compactor_3t,3000,7.3,6,05:30,13:30,32,kitchen\n");
    taken(harness, "vehicles", &format!("{head}{row}")).await;
}

/// Lets the town's station take `streams` alone.
async fn taking(harness: &Harness, streams: &str) {
    let stations = of_division("transfer_stations", TOWN);
    let mut lines = stations.lines();
    let mut file = format!("{},streams\n", lines.next().expect("a header"));
    for line in lines {
        let _ = writeln!(file, "{line},{streams}");
    }
    taken(harness, "transfer_stations", &file).await;
}

fn bounded(number: u8) -> PlanRoutesRequest {
    PlanRoutesRequest {
        search_seconds: 60,
        iteration_limit: 200,
        ..request(TOWN, number)
    }
}

fn stops(routes: &[Route]) -> impl Iterator<Item = &RouteStop> {
    routes
        .iter()
        .flat_map(|route| &route.trips)
        .flat_map(|trip| &trip.stops)
}

/// What the plan takes or leaves of each point, by stream.
fn loads(routes: &[Route], left: &[UnservedPoint]) -> BTreeMap<(String, i32), i64> {
    let mut loads = BTreeMap::new();
    let mut put = |point: &str, stream: i32, kg: i64| {
        let before = loads.insert((point.trim_start_matches("collectionPoints/").to_owned(), stream), kg);
        assert_eq!(before, None, "{point} {stream} twice");
    };
    for stop in stops(routes) {
        let relayed: i64 = stop.relays.iter().map(|relay| relay.load_kg).sum();
        put(&stop.collection_point, stop.stream, stop.load_kg - relayed);
        for relay in &stop.relays {
            put(&relay.collection_point, stop.stream, relay.load_kg);
        }
    }
    for point in left {
        put(&point.collection_point, point.stream, point.load_kg);
    }
    loads
}

async fn forecasts(harness: &Harness) -> Vec<DemandForecast> {
    let request = ListDemandForecastsRequest {
        first_date: Some(Date {
            year: 2024,
            month: 4,
            day: 1,
        }),
        page_size: 1_000,
        ..ListDemandForecastsRequest::default()
    };
    let mut client = DemandServiceClient::new(harness.channel.clone());
    let page = client.list_demand_forecasts(harness.request(TOWN, request)).await;
    page.expect("forecasts").into_inner().demand_forecasts
}

fn shares(forecasts: &[DemandForecast]) -> Vec<(&str, i64, KitchenBasis)> {
    let share = |it: &'_ DemandForecast| it.kitchen_permille.map(|permille| (permille, it.kitchen_basis()));
    let rows = forecasts.iter().filter_map(|it| share(it).map(|share| (it, share)));
    rows.map(|(it, (permille, basis))| {
        let point = it.collection_point.trim_start_matches("collectionPoints/");
        (point, permille, basis)
    })
    .collect()
}

#[tokio::test]
async fn kitchen_waste_is_collected_by_its_own_truck_and_shown_apart() {
    let harness = start().await;
    network(&harness, TOWN).await;
    let before = planned(&harness, bounded(1)).await;
    let (routes, left) = parts(&harness, &before).await;
    let whole = loads(&routes, &left);
    assert!(whole.keys().all(|(_, stream)| *stream == 0));

    bins(&harness).await;
    let told = forecasts(&harness).await;
    let expected = [
        (SORTING[0], 250, KitchenBasis::Bins),
        (SORTING[1], 250, KitchenBasis::Bins),
        (SORTING[2], 400, KitchenBasis::Norm),
    ];
    assert_eq!(shares(&told), expected);

    // No truck may carry it yet.
    let kitchen = i32::from(WasteStream::Kitchen);
    let (routes, left) = parts(&harness, &planned(&harness, bounded(2)).await).await;
    assert!(stops(&routes).all(|stop| stop.stream == 0));
    let named: Vec<_> = left
        .iter()
        .map(|left| (left.reason(), left.stream, left.load_kg))
        .collect();
    // 119.5 and 145.4 kg a day, a quarter of each; 125.9 kg, two fifths.
    let reason = UnservedReason::NoVehicle;
    assert_eq!(
        named,
        [(reason, kitchen, 30), (reason, kitchen, 37), (reason, kitchen, 51)]
    );

    truck(&harness).await;
    let plan = planned(&harness, bounded(3)).await;
    let (routes, left) = parts(&harness, &plan).await;
    assert_eq!(left, []);
    let both = loads(&routes, &left);
    assert_eq!(both.len(), whole.len() + SORTING.len());
    for ((point, _), kg) in &whole {
        let of = |stream: i32| both.get(&(point.clone(), stream)).copied().unwrap_or(0);
        // Each half is rounded up.
        assert!((*kg..=kg + 1).contains(&(of(0) + of(kitchen))), "{point}");
        assert_eq!(of(kitchen) > 0, SORTING.contains(&point.as_str()), "{point}");
    }
    for route in &routes {
        let own = if route.vehicle == "vehicles/K1" { kitchen } else { 0 };
        assert_eq!(route.stream, own, "{}", route.vehicle);
        assert!(stops(std::slice::from_ref(route)).all(|stop| stop.stream == own));
    }
    let own = routes
        .iter()
        .find(|route| route.vehicle == "vehicles/K1")
        .expect("its route");
    let totals = plan.totals.expect("sums");
    assert_eq!(
        totals.stop_count + totals.relayed_count,
        i64::try_from(both.len()).expect("few")
    );

    let manifest = GetManifestRequest { name: own.name.clone() };
    let manifest = client(&harness).get_manifest(harness.request(TOWN, manifest)).await;
    let rows = manifest.expect("a sheet").into_inner().rows;
    assert!(
        rows.iter()
            .all(|row| row.stream == kitchen && !row.resource.contains('.'))
    );
    let geojson = GetRoutePlanGeojsonRequest {
        name: plan.name.clone(),
    };
    let geojson = client(&harness)
        .get_route_plan_geojson(harness.request(TOWN, geojson))
        .await;
    let map: serde_json::Value = serde_json::from_str(&geojson.expect("a map").into_inner().geojson).expect("JSON");
    let points = map["features"].as_array().expect("features").iter();
    let points = points.filter(|it| it["geometry"]["type"] == "Point" && it["properties"]["stream"] == "kitchen");
    assert_eq!(points.count(), SORTING.len());
    let sheets = GetPrintedManifestsRequest {
        name: plan.name.clone(),
        vehicle: own.vehicle.clone(),
        ..GetPrintedManifestsRequest::default()
    };
    let sheets = client(&harness)
        .get_printed_manifests(harness.request(TOWN, sheets))
        .await;
    let html = sheets.expect("a sheet").into_inner().html;
    assert!(html.contains("收运任务单（厨余垃圾）") && html.contains("CP41022510820001（厨余垃圾）"));
    assert!(html.contains("05:30–09:00"), "the window is the point's");
    let drawing = GetRoutePlanMapRequest {
        name: plan.name.clone(),
        ..GetRoutePlanMapRequest::default()
    };
    let drawing = client(&harness)
        .get_route_plan_map(harness.request(TOWN, drawing))
        .await;
    assert!(
        drawing
            .expect("a map")
            .into_inner()
            .svg
            .contains("CP41022510820001（厨余垃圾）")
    );

    taking(&harness, "residual").await;
    let (routes, left) = parts(&harness, &planned(&harness, bounded(4)).await).await;
    assert!(stops(&routes).all(|stop| stop.stream == 0));
    let named = left.iter().map(|left| (left.reason(), left.stream));
    assert_eq!(named.collect::<Vec<_>>(), [(UnservedReason::NoStation, kitchen); 3]);
    harness.stop().await;
}

#[tokio::test]
async fn where_nothing_is_sorted_plans_are_what_they_were() {
    let harness = start().await;
    network(&harness, TOWN).await;
    weighings(&harness, TOWN, "2024-03").await;
    let trips = async |number| {
        let (routes, _) = parts(&harness, &planned(&harness, bounded(number)).await).await;
        routes
            .into_iter()
            .map(|route| (route.vehicle, route.trips))
            .collect::<Vec<_>>()
    };
    let before = trips(1).await;
    let head = "bin_id,village_code,volume_l,sealed,households_served,lng,lat,cp_id,stream\n";
    let bins = format!(
        "{head}B1,410225108200,240,1,5,114.95,34.78,{0},\nB2,410225108200,240,1,5,114.95,34.78,{0},residual\n\
         B3,410225108200,240,1,5,114.95,34.78,{0},recyclable\nB4,410225108200,240,1,5,114.95,34.78,,kitchen\n",
        SORTING[0]
    );
    taken(&harness, "bins", &bins).await;
    let trucks = of_division("vehicles", STATION);
    let mut lines = trucks.lines();
    let mut file = format!("{},stream\n", lines.next().expect("a header"));
    for (number, line) in lines.enumerate() {
        let _ = writeln!(file, "{line},{}", if number == 0 { "residual" } else { "" });
    }
    taken(&harness, "vehicles", &file).await;
    taking(&harness, "residual|kitchen").await;
    assert_eq!(trips(2).await, before);

    let unknown = "bin_id,village_code,volume_l,sealed,households_served,lng,lat,cp_id,stream\n\
                   B9,410225108200,240,1,5,114.95,34.78,,food\n";
    let report = import(&harness, "bins", unknown).await;
    assert!(!report.applied);
    assert_eq!(
        (report.errors[0].column.as_str(), report.errors[0].reason.as_str()),
        ("stream", "UNKNOWN_KIND")
    );
    harness.stop().await;
}

#[tokio::test]
async fn what_was_weighed_of_it_goes_before_bins() {
    let harness = start().await;
    network(&harness, TOWN).await;
    weighings(&harness, TOWN, "2024-03").await;
    bins(&harness).await;
    truck(&harness).await;
    let village = |all: &[DemandForecast]| -> i64 {
        let own = all.iter().filter(|it| it.division == "divisions/410225108200");
        own.map(|it| it.p50_g).sum()
    };
    let before = village(&forecasts(&harness).await);
    let mut trips =
        "trip_id,date,vehicle_id,station_id,departed_at,arrived_at,gross_kg,tare_kg,net_kg,seal_no\n".to_owned();
    let mut collected = "trip_id,seq,village_code,at,onboard_net_kg,bins_emptied\n".to_owned();
    for day in 1..=30 {
        let date = format!("2024-03-{day:02}");
        let _ = writeln!(
            trips,
            "KT{day:02},{date},K1,{STATION},{date}T06:00:00,{date}T08:00:00,4400,4300,100,"
        );
        let _ = writeln!(collected, "KT{day:02},1,410225108200,{date}T07:00:00,100,3");
    }
    taken(&harness, "trips", &trips).await;
    taken(&harness, "trip_stops", &collected).await;
    let told = forecasts(&harness).await;
    let found = shares(&told);
    assert_eq!(found.iter().map(|it| it.0).collect::<Vec<_>>(), SORTING);
    assert!(
        found
            .iter()
            .all(|it| it.1 == found[0].1 && it.2 == KitchenBasis::Weighed),
        "{found:?}"
    );
    // All the village's points sort, so that its whole waste has grown by what was weighed of kitchen waste.
    let after = village(&told);
    assert!((80_000..=120_000).contains(&(after - before)), "{before} {after}");
    let kitchen_g: i64 = told
        .iter()
        .filter_map(|it| Some(it.p50_g * it.kitchen_permille? / 1_000))
        .sum();
    assert!((80_000..=120_000).contains(&kitchen_g), "{kitchen_g}");

    // A file that does not say what was carried stays the same when the truck carries something else.
    let again = of_division("vehicles", STATION);
    let header = again.lines().next().expect("a header");
    let row = format!("K1,豫B·K0001,{STATION},compactor_3t,3000,7.3,6,05:30,13:30,32\n");
    taken(&harness, "vehicles", &format!("{header}\n{row}")).await;
    assert_eq!(taken(&harness, "trips", &trips).await.unchanged_count, 30);
    let (head, rows) = trips.split_once('\n').expect("rows");
    let stated = rows
        .lines()
        .fold(format!("{head},stream\n"), |text, row| text + row + ",residual\n");
    let report = import(&harness, "trips", &stated).await;
    assert_eq!(report.errors[0].reason, "RECORDED_OTHERWISE");
    harness.stop().await;
}

#[tokio::test]
async fn a_week_takes_kitchen_waste_every_day() {
    let harness = start().await;
    network(&harness, TOWN).await;
    bins(&harness).await;
    truck(&harness).await;
    let ask = proto::xiangtu::sanitation::v1::PlanWeekRequest {
        interval_days: 3,
        ..weeks::ask(TOWN, 1)
    };
    let plan = weeks::planned(&harness, ask).await.expect("a week");
    let calendar = weeks::calendar(&harness, &plan).await;
    let kitchen: Vec<_> = calendar
        .iter()
        .filter(|days| days.stream() == WasteStream::Kitchen)
        .collect();
    let points: Vec<_> = kitchen.iter().map(|days| days.collection_point.as_str()).collect();
    assert_eq!(points, SORTING.map(|point| format!("collectionPoints/{point}")));
    for days in &kitchen {
        assert_eq!(
            (days.interval_days, days.weekdays.as_slice()),
            (1, &[1, 2, 3, 4, 5, 6, 7][..])
        );
    }
    let rest = |point: &&str| {
        let own = calendar
            .iter()
            .find(|days| days.collection_point == **point && days.stream == 0);
        own.expect("the rest").weekdays.len()
    };
    assert!(points.iter().map(rest).all(|days| days < 7));
    for day in &plan.days {
        let plan = weeks::day(&harness, &day.route_plan).await;
        let (routes, left) = parts(&harness, &plan).await;
        let daily = loads(&routes, &left)
            .into_iter()
            .filter(|((_, stream), _)| *stream != 0);
        assert_eq!(
            daily.map(|(_, kg)| kg).collect::<Vec<_>>(),
            [30, 37, 51],
            "{:?}",
            day.date
        );
        assert_eq!(left, []);
    }
    harness.stop().await;
}

#[tokio::test]
async fn both_streams_of_a_point_are_told_apart_on_the_road() {
    let road = Road::at_noon_after(async |harness| {
        bins(harness).await;
        truck(harness).await;
    })
    .await;
    let harness = &road.harness;
    let kitchen = road
        .routes
        .iter()
        .position(|route| route.vehicle == "vehicles/K1")
        .expect("its route");
    let owed = road.stops_where("stream = kitchen").await;
    let names: Vec<_> = owed.iter().map(|stop| stop.name.as_str()).collect();
    assert_eq!(names, SORTING.map(|point| format!("stops/2024-04-01/{point}.kitchen")));
    assert!(
        owed.iter()
            .all(|stop| stop.stream() == WasteStream::Kitchen && stop.vehicle == "vehicles/K1")
    );

    // The kitchen waste is refused at no point, missed at one and taken at another; the rest of that one is missed as well.
    let other = road.stop(&format!("stops/2024-04-01/{}", SORTING[0])).await;
    assert_eq!(other.stream(), WasteStream::Unspecified);
    let rest = road
        .routes
        .iter()
        .position(|route| route.vehicle == other.vehicle)
        .expect("its route");
    let told = [
        (kitchen, event(1, 60, StopEventKind::Missed, names[0])),
        (kitchen, event(2, 50, StopEventKind::Collected, names[1])),
        (rest, event(1, 40, StopEventKind::Missed, &other.name)),
    ];
    for (terminal, event) in told {
        road.report(terminal, vec![event]).await.remove(0).expect("taken");
    }
    let state = async |name: &str| road.stop(name).await.state();
    assert_eq!(state(names[0]).await, StopState::Missed);
    assert_eq!(state(names[1]).await, StopState::Collected);
    assert_eq!(
        state(&format!("stops/2024-04-01/{}", SORTING[1])).await,
        StopState::Planned
    );
    let missed = async |filter: &str| {
        let request = ListMissedCollectionsRequest {
            filter: filter.to_owned(),
            ..ListMissedCollectionsRequest::default()
        };
        let mut client = CollectionPointServiceClient::new(harness.channel.clone());
        let answer = client.list_missed_collections(harness.request(COUNTY, request)).await;
        answer.expect("misses").into_inner().missed_collections
    };
    let all = missed("withdrawn = false").await;
    let of = |stream| all.iter().filter(|missed| missed.stream() == stream).count();
    assert_eq!((of(WasteStream::Kitchen), of(WasteStream::Unspecified)), (1, 1));
    assert!(all.iter().all(|missed| missed.collection_point.ends_with(SORTING[0])));

    // Emptied after all: only that miss falls away.
    road.report(kitchen, vec![event(3, 30, StopEventKind::Collected, names[0])])
        .await
        .remove(0)
        .expect("taken");
    let standing = missed("withdrawn = false").await;
    assert_eq!(
        standing.iter().map(MissedCollection::stream).collect::<Vec<_>>(),
        [WasteStream::Unspecified]
    );

    // The rest of the day: what is left of the kitchen waste goes with its own truck, what was missed of the rest with another.
    let ask = ReplanRoutesRequest {
        name: road.plan.name.clone(),
        time_s: 28_800,
        ..ReplanRoutesRequest::default()
    };
    let replan = async |ask: ReplanRoutesRequest| client(harness).replan_routes(harness.request(COUNTY, ask)).await;
    let answer = replan(ask.clone()).await.expect("a plan").into_inner();
    let (routes, left) = parts(harness, &answer.route_plan.expect("a plan")).await;
    let (base, unserved) = parts(harness, &road.plan).await;
    let (before, after) = (loads(&base, &unserved), loads(&routes, &left));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for route in &routes {
        let own = if route.vehicle == "vehicles/K1" {
            WasteStream::Kitchen
        } else {
            WasteStream::Unspecified
        };
        assert!(
            stops(std::slice::from_ref(route)).all(|stop| stop.stream() == own),
            "{}",
            route.vehicle
        );
    }
    let executed = stops(&routes).filter(|stop| stop.executed && stop.stream() == WasteStream::Kitchen);
    assert_eq!(executed.count(), 2);

    let outage = ReplanRoutesRequest {
        outages: vec![proto::xiangtu::sanitation::v1::VehicleOutage {
            vehicle: "vehicles/K1".to_owned(),
            from_s: 0,
        }],
        ..ask.clone()
    };
    let answer = replan(outage).await.expect("a plan").into_inner();
    let (_, left) = parts(harness, &answer.route_plan.expect("a plan")).await;
    let named: Vec<_> = left
        .iter()
        .filter(|left| left.stream() == WasteStream::Kitchen)
        .collect();
    assert_eq!(named.len(), 1);
    assert_eq!(
        (named[0].reason(), named[0].collection_point.as_str()),
        (
            UnservedReason::NoVehicle,
            format!("collectionPoints/{}", SORTING[2]).as_str(),
        )
    );

    let contradicted = ReplanRoutesRequest {
        missed_kitchen_collection_points: vec![format!("collectionPoints/{}", SORTING[1])],
        ..ask
    };
    let error = replan(contradicted).await.expect_err("it was reported collected");
    assert_eq!(error.code(), Code::InvalidArgument);
    assert!(
        error.message().contains("missed_kitchen_collection_points[0]"),
        "{error:?}"
    );
    road.harness.stop().await;
}
