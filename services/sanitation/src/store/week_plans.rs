//! Plans of weeks.

use sanitation_core::{comparison::Figures, route::Totals, stream};
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection, QueryBuilder, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    list::{Key, Listing, page},
    route_plans::RoutePlan,
};

/// A row of `week_plans`.
#[derive(Debug, Clone, FromRow)]
pub struct WeekPlan {
    pub week_plan_id: Uuid,
    pub division_code: String,
    pub start_date: Date,
    pub state: String,
    /// The bits of an unsigned number.
    pub seed: i64,
    pub search_seconds: i32,
    /// 0: as the plan sections state.
    pub interval_days: i32,
    pub travel_source: String,
    pub norms_id: Option<Uuid>,
    pub totals: Json<Totals>,
    pub nearest: Json<Totals>,
    pub stations: Json<Vec<StationWeek>>,
    pub created_at: OffsetDateTime,
    pub published_at: Option<OffsetDateTime>,
}

/// The sums of a station's days, Monday first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StationWeek {
    pub station_id: String,
    pub days: Vec<Figures>,
}

/// A row of `week_points`.
#[derive(Debug, Clone, FromRow)]
pub struct WeekPoint {
    /// Of the point, or of its kitchen waste.
    pub call_id: String,
    pub division_code: String,
    pub station_id: String,
    pub interval_days: i32,
    /// Bits, Monday the lowest.
    pub days: i32,
}

pub async fn week_plan_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<WeekPlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM week_plans WHERE week_plan_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Gets a plan and holds it until the transaction ends.
pub async fn week_plan_hold(conn: &mut PgConnection, id: Uuid) -> Result<Option<WeekPlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM week_plans WHERE week_plan_id = $1 FOR UPDATE")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn week_plan_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<WeekPlan>, sqlx::Error> {
    page("SELECT * FROM week_plans", Key::Newest("week_plan_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// The route plans of some week plans, by day.
pub async fn days_of(conn: &mut PgConnection, weeks: &[Uuid]) -> Result<Vec<RoutePlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM route_plans WHERE week_plan_id = ANY($1) ORDER BY date")
        .bind(weeks)
        .fetch_all(conn)
        .await
}

pub async fn week_plan_insert(conn: &mut PgConnection, plan: &WeekPlan) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO week_plans (week_plan_id, division_code, start_date, state, seed, search_seconds, interval_days,
                                 travel_source, norms_id, totals, nearest, stations, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(plan.week_plan_id)
    .bind(&plan.division_code)
    .bind(plan.start_date)
    .bind(&plan.state)
    .bind(plan.seed)
    .bind(plan.search_seconds)
    .bind(plan.interval_days)
    .bind(&plan.travel_source)
    .bind(plan.norms_id)
    .bind(plan.totals)
    .bind(plan.nearest)
    .bind(&plan.stations)
    .bind(plan.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a plan in force in the place of the one that is.
pub async fn week_plan_publish(
    conn: &mut PgConnection,
    plan: &WeekPlan,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE week_plans SET state = 'superseded' WHERE division_code = $1 AND start_date = $2 AND state = 'published'",
    )
    .bind(&plan.division_code)
    .bind(plan.start_date)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE week_plans SET state = 'published', published_at = $2 WHERE week_plan_id = $1")
        .bind(plan.week_plan_id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn week_points_insert(conn: &mut PgConnection, plan: Uuid, points: &[WeekPoint]) -> Result<(), sqlx::Error> {
    for part in points.chunks(1_000) {
        let mut query = QueryBuilder::new(
            "INSERT INTO week_points (week_plan_id, point_id, division_code, station_id, interval_days, days, stream) ",
        );
        query.push_values(part, |mut row, point| {
            let (point_id, stream) = stream::parts(&point.call_id).unwrap_or_default();
            row.push_bind(plan)
                .push_bind(point_id)
                .push_bind(&point.division_code)
                .push_bind(&point.station_id)
                .push_bind(point.interval_days)
                .push_bind(point.days)
                .push_bind(stream.name());
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

pub async fn week_point_list(
    conn: &mut PgConnection,
    plan: Uuid,
    after: &str,
    limit: i64,
) -> Result<Vec<WeekPoint>, sqlx::Error> {
    sqlx::query_as(
        "SELECT call_id, division_code, station_id, interval_days, days FROM week_points
         WHERE week_plan_id = $1 AND call_id > $2 ORDER BY call_id LIMIT $3",
    )
    .bind(plan)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}
