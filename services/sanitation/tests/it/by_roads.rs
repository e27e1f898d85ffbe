//! Plans on roads: which way trucks take, what they may not use, what lies too far away, and what is drawn.

use std::{collections::BTreeSet, fmt::Write as _};

use ::roads::{Network, Profile};
use kit::testing::Harness;
use proto::{
    google::longrunning::operation,
    xiangtu::{
        operation::v1::{
            CancelOperationRequest, GetOperationRequest, operation_service_client::OperationServiceClient,
        },
        sanitation::v1::{GetRoutePlanGeojsonRequest, PlanRoutesRequest, RoutePlan, TravelSource, UnservedReason},
        transfer::v1::ImportHeader,
    },
};
use tonic::Code;

use crate::{
    haulage,
    routing::{check, client, parts, plan_routes, planned, request, watch},
    town::{COUNTY, STATION, TOWN, import_as, network, of_division, reason, register, start, taken},
};

const VILLAGE: &str = "410225108200";
const NODES: &str = "node_id,lng,lat\ns,114.90,34.80\nm,114.91,34.81\np,114.92,34.80\nq,114.90,34.84\n";
/// From the station `s` to `p`: straight over a weak bridge, or around over `m`. From `s` to `q` a road with a bend.
const EDGES: &str = "edge_id,from_node,to_node,length_m,speed_kmh,max_gross_t,oneway,closed,bends\n\
                     bridge,s,p,2000,36,5,,,\n\
                     out,s,m,2500,36,,,,\n\
                     on,m,p,2500,36,,,,\n\
                     north,s,q,4500,45,,,,114.905 34.82\n";

/// Places of the county in which everything stands where this test wants it.
async fn place(harness: &Harness, points: &[(&str, f64, f64)], gross_t: &[&str]) {
    taken(harness, "villages", &of_division("villages", TOWN)).await;
    let station = format!(
        "station_id,township_code,name,capacity_t_day,equipment,open,close,lng,lat\n\
         {STATION},{TOWN}000,站,30,x,05:00,19:00,114.90,34.80\n"
    );
    taken(harness, "transfer_stations", &station).await;
    let mut file = "cp_id,village_code,kind,capacity_l,bins,daily_kg,window_open,window_close,lng,lat\n".to_owned();
    for (id, lng, lat) in points {
        writeln!(file, "{id},{VILLAGE},bin_group,4000,20,100,05:30,12:00,{lng},{lat}").expect("a line");
    }
    taken(harness, "collection_points", &file).await;
    let mut file =
        "vehicle_id,plate,depot_id,kind,payload_kg,gross_t,volume_m3,shift_start,shift_end,speed_kmh\n".to_owned();
    for (number, gross_t) in gross_t.iter().enumerate() {
        writeln!(
            file,
            "V{number},豫B{number},{STATION},compactor_3t,250,{gross_t},6,05:30,13:30,36"
        )
        .expect("a line");
    }
    taken(harness, "vehicles", &file).await;
}

fn by_roads(division: &str, number: u8) -> PlanRoutesRequest {
    PlanRoutesRequest {
        travel_source: TravelSource::Roads.into(),
        declared_demand: true,
        iteration_limit: 200,
        ..request(division, number)
    }
}

/// Metres and coordinates of each trip on the map.
async fn trips(harness: &Harness, plan: &RoutePlan) -> Vec<(i64, Vec<[f64; 2]>)> {
    let request = GetRoutePlanGeojsonRequest {
        name: plan.name.clone(),
    };
    let text = client(harness)
        .get_route_plan_geojson(harness.request(COUNTY, request))
        .await
        .expect("a map")
        .into_inner()
        .geojson;
    let map: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let features = map["features"].as_array().expect("features").iter();
    features
        .filter(|feature| feature["geometry"]["type"] == "LineString")
        .map(|feature| {
            let metres = feature["properties"]["distance_m"].as_i64().expect("metres");
            let line = serde_json::from_value(feature["geometry"]["coordinates"].clone());
            (metres, line.expect("positions"))
        })
        .collect()
}

/// How a plan ends that cannot be made: code and message.
async fn fails(harness: &Harness, request: PlanRoutesRequest) -> (i32, String) {
    let scope = request.division.trim_start_matches("divisions/").to_owned();
    let operation = plan_routes(harness, request).await.expect("an operation");
    let seen = watch(harness, &scope, &operation.name).await;
    match seen.into_iter().last().and_then(|last| last.result) {
        Some(operation::Result::Error(status)) => (status.code, status.message),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn trucks_use_the_roads_that_bear_them_and_the_map_shows_them() {
    let harness = start().await;
    place(&harness, &[("P", 114.92, 34.80)], &["7.3"]).await;
    taken(&harness, "road_nodes", NODES).await;
    taken(&harness, "road_edges", EDGES).await;
    let around = planned(&harness, by_roads(TOWN, 1)).await;
    assert_eq!(around.travel_source(), TravelSource::Roads);
    let (routes, _) = parts(&harness, &around).await;
    let trip = &routes[0].trips[0];
    // 5,000 m at 10 m/s out; the truck leaves so that it need not wait.
    assert_eq!((trip.distance_m, trip.stops[0].arrive_s - trip.depart_s), (10_000, 500));
    let (s, m, p) = ([114.90, 34.80], [114.91, 34.81], [114.92, 34.80]);
    assert_eq!(trips(&harness, &around).await, [(10_000, vec![s, m, p, m, s])]);

    // A light truck goes over the bridge, and so does the heavy one once the register says so.
    let light = of_vehicle("4.5");
    taken(&harness, "vehicles", &light).await;
    let straight = planned(&harness, by_roads(TOWN, 2)).await;
    assert_eq!(trips(&harness, &straight).await, [(4_000, vec![s, p, s])]);
    taken(&harness, "vehicles", &of_vehicle("7.3")).await;
    taken(&harness, "road_edges", &EDGES.replace("2000,36,5,,,", "2000,36,,,,")).await;
    let rebuilt = planned(&harness, by_roads(TOWN, 3)).await;
    assert_eq!(trips(&harness, &rebuilt).await, [(4_000, vec![s, p, s])]);
    taken(&harness, "road_edges", &EDGES.replace("2000,36,5,,,", "2000,36,,,1,")).await;
    let closed = planned(&harness, by_roads(TOWN, 4)).await;
    assert_eq!(closed.totals.expect("sums").distance_m, 10_000);
    // What was planned before is still shown as it was planned.
    assert_eq!(trips(&harness, &straight).await, [(4_000, vec![s, p, s])]);
    harness.stop().await;
}

fn of_vehicle(gross_t: &str) -> String {
    format!(
        "vehicle_id,plate,depot_id,kind,payload_kg,gross_t,volume_m3,shift_start,shift_end,speed_kmh\n\
         V0,豫B0,{STATION},compactor_3t,250,{gross_t},6,05:30,13:30,36\n"
    )
}

#[tokio::test]
async fn each_truck_serves_what_its_roads_reach() {
    let harness = start().await;
    // Only the bridge leads to P; there are a heavy and a light truck.
    place(&harness, &[("P", 114.92, 34.80), ("Q", 114.90, 34.84)], &["7.3", "4.5"]).await;
    taken(&harness, "road_nodes", NODES).await;
    taken(&harness, "road_edges", &EDGES.replace("36,,,,", "36,,,1,")).await;
    let plan = planned(&harness, by_roads(TOWN, 1)).await;
    let (routes, unserved) = parts(&harness, &plan).await;
    assert!(unserved.is_empty(), "{unserved:?}");
    for route in &routes {
        for stop in route.trips.iter().flat_map(|trip| &trip.stops) {
            let heavy = route.vehicle == "vehicles/V0";
            assert!(
                !heavy || stop.collection_point != "collectionPoints/P",
                "over the bridge with 7.3 t"
            );
        }
    }
    let lines = trips(&harness, &plan).await;
    assert!(
        lines.iter().any(|(_, line)| line.contains(&[114.905, 34.82])),
        "{lines:?}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn what_lies_too_far_from_any_road_is_named() {
    let harness = start().await;
    // 890 m and 4.4 km east of P, which has the last road.
    place(
        &harness,
        &[("P", 114.92, 34.80), ("NEAR", 114.9297, 34.80), ("FAR", 114.968, 34.80)],
        &["4.5"],
    )
    .await;
    taken(&harness, "road_nodes", NODES).await;
    taken(&harness, "road_edges", EDGES).await;
    let unserved = async |number, road_reach_m| {
        let request = PlanRoutesRequest {
            road_reach_m,
            ..by_roads(TOWN, number)
        };
        let plan = planned(&harness, request).await;
        let (routes, unserved) = parts(&harness, &plan).await;
        let stops = routes
            .iter()
            .flat_map(|route| &route.trips)
            .flat_map(|trip| &trip.stops);
        let relayed: Vec<String> = stops
            .flat_map(|stop| &stop.relays)
            .map(|relay| relay.collection_point.clone())
            .collect();
        let left: Vec<_> = unserved
            .into_iter()
            .map(|point| (point.reason(), point.collection_point))
            .collect();
        (relayed, left)
    };
    let far = vec![(UnservedReason::NoRoad, "collectionPoints/FAR".to_owned())];
    assert_eq!(unserved(1, 0).await, (vec![], far.clone()));
    // Beyond the reach of the truck but not of a cart.
    assert_eq!(unserved(2, 500).await, (vec!["collectionPoints/NEAR".to_owned()], far));
    assert_eq!(unserved(3, 5_000).await, (vec![], vec![]));
    harness.stop().await;
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let harness = start().await;
    place(&harness, &[("P", 114.92, 34.80)], &["7.3"]).await;
    let refused = async |request| plan_routes(&harness, request).await.expect_err("refused");
    let error = refused(by_roads(TOWN, 1)).await;
    assert_eq!(
        (error.code(), reason(&error).as_str()),
        (Code::FailedPrecondition, "NO_ROADS")
    );
    assert!(
        error.message().contains("road_nodes and road_edges"),
        "{}",
        error.message()
    );
    // Junctions alone are no roads.
    taken(&harness, "road_nodes", NODES).await;
    assert_eq!(reason(&refused(by_roads(TOWN, 2)).await), "NO_ROADS");
    let osrm = PlanRoutesRequest {
        travel_source: TravelSource::Osrm.into(),
        ..request(TOWN, 3)
    };
    assert_eq!(reason(&refused(osrm).await), "ROUTER_NOT_SET");
    for (travel_source, road_reach_m, field) in [
        (9, 0, "travel_source"),
        (-1, 0, "travel_source"),
        (0, 1, "road_reach_m"),
        (1, 1_000, "road_reach_m"),
        (2, 5_001, "road_reach_m"),
        (2, -1, "road_reach_m"),
    ] {
        let request = PlanRoutesRequest {
            travel_source,
            road_reach_m,
            ..request(TOWN, 4)
        };
        let error = refused(request).await;
        assert_eq!(error.code(), Code::InvalidArgument);
        assert!(error.message().starts_with(field), "{}", error.message());
    }

    taken(
        &harness,
        "road_edges",
        &EDGES.replace("36,,,,", "36,3,,,").replace("45,,,,", "45,3,,,"),
    )
    .await;
    let (code, message) = fails(&harness, by_roads(TOWN, 5)).await;
    assert_eq!(code, i32::from(Code::FailedPrecondition));
    assert_eq!(
        message,
        "none of 4 open roads bears 7300 kg and can be driven there and back"
    );
    let elsewhere = "node_id,lng,lat\ns,115.90,34.80\nm,115.91,34.81\np,115.92,34.80\n";
    taken(&harness, "road_nodes", elsewhere).await;
    taken(&harness, "road_edges", EDGES).await;
    let (_, message) = fails(&harness, by_roads(TOWN, 6)).await;
    assert!(
        message.starts_with("no road that bears 7300 kg and leads there and back comes within 1000 m"),
        "{message}"
    );
    harness.stop().await;
}

#[tokio::test]
async fn the_county_is_planned_on_its_register_of_roads() {
    let harness = start().await;
    network(&harness, COUNTY).await;
    for name in ["road_nodes", "road_edges"] {
        taken(&harness, name, &register(name)).await;
    }
    let request = PlanRoutesRequest {
        search_seconds: 4,
        iteration_limit: 0,
        ..by_roads(COUNTY, 1)
    };
    let plan = planned(&harness, request).await;
    let (routes, unserved) = parts(&harness, &plan).await;
    check(COUNTY, &plan, &routes, &unserved);
    let off = unserved
        .iter()
        .filter(|point| point.reason() == UnservedReason::NoRoad)
        .count();
    // One in twenty lies further than 1 km from any road; carts bring most of these to others.
    assert!((1..135).contains(&off), "{off} points without a road");
    // Every bend of every line is a junction of the register or a place: lines turn nowhere else.
    let junctions: BTreeSet<String> = register("road_nodes")
        .lines()
        .skip(1)
        .map(|line| line.split(',').skip(3).collect::<Vec<_>>().join(","))
        .collect();
    let lines = trips(&harness, &plan).await;
    let on_roads = |at: &&[f64; 2]| junctions.contains(&format!("{:.6},{:.6}", at[0], at[1]));
    let turns: usize = lines.iter().map(|(_, line)| line.iter().filter(on_roads).count()).sum();
    assert!(turns > 2 * lines.len(), "{turns} junctions on {} lines", lines.len());
    harness.stop().await;
}

#[tokio::test]
async fn an_extract_of_a_country_is_driven_on() {
    let harness = start().await;
    let bytes = std::fs::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/data/roads/andorra.osm.pbf"
    ));
    let import = Network::from_osm(&bytes.expect("an extract"), &Profile::rural_truck()).expect("roads");
    // From Andorra la Vella up to Pas de la Casa, which the straight line says are 17.6 km apart.
    place(&harness, &[("PAS", 1.7334, 42.5425)], &["16"]).await;
    let station = format!(
        "station_id,township_code,name,capacity_t_day,equipment,open,close,lng,lat\n\
         {STATION},{TOWN}000,站,30,x,05:00,19:00,1.5218,42.5075\n"
    );
    taken(&harness, "transfer_stations", &station).await;
    for (name, csv, rows) in [
        ("road_nodes", import.nodes_csv(), 1_937),
        ("road_edges", import.edges_csv(), 2_265),
    ] {
        assert_eq!(taken(&harness, name, &csv).await.inserted_count, rows, "{name}");
        assert_eq!(taken(&harness, name, &csv).await.unchanged_count, rows, "{name}");
    }
    let plan = planned(&harness, by_roads(TOWN, 1)).await;
    let lines = trips(&harness, &plan).await;
    let (metres, line) = &lines[0];
    assert!((64_000..68_500).contains(metres), "{metres} m there and back");
    assert!(line.len() > 500, "{} positions", line.len());
    harness.stop().await;
}

/// Roads all over the county, about 550 m apart, some of them faster.
fn raster(side: u32) -> (String, String) {
    let header = EDGES.lines().next().expect("a header");
    let (mut nodes, mut edges) = ("node_id,lng,lat\n".to_owned(), format!("{header}\n"));
    for x in 0..side {
        for y in 0..side {
            let (lng, lat) = (114.65 + f64::from(x) * 0.0065, 34.65 + f64::from(y) * 0.0045);
            writeln!(nodes, "{x}-{y},{lng:.6},{lat:.6}").expect("a line");
            for (to_x, to_y) in [(x + 1, y), (x, y + 1)] {
                if to_x < side && to_y < side {
                    let kmh = if (x * y) % 25 == 0 { 50 } else { 20 };
                    writeln!(edges, "{x}-{y}_{to_x}-{to_y},{x}-{y},{to_x}-{to_y},600,{kmh},,,,").expect("a line");
                }
            }
        }
    }
    (nodes, edges)
}

#[tokio::test]
async fn one_station_has_a_table_of_all_points_of_the_county() {
    let harness = start().await;
    network(&harness, TOWN).await;
    taken(&harness, "villages", &register("villages")).await;
    taken(&harness, "collection_points", &register("collection_points")).await;
    let (nodes, edges) = raster(90);
    taken(&harness, "road_nodes", &nodes).await;
    assert_eq!(taken(&harness, "road_edges", &edges).await.inserted_count, 2 * 90 * 89);
    let request = PlanRoutesRequest {
        search_seconds: 1,
        iteration_limit: 0,
        ..by_roads(COUNTY, 1)
    };
    let totals = planned(&harness, request).await.totals.expect("sums");
    assert_eq!(totals.stop_count + totals.relayed_count + totals.unserved_count, 2_703);
    assert!(totals.stop_count > 50, "{totals:?}");
    harness.stop().await;
}

#[tokio::test]
async fn a_cancelled_plan_leaves_its_roads_and_others_do_not_wait_for_them() {
    let harness = start().await;
    network(&harness, COUNTY).await;
    let (nodes, edges) = raster(220);
    taken(&harness, "road_nodes", &nodes).await;
    taken(&harness, "road_edges", &edges).await;
    // The township has roads of its own, around its station and the plant.
    let (nodes, edges) = raster(60);
    for (name, file) in [("road_nodes", &nodes), ("road_edges", &edges)] {
        let header = ImportHeader {
            register: name.to_owned(),
            division: TOWN.to_owned(),
            ..ImportHeader::default()
        };
        let report = import_as(&harness, TOWN, header, file).await.expect("a report");
        assert!(report.applied, "{:?}", report.errors);
    }
    let long = PlanRoutesRequest {
        search_seconds: 600,
        iteration_limit: 0,
        ..by_roads(COUNTY, 1)
    };
    let county = plan_routes(&harness, long).await.expect("an operation").name;
    let hauled = haulage::hauled(&harness, haulage::by_roads(TOWN, 2)).await;
    assert!(hauled.totals.expect("sums").trip_count > 0);
    let mut operations = OperationServiceClient::new(harness.channel.clone());
    let get = GetOperationRequest { name: county.clone() };
    let now = operations
        .get_operation(harness.request(COUNTY, get))
        .await
        .expect("an operation");
    assert_eq!(now.into_inner().metadata, None, "its roads are still being made ready");
    let cancel = CancelOperationRequest { name: county.clone() };
    operations
        .cancel_operation(harness.request(COUNTY, cancel))
        .await
        .expect("asked to stop");
    let seen = watch(&harness, COUNTY, &county).await;
    match &seen.last().expect("the end").result {
        Some(operation::Result::Error(status)) => assert_eq!(Code::from(status.code), Code::Cancelled),
        other => panic!("{other:?}"),
    }
    harness.stop().await;
}
