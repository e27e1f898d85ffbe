//! The network of the township, a trip with its hand-overs, a route plan and what its terminals report, a week plan, a haulage
//! plan, norms and complaints.

use serde_json::json;
use tests::lankao;

use super::{Seed, VILLAGE, ahead, first, hours, text};
use crate::SIBLING;

pub async fn sow(seed: &mut Seed<'_>) {
    let of = "sanitation";
    for register in ["villages", "transfer_stations", "collection_points", "vehicles"] {
        seed.import(of, register, &lankao(register, |line| line.contains(SIBLING)))
            .await;
    }
    let bin = format!(
        "bin_id,village_code,volume_l,sealed,households_served,lng,lat,cp_id\n\
         B1,{VILLAGE},240,1,8,114.865512,34.951951,\n"
    );
    seed.import(of, "bins", &bin).await;
    let hamlet = format!("hamlet_id,village_code,name,households,lng,lat\nHA,{VILLAGE},东组,9,114.865512,34.951951\n");
    seed.import(of, "hamlets", &hamlet).await;
    let contract = format!(
        "contract_id,division_code,contractor,scope,price_basis,price_yuan,bond_yuan,starts_on,ends_on\n\
         CO,{SIBLING},某环卫公司,cleaning,year,1,0,2024-01-01,2024-12-31\n"
    );
    seed.import(of, "contracts", &contract).await;
    let crew = format!("crew_id,division_code,name,kind,contract_id\nCR,{SIBLING},一班,cleaning,CO\n");
    seed.import(of, "crews", &crew).await;
    let worker = format!(
        "worker_id,division_code,name,role,phone,since\nWO,{VILLAGE},王桂英,cleaner,13800000004,2024-01-01\nWS,{SIBLING},赵立民,supervisor,,2024-01-01\n"
    );
    seed.import(of, "workers", &worker).await;
    let trip = "T410225240301000039";
    seed.import(of, "trips", &lankao("trips_30d", |line| line.starts_with(trip)))
        .await;
    seed.import(
        of,
        "trip_stops",
        &lankao("trip_stops_30d", |line| line.starts_with(trip)),
    )
    .await;
    let vehicles = seed.call(of, "VehicleService.ListVehicles", json!({})).await;
    let vehicle = text(&first(&vehicles, "vehicles"), "name");
    let devices = format!(
        "device_id,kind,facility_id,vehicle_id,calibrated_on,calibrated_until\n\
         WB,weighbridge,TS{SIBLING},,2024-01-01,2024-12-31\nT1,terminal,,{},,\n",
        vehicle.trim_start_matches("vehicles/")
    );
    seed.import(of, "devices", &devices).await;
    let tares = format!(
        "vehicle_id,weighed_on,tare_kg\n{},2024-01-05,4300\n",
        vehicle.trim_start_matches("vehicles/")
    );
    seed.import(of, "tares", &tares).await;
    let key = json!({
        "holder": vehicle, "display_name": "王师傅", "valid_from": {"seconds": 1_704_067_200},
        "public_key": "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=",
    });
    let key = json!({"signing_key": key, "signing_key_id": "K1"});
    seed.call(of, "SigningKeyService.CreateSigningKey", key).await;
    let section = json!({"bins": {"households_per_bin": 10, "households_per_bin_full_marks": 5}});
    let plan = json!({"division": SIBLING, "section": section, "effective_date": "2024-01-01"});
    seed.call(of, "PlanService.ApplyPlan", plan).await;
    let day = json!({"division": SIBLING, "date": "2024-04-01", "search_seconds": 1, "iteration_limit": 1});
    seed.operate(of, "RoutePlanService.PlanRoutes", day).await;
    // A plant of the county would be known to all its townships.
    seed.import_for(of, "plants", SIBLING, &lankao("plants", |_| true))
        .await;
    let day = json!({"division": SIBLING, "date": "2024-04-01", "step_limit": 1});
    seed.operate(of, "HaulagePlanService.PlanHaulage", day).await;
    let week = json!({"division": SIBLING, "start_date": "2024-04-08", "search_seconds": 1, "iteration_limit": 1});
    seed.operate(of, "WeekPlanService.PlanWeek", week).await;
    roads(seed).await;
    let day = json!({"division": SIBLING, "date": "2024-04-01", "work": "SPRINKLING", "search_seconds": 1, "iteration_limit": 1});
    seed.operate(of, "StreetWorkPlanService.PlanStreetWork", day).await;
    let points = seed
        .call(of, "CollectionPointService.ListCollectionPoints", json!({}))
        .await;
    let missed = json!({
        "collection_point": text(&first(&points, "collection_points"), "name"), "date": "2024-03-30",
        "reason": "ROAD_BLOCKED",
    });
    let missed = json!({"missed_collection": missed});
    seed.call(of, "CollectionPointService.ReportMissedCollection", missed)
        .await;
    road(seed).await;
    let close = json!({"division": SIBLING, "date": "2024-03-01"});
    seed.call(of, "MassBalanceService.CloseMassBalance", close).await;
}

/// A day on the road: the plan in force, an event at a stop, positions at the station, and a complaint.
async fn road(seed: &mut Seed<'_>) {
    let of = "sanitation";
    let of_day = json!({"filter": "date = 2024-04-01"});
    let plans = seed.call(of, "RoutePlanService.ListRoutePlans", of_day.clone()).await;
    let plan = json!({"name": text(&first(&plans, "route_plans"), "name")});
    seed.call(of, "RoutePlanService.PublishRoutePlan", plan).await;
    let stops = seed.call(of, "StopEventService.ListStops", of_day).await;
    let event = json!({
        "event_id": "0197a3c0-7c1e-7000-8000-0000000000e1", "sequence_number": 1, "kind": "ARRIVED",
        "occur_time": {"seconds": 1_711_933_200}, "stop": text(&first(&stops, "stops"), "name"),
    });
    let report = json!({"device": "devices/T1", "send_time": hours(0), "events": [event]});
    seed.call(of, "StopEventService.ReportStopEvents", report).await;
    let facilities = seed.call(of, "FacilityService.ListFacilities", json!({})).await;
    let station = first(&facilities, "facilities");
    let place = station.get_field_by_name("position").expect("a position");
    let degrees = |name: &str| {
        let place = place.as_message().expect("a position");
        place
            .get_field_by_name(name)
            .and_then(|it| it.as_f64())
            .expect("degrees")
    };
    let location = json!({"latitude": degrees("latitude"), "longitude": degrees("longitude")});
    let now = hours(0)["seconds"].as_i64().expect("seconds");
    let position = |number: i64| {
        let at = json!({"seconds": now - 60 + 30 * number});
        json!({"sequence_number": number, "occur_time": at, "location": location})
    };
    let report = json!({"device": "devices/T1", "send_time": hours(0), "positions": [position(1), position(2)]});
    seed.call(of, "PositionService.ReportPositions", report).await;
    let complaint = json!({
        "division": format!("divisions/{VILLAGE}"), "channel": "PHONE", "category": "OVERFLOW", "text": "桶满未清",
    });
    seed.call(of, "ComplaintService.FileComplaint", json!({"complaint": complaint}))
        .await;
    let order = json!({
        "division": format!("divisions/{VILLAGE}"), "kind": "DITCH", "place": "村东排水沟", "location": location,
        "finding": "沟内堆放秸秆", "photo_digests": ["1".repeat(64)], "team": "crews/CR", "due_date": ahead(3),
    });
    seed.call(of, "WorksOrderService.OpenWorksOrder", json!({"works_order": order}))
        .await;
}

/// Roads of the township's own, one to be sprinkled and one that is closed.
async fn roads(seed: &Seed<'_>) {
    let registers = [
        ("road_nodes", "node_id,lng,lat\na,114.86,34.95\nb,114.87,34.95\n"),
        (
            "road_edges",
            "edge_id,from_node,to_node,length_m,speed_kmh,max_gross_t,oneway,closed,bends\n\
             open,a,b,1000,30,,,,\nshut,a,b,1500,30,,,1,\n",
        ),
        (
            "road_tasks",
            "edge_id,work,both_sides,times_a_week,litres_per_km,speed_kmh,penalty_yuan\n\
             open,sprinkling,,7,500,15,\nshut,sprinkling,,7,500,15,\n",
        ),
    ];
    for (register, csv) in registers {
        seed.import_for("sanitation", register, SIBLING, csv).await;
    }
}
