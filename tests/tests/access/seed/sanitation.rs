//! The network of the township, a trip with its hand-overs, plans of routes and haulage, norms and a missed collection.

use serde_json::json;
use tests::lankao;

use super::{Seed, VILLAGE, first, text};
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
    let trip = "T410225240301000039";
    seed.import(of, "trips", &lankao("trips_30d", |line| line.starts_with(trip)))
        .await;
    seed.import(
        of,
        "trip_stops",
        &lankao("trip_stops_30d", |line| line.starts_with(trip)),
    )
    .await;
    let devices = format!(
        "device_id,kind,facility_id,vehicle_id,calibrated_on,calibrated_until\nWB,weighbridge,TS{SIBLING},,2024-01-01,2024-12-31\n"
    );
    seed.import(of, "devices", &devices).await;
    let vehicles = seed.call(of, "VehicleService.ListVehicles", json!({})).await;
    let vehicle = text(&first(&vehicles, "vehicles"), "name");
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
    seed.import(of, "plants", &lankao("plants", |_| true)).await;
    let day = json!({"division": SIBLING, "date": "2024-04-01", "step_limit": 1});
    seed.operate(of, "HaulagePlanService.PlanHaulage", day).await;
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
    let close = json!({"division": SIBLING, "date": "2024-03-01"});
    seed.call(of, "MassBalanceService.CloseMassBalance", close).await;
}
