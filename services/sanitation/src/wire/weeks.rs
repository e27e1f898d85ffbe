//! Week plans: rows → contract.

use kit::{dates, etag};
use proto::xiangtu::sanitation::v1::{PointDays, RoutePlanState, StationWeek, TravelSource, WeekDay, WeekPlan};
use sanitation_core::week::{Days, WEEK};

use super::{
    comparison::figures,
    enums::full,
    names,
    routes::{savings, totals},
};
use crate::store::{route_plans::RoutePlan, week_plans};

/// The version of a plan.
pub fn version(row: &week_plans::WeekPlan) -> String {
    etag::of(&[&row.week_plan_id.to_string(), &row.state])
}

/// A plan with its days; `stations` are left out of lists.
pub fn week_plan(row: &week_plans::WeekPlan, days: &[RoutePlan], stations: bool) -> WeekPlan {
    let source = TravelSource::from_str_name(&full("TRAVEL_SOURCE_", &row.travel_source));
    let state = RoutePlanState::from_str_name(&full("ROUTE_PLAN_STATE_", &row.state));
    let own = days.iter().filter(|day| day.week_plan_id == Some(row.week_plan_id));
    let day = |day: &RoutePlan| WeekDay {
        date: Some(dates::to_proto(day.date)),
        route_plan: names::route_plan(day.route_plan_id),
        totals: Some(totals(&day.totals)),
    };
    let station = |station: &week_plans::StationWeek| StationWeek {
        station: names::facility(&station.station_id),
        days: station.days.iter().map(figures).collect(),
    };
    WeekPlan {
        name: names::week_plan(row.week_plan_id),
        division: names::division(&row.division_code),
        start_date: Some(dates::to_proto(row.start_date)),
        state: state.unwrap_or_default().into(),
        seed: row.seed.cast_unsigned(),
        search_seconds: row.search_seconds,
        interval_days: row.interval_days,
        travel_source: source.unwrap_or_default().into(),
        days: own.map(day).collect(),
        stations: row.stations.iter().filter(|_| stations).map(station).collect(),
        totals: Some(totals(&row.totals)),
        savings: Some(savings(&row.totals, &row.nearest)),
        plan: row.norms_id.map(names::plan).unwrap_or_default(),
        etag: version(row),
        create_time: Some(dates::timestamp(row.created_at)),
        publish_time: row.published_at.map(dates::timestamp),
    }
}

pub fn point_days(row: &week_plans::WeekPoint) -> PointDays {
    let days = u8::try_from(row.days).ok().and_then(Days::of_bits);
    let has = |day: &usize| days.is_some_and(|days| days.has(*day));
    let (collection_point, stream) = names::call(&row.call_id);
    PointDays {
        collection_point,
        stream: stream.into(),
        division: names::division(&row.division_code),
        station: names::facility(&row.station_id),
        interval_days: row.interval_days,
        weekdays: (1..)
            .zip(0..WEEK)
            .filter(|(_, day)| has(day))
            .map(|(number, _)| number)
            .collect(),
    }
}
