//! Route plans.

use sanitation_core::route::Totals;
use sqlx::{FromRow, PgConnection, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `route_plans`.
#[derive(Debug, Clone, FromRow)]
pub struct RoutePlan {
    pub route_plan_id: Uuid,
    pub division_code: String,
    pub date: Date,
    pub state: String,
    /// The bits of an unsigned number.
    pub seed: i64,
    pub search_seconds: i32,
    pub travel_source: String,
    /// `None`: planned for what the register declares.
    pub quantile_permille: Option<i32>,
    pub norms_id: Option<Uuid>,
    pub totals: Json<Totals>,
    pub in_force: Option<Json<Totals>>,
    /// What drivers who plan nothing would drive; `None` of the rest of a day.
    pub nearest: Option<Json<Totals>>,
    pub replanned_from: Option<Uuid>,
    pub replanned_at_s: Option<i32>,
    pub road_reach_m: i32,
    /// The plan that it is a day of.
    pub week_plan_id: Option<Uuid>,
    pub created_at: OffsetDateTime,
    pub published_at: Option<OffsetDateTime>,
}

pub async fn route_plan_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<RoutePlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM route_plans WHERE route_plan_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn route_plan_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<RoutePlan>, sqlx::Error> {
    page("SELECT * FROM route_plans", Key::Newest("route_plan_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// The plan in force for a division's day.
pub async fn route_plan_in_force(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
) -> Result<Option<RoutePlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM route_plans WHERE division_code = $1 AND date = $2 AND state = 'published'")
        .bind(division)
        .bind(date)
        .fetch_optional(conn)
        .await
}

pub async fn route_plan_insert(conn: &mut PgConnection, plan: &RoutePlan) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO route_plans (route_plan_id, division_code, date, state, seed, search_seconds, norms_id, totals,
                                  in_force, created_at, travel_source, nearest, replanned_from, replanned_at_s,
                                  road_reach_m, week_plan_id, quantile_permille)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(plan.route_plan_id)
    .bind(&plan.division_code)
    .bind(plan.date)
    .bind(&plan.state)
    .bind(plan.seed)
    .bind(plan.search_seconds)
    .bind(plan.norms_id)
    .bind(plan.totals)
    .bind(plan.in_force)
    .bind(plan.created_at)
    .bind(&plan.travel_source)
    .bind(plan.nearest)
    .bind(plan.replanned_from)
    .bind(plan.replanned_at_s)
    .bind(plan.road_reach_m)
    .bind(plan.week_plan_id)
    .bind(plan.quantile_permille)
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a plan in force in the place of the one that is, whose id is answered. Waits for others who publish that day.
pub async fn route_plan_publish(
    conn: &mut PgConnection,
    plan: &RoutePlan,
    now: OffsetDateTime,
) -> Result<Option<Uuid>, sqlx::Error> {
    let superseded = sqlx::query_scalar(
        "UPDATE route_plans SET state = 'superseded' WHERE division_code = $1 AND date = $2 AND state = 'published'
         RETURNING route_plan_id",
    )
    .bind(&plan.division_code)
    .bind(plan.date)
    .fetch_optional(&mut *conn)
    .await?;
    sqlx::query("UPDATE route_plans SET state = 'published', published_at = $2 WHERE route_plan_id = $1")
        .bind(plan.route_plan_id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(superseded)
}

/// Gets a plan and holds it until the transaction ends.
pub async fn route_plan_hold(conn: &mut PgConnection, id: Uuid) -> Result<Option<RoutePlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM route_plans WHERE route_plan_id = $1 FOR UPDATE")
        .bind(id)
        .fetch_optional(conn)
        .await
}
