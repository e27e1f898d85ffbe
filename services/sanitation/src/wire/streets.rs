//! Plans of sprinkling and sweeping: rows and core → contract.

use kit::{dates, error::Error, error::Result};
use proto::xiangtu::sanitation::v1::{
    StreetRoute, StreetSegment, StreetStep, StreetWork, StreetWorkPlan, StreetWorkTotals, UncoveredReason,
    UncoveredSegment, street_step,
};
use sanitation_core::street::{self, Action};

use super::{
    enums::{full, stored},
    names,
};
use crate::store::street_plans;

/// A work as it is stored.
pub fn work(field: &str, value: i32) -> Result<String> {
    let work = StreetWork::try_from(value).map_err(|_| Error::invalid(field, value, "SPRINKLING or SWEEPING"))?;
    stored(field, "STREET_WORK_", work.as_str_name())
}

pub fn plan(row: &street_plans::StreetWorkPlan) -> StreetWorkPlan {
    let work = StreetWork::from_str_name(&full("STREET_WORK_", &row.work));
    StreetWorkPlan {
        name: names::street_work_plan(row.street_work_plan_id),
        division: names::division(&row.division_code),
        date: Some(dates::to_proto(row.date)),
        work: work.unwrap_or_default().into(),
        seed: row.seed.cast_unsigned(),
        search_seconds: row.search_seconds,
        totals: Some(totals(&row.totals)),
        plan: row.norms_id.map(names::plan).unwrap_or_default(),
        create_time: Some(dates::timestamp(row.created_at)),
    }
}

fn totals(sums: &street::Totals) -> StreetWorkTotals {
    StreetWorkTotals {
        cost_fen: sums.cost_fen,
        worked_m: sums.worked_m,
        deadhead_m: sums.deadhead_m,
        duration_s: sums.duration_s,
        load_l: sums.load_l,
        vehicle_count: sums.vehicles,
        refill_count: sums.refills,
        pass_count: sums.passes,
        uncovered_count: sums.uncovered,
        uncovered_m: sums.uncovered_m,
    }
}

pub fn route(row: &street_plans::StreetRoute) -> StreetRoute {
    StreetRoute {
        name: format!(
            "{}/routes/{}",
            names::street_work_plan(row.street_work_plan_id),
            row.vehicle_id
        ),
        vehicle: names::vehicle(&row.vehicle_id),
        depot: names::facility(&row.depot_id),
        depart_s: seconds(row.depart_s),
        arrive_s: seconds(row.arrive_s),
        worked_m: row.worked_m,
        deadhead_m: row.deadhead_m,
        load_l: row.load_l,
        steps: row.steps.iter().map(step).collect(),
    }
}

fn step(step: &street::Step) -> StreetStep {
    let action = match &step.action {
        Action::Work(road) => street_step::Step::Work(segment(road)),
        Action::Drive(road) => street_step::Step::Drive(segment(road)),
        Action::Refill(id) => street_step::Step::Refill(names::facility(id)),
        Action::Access(metres) => street_step::Step::AccessM(*metres),
    };
    StreetStep {
        start_s: seconds(step.start_s),
        end_s: seconds(step.end_s),
        step: Some(action),
        left_l: step.left_l,
    }
}

fn segment(road: &street::Segment) -> StreetSegment {
    StreetSegment {
        edge_id: road.edge.clone(),
        forward: road.forward,
        length_m: road.length_m,
    }
}

pub fn uncovered(row: &street_plans::Uncovered) -> UncoveredSegment {
    let reason = UncoveredReason::from_str_name(&full("UNCOVERED_REASON_", &row.reason));
    UncoveredSegment {
        edge_id: row.edge_id.clone(),
        reason: reason.unwrap_or_default().into(),
        pass_count: row.passes,
        length_m: row.length_m,
    }
}

fn seconds(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
