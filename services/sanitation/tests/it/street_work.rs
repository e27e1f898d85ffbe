//! Sprinkling and sweeping: registers, plans on real roads, and what is left out with the reason.

use std::{collections::BTreeMap, fmt::Write as _};

use kit::testing::Harness;
use proto::{
    google::{
        longrunning::{Operation, operation},
        r#type::Date,
    },
    xiangtu::{
        operation::v1::{CancelOperationRequest, operation_service_client::OperationServiceClient},
        sanitation::v1::{
            GetStreetWorkPlanGeojsonRequest, ListStreetRoutesRequest, ListStreetWorkPlansRequest,
            ListUncoveredSegmentsRequest, PlanStreetWorkRequest, StreetRoute, StreetSegment, StreetWork,
            StreetWorkPlan, UncoveredReason, UncoveredSegment, street_step::Step,
            street_work_plan_service_client::StreetWorkPlanServiceClient,
        },
    },
};
use sqlx::{Connection as _, PgConnection};
use tonic::{Code, Status, transport::Channel};

use crate::{
    roads::export,
    routing::watch,
    town::{COUNTY, STATION, TOWN, count, import, of_division, reason, register, request_id, start, taken},
};

const NODES: &str = "node_id,lng,lat\ns,114.90,34.80\nm,114.91,34.81\np,114.92,34.80\nq,114.90,34.84\n";
/// A triangle of the station `s`, `m` and `p`, and a road north to `q`.
const EDGES: &str = "edge_id,from_node,to_node,length_m,speed_kmh,max_gross_t,oneway,closed,bends\n\
                     bridge,s,p,2000,36,5,,,\n\
                     out,s,m,2500,36,,,,\n\
                     on,m,p,2500,36,,,,\n\
                     north,s,q,4500,45,,,,114.905 34.82\n";
const TASKS: &str = "edge_id,work,both_sides,times_a_week,litres_per_km,speed_kmh,penalty_yuan\n";
const WATER: &str = "water_point_id,m3_per_hour,closed_months\nW,40,12;1\n";

/// Water points at some positions, which give 960 t in the 24 hours of a day.
async fn water(harness: &Harness, points: &[(String, f64, f64)]) {
    let mut conn = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("the database");
    for (id, lng, lat) in points {
        sqlx::query(
            "INSERT INTO facilities (facility_id, kind, division_code, display_name, capacity_kg_per_day, equipment, opens_s,
                                     closes_s, lng, lat, updated_at)
             VALUES ($1, 'water_point', $2, '取水点', 960000, '', 0, 86400, $3, $4, now())",
        )
        .bind(id)
        .bind(COUNTY)
        .bind(lng)
        .bind(lat)
        .execute(&mut conn)
        .await
        .expect("a water point");
    }
}

fn client(harness: &Harness) -> StreetWorkPlanServiceClient<Channel> {
    StreetWorkPlanServiceClient::new(harness.channel.clone())
}

/// The station, sprinklers and a sweeper at it, and the roads of the county.
async fn place(harness: &Harness, sprinklers: usize) {
    taken(harness, "villages", &of_division("villages", TOWN)).await;
    let station = format!(
        "station_id,township_code,name,capacity_t_day,equipment,open,close,lng,lat\n\
         {STATION},{TOWN}000,站,30,x,05:00,19:00,114.90,34.80\n"
    );
    taken(harness, "transfer_stations", &station).await;
    let mut file =
        "vehicle_id,plate,depot_id,kind,payload_kg,gross_t,volume_m3,shift_start,shift_end,speed_kmh\n".to_owned();
    for number in 0..sprinklers {
        writeln!(
            file,
            "V{number},豫B{number},{STATION},sprinkler_8m3,8000,16,8,05:00,09:00,20"
        )
        .expect("a line");
    }
    writeln!(file, "S,豫BS,{STATION},sweeper_5m3,4000,9,5,05:00,09:00,20").expect("a line");
    taken(harness, "vehicles", &file).await;
    taken(harness, "road_nodes", NODES).await;
    taken(harness, "road_edges", EDGES).await;
}

fn request(work: StreetWork, number: u8) -> PlanStreetWorkRequest {
    PlanStreetWorkRequest {
        division: format!("divisions/{COUNTY}"),
        date: Some(Date {
            year: 2024,
            month: 4,
            day: 1,
        }),
        work: work.into(),
        search_seconds: 20,
        seed: 7,
        iteration_limit: 2_000,
        request_id: request_id(number),
    }
}

async fn plan_street_work(harness: &Harness, request: PlanStreetWorkRequest) -> Result<Operation, Status> {
    let request = harness.request(COUNTY, request);
    client(harness)
        .plan_street_work(request)
        .await
        .map(tonic::Response::into_inner)
}

async fn planned(harness: &Harness, request: PlanStreetWorkRequest) -> StreetWorkPlan {
    let operation = plan_street_work(harness, request).await.expect("an operation");
    let seen = watch(harness, COUNTY, &operation.name).await;
    match seen.into_iter().last().and_then(|last| last.result) {
        Some(operation::Result::Response(any)) => any.to_msg().expect("a plan"),
        other => panic!("{other:?}"),
    }
}

async fn parts(harness: &Harness, plan: &StreetWorkPlan) -> (Vec<StreetRoute>, Vec<UncoveredSegment>) {
    let (parent, page_size) = (plan.name.clone(), 1_000);
    let request = ListStreetRoutesRequest {
        parent: parent.clone(),
        page_size,
        page_token: String::new(),
    };
    let routes = client(harness)
        .list_street_routes(harness.request(COUNTY, request))
        .await
        .expect("routes")
        .into_inner();
    let request = ListUncoveredSegmentsRequest {
        parent,
        page_size,
        page_token: String::new(),
    };
    let left = client(harness)
        .list_uncovered_segments(harness.request(COUNTY, request))
        .await
        .expect("segments")
        .into_inner();
    (routes.routes, left.uncovered_segments)
}

/// Ends and directions of a register of roads by id.
fn ends(edges: &str) -> BTreeMap<String, (String, String)> {
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let rows = edges.lines().skip(1).map(cells);
    rows.map(|row| (row[0].clone(), (row[1].clone(), row[2].clone())))
        .collect()
}

/// Walks each route: road joins road, times follow each other within the shift, water suffices, and sums are right.
fn walk(routes: &[StreetRoute], edges: &str, litres_per_km: i64, tank_l: i64) -> BTreeMap<(String, bool), usize> {
    let ends = ends(edges);
    let mut worked = BTreeMap::new();
    for route in routes {
        let (mut at, mut now, mut left): (Option<String>, i32, i64) = (None, route.depart_s, tank_l);
        let (mut worked_m, mut deadhead_m) = (0, 0);
        for step in &route.steps {
            // Turning round takes half a minute.
            assert!(step.start_s == now || step.start_s == now + 30, "{step:?} at {now}");
            now = step.end_s;
            let mut along = |road: &StreetSegment| {
                let (from, to) = ends.get(&road.edge_id).expect("a road");
                let (from, to) = if road.forward { (from, to) } else { (to, from) };
                assert!(at.as_ref().is_none_or(|at| at == from), "{step:?} from {at:?}");
                at = Some(to.clone());
            };
            match step.step.as_ref().expect("a step") {
                Step::Work(road) => {
                    along(road);
                    worked_m += road.length_m;
                    left -= (litres_per_km * road.length_m + 999) / 1_000;
                    *worked.entry((road.edge_id.clone(), road.forward)).or_insert(0) += 1;
                }
                Step::Drive(road) => {
                    along(road);
                    deadhead_m += road.length_m;
                }
                Step::Refill(_) => left = tank_l,
                Step::AccessM(metres) => deadhead_m += metres,
            }
            assert_eq!(step.left_l, left, "{step:?}");
            assert!(left >= 0, "{step:?}");
        }
        assert_eq!(
            (route.arrive_s, route.worked_m, route.deadhead_m),
            (now, worked_m, deadhead_m)
        );
    }
    worked
}

#[tokio::test]
async fn registers_come_in_once_and_leave_as_they_came() {
    let harness = start().await;
    place(&harness, 1).await;
    water(&harness, &[("W".to_owned(), 114.92, 34.80)]).await;
    let tasks =
        format!("{TASKS}out,sprinkling,1,7,1000,15,\nout,sweeping,0,3,200,6,12.50\non,sprinkling,,14,800,15,\n");
    for (name, file, rows) in [("road_tasks", tasks.as_str(), 3), ("water_flows", WATER, 1)] {
        assert_eq!(taken(&harness, name, file).await.inserted_count, rows, "{name}");
        assert_eq!(taken(&harness, name, file).await.unchanged_count, rows, "{name}");
        let left = export(&harness, name).await;
        assert_eq!(taken(&harness, name, &left).await.unchanged_count, rows, "{left}");
    }
    let refused = async |name: &str, line: &str| {
        let header = if name == "road_tasks" {
            TASKS
        } else {
            WATER.split_inclusive('\n').next().expect("a header")
        };
        let report = import(&harness, name, &format!("{header}{line}\n")).await;
        let error = report.errors.first().cloned().expect("an error");
        (error.column, error.reason)
    };
    let told = |column: &str, reason: &str| (column.to_owned(), reason.to_owned());
    assert_eq!(
        refused("road_tasks", "none,sweeping,0,3,200,6,").await,
        told("edge_id", "UNKNOWN_ROAD")
    );
    assert_eq!(
        refused("road_tasks", "out,salting,0,3,200,6,").await,
        told("work", "UNKNOWN_KIND")
    );
    assert_eq!(
        refused("road_tasks", "out,sweeping,0,3,200,6,0.005").await,
        told("penalty_yuan", "OUT_OF_RANGE")
    );
    let twice = "out,sweeping,0,3,200,6,\nout,sweeping,0,4,200,6,";
    assert_eq!(refused("road_tasks", twice).await, told("task", "DUPLICATE"));
    assert_eq!(
        refused("water_flows", "W,40,13").await,
        told("closed_months", "OUT_OF_RANGE")
    );
    let station = format!("{STATION},40,");
    assert_eq!(
        refused("water_flows", &station).await,
        told("water_point_id", "UNKNOWN_FACILITY")
    );
    harness.stop().await;
}

#[tokio::test]
async fn a_sprinkler_treats_both_sides_and_refills_on_the_way() {
    let harness = start().await;
    place(&harness, 1).await;
    water(&harness, &[("W".to_owned(), 114.92, 34.80)]).await;
    // 2.5 m³ a pass: four passes need a refill of the tank of 8 m³.
    taken(
        &harness,
        "road_tasks",
        &format!("{TASKS}out,sprinkling,1,7,1000,15,\non,sprinkling,1,7,1000,15,\n"),
    )
    .await;
    let plan = planned(&harness, request(StreetWork::Sprinkling, 1)).await;
    let totals = plan.totals.expect("sums");
    assert_eq!(
        (totals.worked_m, totals.load_l, totals.refill_count),
        (10_000, 10_000, 1)
    );
    assert_eq!(
        (totals.pass_count, totals.uncovered_count, totals.deadhead_m),
        (4, 0, 0)
    );
    let (routes, left) = parts(&harness, &plan).await;
    assert_eq!(left, []);
    let worked = walk(&routes, EDGES, 1_000, 8_000);
    assert!(
        worked.len() == 4 && worked.values().all(|&passes| passes == 1),
        "{worked:?}"
    );
    // 40 m³ an hour fill 8 m³ in 12 minutes.
    let refill = routes[0]
        .steps
        .iter()
        .find(|step| matches!(step.step, Some(Step::Refill(_))))
        .expect("a refill");
    assert_eq!(refill.step, Some(Step::Refill("facilities/W".to_owned())));
    assert_eq!(refill.end_s - refill.start_s, 720);

    // The same call is the same plan; another call with the same seed finds the same routes.
    let again = planned(&harness, request(StreetWork::Sprinkling, 1)).await;
    assert_eq!(again.name, plan.name);
    let other = planned(&harness, request(StreetWork::Sprinkling, 2)).await;
    let steps = |routes: Vec<StreetRoute>| routes.into_iter().map(|route| route.steps).collect::<Vec<_>>();
    assert_eq!(steps(parts(&harness, &other).await.0), steps(routes));
    let list = ListStreetWorkPlansRequest {
        filter: "work = \"sprinkling\"".to_owned(),
        ..ListStreetWorkPlansRequest::default()
    };
    let listed = client(&harness)
        .list_street_work_plans(harness.request(COUNTY, list))
        .await
        .expect("plans")
        .into_inner();
    assert_eq!(listed.street_work_plans.len(), 2);

    let request = GetStreetWorkPlanGeojsonRequest {
        name: plan.name.clone(),
    };
    let map = client(&harness)
        .get_street_work_plan_geojson(harness.request(COUNTY, request))
        .await
        .expect("a map");
    let map: serde_json::Value = serde_json::from_str(&map.into_inner().geojson).expect("JSON");
    let kinds: Vec<&str> = map["features"]
        .as_array()
        .expect("features")
        .iter()
        .filter_map(|one| one["properties"]["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["work", "refill", "work"]);
    harness.stop().await;
}

#[tokio::test]
async fn what_is_left_out_has_its_reason() {
    let harness = start().await;
    place(&harness, 1).await;
    let tasks = format!(
        "{TASKS}bridge,sprinkling,,7,1000,15,\nnorth,sprinkling,,7,2000,15,\non,sprinkling,,7,100,15,0.01\nout,sprinkling,,7,1000,15,\n"
    );
    taken(&harness, "road_tasks", &tasks).await;
    let reasons = async |number| {
        let plan = planned(&harness, request(StreetWork::Sprinkling, number)).await;
        let (routes, left) = parts(&harness, &plan).await;
        walk(&routes, EDGES, 1_000, 8_000);
        let told = |one: UncoveredSegment| (one.reason(), one.edge_id);
        left.into_iter().map(told).collect::<Vec<_>>()
    };
    let left = |reason, edge: &str| (reason, edge.to_owned());
    // The bridge bears 5 t; north takes 9 m³; the way to `on` costs more than its penalty.
    let first = [
        left(UncoveredReason::Access, "bridge"),
        left(UncoveredReason::TooLarge, "north"),
        left(UncoveredReason::NotWorth, "on"),
    ];
    assert_eq!(reasons(1).await, first);
    taken(
        &harness,
        "road_edges",
        &EDGES.replace("north,s,q,4500,45,,,,", "north,s,q,4500,45,,,1,"),
    )
    .await;
    let closed = [
        left(UncoveredReason::Access, "bridge"),
        left(UncoveredReason::NoWay, "north"),
        left(UncoveredReason::NotWorth, "on"),
    ];
    assert_eq!(reasons(2).await, closed);
    // Without water a second tank is never full; the point is shut in April too.
    taken(&harness, "road_edges", EDGES).await;
    water(&harness, &[("W".to_owned(), 114.92, 34.80)]).await;
    taken(&harness, "water_flows", &WATER.replace("12;1", "4")).await;
    taken(
        &harness,
        "road_tasks",
        &format!("{TASKS}north,sprinkling,,0,2000,15,\non,sprinkling,1,7,1000,15,\nout,sprinkling,1,7,1000,15,\n"),
    )
    .await;
    let dry = reasons(3).await;
    assert_eq!(dry.len(), 2, "{dry:?}");
    assert!(dry.iter().any(|one| one.0 == UncoveredReason::NoRefill), "{dry:?}");
    // Nobody sweeps the bridge but the sweeper, which is too heavy; nothing is swept on other days.
    let refusal = plan_street_work(&harness, request(StreetWork::Sweeping, 4))
        .await
        .expect_err("nothing is due");
    assert_eq!(
        (refusal.code(), reason(&refusal).as_str()),
        (Code::FailedPrecondition, "NOTHING_TO_PLAN")
    );
    let refusal = plan_street_work(&harness, request(StreetWork::Unspecified, 5))
        .await
        .expect_err("no work");
    assert_eq!(refusal.code(), Code::InvalidArgument);
    harness.stop().await;
}

#[tokio::test]
async fn a_cancelled_search_keeps_nothing() {
    let harness = start().await;
    place(&harness, 2).await;
    taken(
        &harness,
        "road_tasks",
        &format!("{TASKS}out,sprinkling,1,7,1000,15,\non,sprinkling,1,7,1000,15,\n"),
    )
    .await;
    let endless = PlanStreetWorkRequest {
        search_seconds: 3_600,
        iteration_limit: 0,
        ..request(StreetWork::Sprinkling, 1)
    };
    let operation = plan_street_work(&harness, endless).await.expect("an operation");
    let cancel = CancelOperationRequest {
        name: operation.name.clone(),
    };
    OperationServiceClient::new(harness.channel.clone())
        .cancel_operation(harness.request(COUNTY, cancel))
        .await
        .expect("asked to stop");
    let seen = watch(&harness, COUNTY, &operation.name).await;
    match seen.into_iter().last().and_then(|last| last.result) {
        Some(operation::Result::Error(status)) => assert_eq!(status.code, Code::Cancelled as i32),
        other => panic!("{other:?}"),
    }
    assert_eq!(count(&harness, "SELECT count(*) FROM street_work_plans").await, 0);
    harness.stop().await;
}

/// The ten sprinklers of the county on its 350 better roads, with a water point at every tenth village.
#[tokio::test]
async fn a_countys_roads_are_sprinkled_by_all_its_sprinklers() {
    let harness = start().await;
    taken(&harness, "villages", &register("villages")).await;
    taken(&harness, "transfer_stations", &register("transfer_stations")).await;
    taken(&harness, "vehicles", &register("vehicles")).await;
    taken(&harness, "road_nodes", &register("road_nodes")).await;
    let edges = register("road_edges");
    taken(&harness, "road_edges", &edges).await;
    let nodes = register("road_nodes");
    let point = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let degrees = |cell: &str| cell.parse().expect("degrees");
        (format!("W{}", cells[0]), degrees(cells[3]), degrees(cells[4]))
    };
    let points: Vec<(String, f64, f64)> = nodes.lines().skip(1).step_by(10).map(point).collect();
    water(&harness, &points).await;
    let mut tasks = TASKS.to_owned();
    for line in edges.lines().skip(1).filter(|line| !line.contains(",village,")) {
        let edge = line.split(',').next().expect("an id");
        writeln!(tasks, "{edge},sprinkling,0,3,600,15,").expect("a line");
    }
    let rows = taken(&harness, "road_tasks", &tasks).await.inserted_count;
    assert_eq!(rows, 350);
    let plan = planned(&harness, request(StreetWork::Sprinkling, 1)).await;
    let totals = plan.totals.expect("sums");
    // Three times a week: two days in seven have no pass of a road.
    assert!((100..200).contains(&totals.pass_count), "{totals:?}");
    let (routes, left) = parts(&harness, &plan).await;
    // What is left out is left out for the weight of the sprinklers alone.
    let weak = |one: &UncoveredSegment| matches!(one.reason(), UncoveredReason::Access | UncoveredReason::NoWay);
    assert!(left.iter().all(weak) && left.len() < 30, "{left:?}");
    let worked = walk(&routes, &edges, 600, 8_000);
    assert_eq!(i64::try_from(worked.len()).expect("small"), totals.pass_count);
    assert!(
        totals.refill_count > 0 && totals.deadhead_m < 2 * totals.worked_m,
        "{totals:?}"
    );
    harness.stop().await;
}
