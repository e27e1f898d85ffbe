//! What is known of a running day without being told.

use std::{collections::HashSet, time::Duration};

use kit::{dates, db::Tx, error::Result};
use time::OffsetDateTime;

use crate::{
    planning::{Base, Happened, Record, Report, Untold, What},
    store::{
        route_plans::RoutePlan,
        running::{Decided, collected_until, decided, missed_since, unloaded_between},
    },
};

/// Adds what terminals reported, until now: what is emptied is not planned again, whenever that was. `collects` says which vehicles the
/// division collects with.
pub(super) async fn reported(
    tx: &mut Tx,
    plan: &RoutePlan,
    base: &Base,
    collects: impl Fn(&str) -> bool,
    happened: &mut Happened,
) -> Result<Result<(), Untold>> {
    let midnight = dates::start_of(plan.date);
    let seconds = |at: OffsetDateTime| (at - midnight).whole_seconds().max(0);
    let report = |row: Decided| Report {
        what: match row.state.as_str() {
            "collected" => What::Emptied {
                load_kg: row.collected_kg,
            },
            "missed" => What::Missed {
                news: row.received_at > plan.created_at,
                refused: row.missed_reason == "waste_refused",
            },
            _ => What::Arrived,
        },
        point: row.call_id,
        vehicle: row.vehicle_id,
        at_s: seconds(row.at),
    };
    let reports = decided(tx, &plan.division_code, plan.date).await?;
    let reports = reports.into_iter().map(report).collect();
    let midnights = (midnight, midnight + time::Duration::DAY);
    for (vehicle, at) in unloaded_between(tx, &plan.division_code, midnights.0, midnights.1).await? {
        happened.unloaded.entry(vehicle).or_default().push(seconds(at));
    }
    Ok(happened.join(reports, base, collects))
}

/// Adds what is on record of the day.
pub(super) async fn recorded(tx: &mut Tx, plan: &RoutePlan, happened: &mut Happened) -> Result<()> {
    let (division, midnight) = (plan.division_code.as_str(), dates::start_of(plan.date));
    let until = midnight + Duration::from_secs(happened.time_s.unsigned_abs());
    let seconds = |at: OffsetDateTime| (at - midnight).whole_seconds();
    for row in collected_until(tx, division, plan.date, until).await? {
        let records = happened.recorded.entry(row.vehicle_id).or_default();
        if records.last().is_none_or(|record| record.trip != row.trip_id) {
            records.push(Record {
                trip: row.trip_id,
                home_s: Some(row.arrived_at).filter(|at| *at <= until).map(seconds),
                ..Record::default()
            });
        }
        if let Some(record) = records.last_mut() {
            record.villages.insert(row.village, seconds(row.at));
        }
    }
    let missed = missed_since(tx, division, plan.date, plan.created_at).await?;
    let done: HashSet<&str> = happened.executed_by().map(|(point, _)| point).collect();
    let missed = missed
        .into_iter()
        .filter(|point| !done.contains(point.as_str()) && !happened.settled.contains(point));
    let missed: Vec<String> = missed.collect();
    happened.missed.extend(missed);
    Ok(())
}
