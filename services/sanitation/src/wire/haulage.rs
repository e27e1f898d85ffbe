//! Haulage plans: rows → contract.

use haulage::Cure;
use kit::{dates, etag};
use proto::xiangtu::sanitation::v1::{
    HaulageCure, HaulagePlan, HaulagePlanState, HaulageTotals, HaulageTrip, StationStock, StockPoint, TravelSource,
};

use super::{enums::full, names};
use crate::store::{haulage as rows, haulage_plans};

/// The version of a plan.
pub fn version(row: &haulage_plans::HaulagePlan) -> String {
    etag::of(&[&row.haulage_plan_id.to_string(), &row.state])
}

pub fn haulage_plan(row: &haulage_plans::HaulagePlan) -> HaulagePlan {
    let source = TravelSource::from_str_name(&full("TRAVEL_SOURCE_", &row.travel_source));
    let state = HaulagePlanState::from_str_name(&full("HAULAGE_PLAN_STATE_", &row.state));
    HaulagePlan {
        name: names::haulage_plan(row.haulage_plan_id),
        division: names::division(&row.division_code),
        date: Some(dates::to_proto(row.date)),
        state: state.unwrap_or_default().into(),
        route_plan: row.route_plan_id.map(names::route_plan).unwrap_or_default(),
        seed: row.seed.cast_unsigned(),
        step_limit: row.step_limit,
        totals: Some(totals(&row.totals)),
        in_force_totals: row.in_force.as_ref().map(|sums| totals(sums)),
        plan: row.norms_id.map(names::plan).unwrap_or_default(),
        etag: version(row),
        create_time: Some(dates::timestamp(row.created_at)),
        publish_time: row.published_at.map(dates::timestamp),
        travel_source: source.unwrap_or_default().into(),
    }
}

pub fn totals(sums: &haulage_plans::Totals) -> HaulageTotals {
    HaulageTotals {
        cost_fen: sums.cost_fen,
        distance_m: sums.distance_m,
        loaded_distance_m: sums.loaded_m,
        duration_s: sums.duration_s,
        overtime_s: sums.overtime_s,
        load_kg: sums.load_kg,
        payload_kg: sums.payload_kg,
        vehicle_count: sums.vehicles,
        trip_count: sums.trips,
        overflow_kg: sums.over_kg,
        left_kg: sums.left_kg,
        late_kg: sums.late_kg,
    }
}

pub fn trip(row: &rows::HaulageTrip) -> HaulageTrip {
    let trip = &row.trip;
    let (return_s, return_distance_m) = trip.home.unwrap_or_default();
    HaulageTrip {
        name: format!("haulagePlans/{}/trips/{}", row.haulage_plan_id, row.ordinal),
        vehicle: names::vehicle(&row.vehicle_id),
        trip_number: trip.number,
        station: names::facility(&row.station_id),
        plant: names::facility(&row.plant_id),
        division: names::division(&row.division_code),
        load_kg: trip.kg,
        depart_s: seconds(trip.depart_s),
        arrive_s: seconds(trip.arrive_s),
        load_starts_s: seconds(trip.load_s),
        load_ends_s: seconds(trip.loaded_s),
        plant_s: seconds(trip.plant_s),
        unload_starts_s: seconds(trip.unload_s),
        unload_ends_s: seconds(trip.unloaded_s),
        empty_distance_m: trip.empty_m,
        loaded_distance_m: trip.loaded_m,
        return_s: seconds(return_s),
        return_distance_m,
        vehicle_day: format!("haulagePlans/{}/vehicles/{}", row.haulage_plan_id, row.vehicle_id),
    }
}

pub fn stock(row: &rows::HaulageStock) -> StationStock {
    let stock = &row.stock;
    let point = |(at_s, stock_kg): &(i64, i64)| StockPoint {
        at_s: seconds(*at_s),
        stock_kg: *stock_kg,
    };
    StationStock {
        station: names::facility(&row.station_id),
        division: names::division(&row.division_code),
        storage_kg: stock.storage_kg,
        start_kg: stock.start_kg,
        arriving_kg: stock.arriving_kg,
        hauled_kg: stock.hauled_kg,
        left_kg: stock.left_kg,
        late_kg: stock.late_kg,
        curve: stock.curve.iter().map(point).collect(),
        overflow_kg: stock.over_kg,
        overflow_s: stock.over_at_s.map(seconds),
        cures: stock.cures.iter().map(|cure| self::cure(*cure).into()).collect(),
    }
}

const fn cure(cure: Cure) -> HaulageCure {
    match cure {
        Cure::Trucks => HaulageCure::Trucks,
        Cure::Shifts => HaulageCure::Shifts,
        Cure::Hours => HaulageCure::Hours,
        Cure::Intake => HaulageCure::Intake,
        Cure::Bays => HaulageCure::Bays,
        Cure::Storage => HaulageCure::Storage,
    }
}

fn seconds(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
