//! Haulage plans.

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `haulage_plans`.
#[derive(Debug, Clone, FromRow)]
pub struct HaulagePlan {
    pub haulage_plan_id: Uuid,
    pub division_code: String,
    pub date: Date,
    pub state: String,
    pub route_plan_id: Option<Uuid>,
    /// The bits of an unsigned number.
    pub seed: i64,
    pub step_limit: i64,
    pub travel_source: String,
    pub norms_id: Option<Uuid>,
    pub totals: Json<Totals>,
    pub in_force: Option<Json<Totals>>,
    pub created_at: OffsetDateTime,
    pub published_at: Option<OffsetDateTime>,
}

/// Sums over a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    pub cost_fen: i64,
    pub distance_m: i64,
    pub loaded_m: i64,
    pub duration_s: i64,
    pub overtime_s: i64,
    pub load_kg: i64,
    pub payload_kg: i64,
    pub vehicles: i64,
    pub trips: i64,
    pub over_kg: i64,
    pub left_kg: i64,
    pub late_kg: i64,
}

pub async fn haulage_plan_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<HaulagePlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM haulage_plans WHERE haulage_plan_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Gets a plan and holds it until the transaction ends.
pub async fn haulage_plan_hold(conn: &mut PgConnection, id: Uuid) -> Result<Option<HaulagePlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM haulage_plans WHERE haulage_plan_id = $1 FOR UPDATE")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn haulage_plan_list(
    conn: &mut PgConnection,
    listing: &Listing<'_>,
) -> Result<Vec<HaulagePlan>, sqlx::Error> {
    page("SELECT * FROM haulage_plans", Key::Newest("haulage_plan_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// The plan in force for a division's day.
pub async fn haulage_plan_in_force(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
) -> Result<Option<HaulagePlan>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM haulage_plans WHERE division_code = $1 AND date = $2 AND state = 'published'")
        .bind(division)
        .bind(date)
        .fetch_optional(conn)
        .await
}

pub async fn haulage_plan_insert(conn: &mut PgConnection, plan: &HaulagePlan) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO haulage_plans (haulage_plan_id, division_code, date, state, route_plan_id, seed, step_limit,
                                    travel_source, norms_id, totals, in_force, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(plan.haulage_plan_id)
    .bind(&plan.division_code)
    .bind(plan.date)
    .bind(&plan.state)
    .bind(plan.route_plan_id)
    .bind(plan.seed)
    .bind(plan.step_limit)
    .bind(&plan.travel_source)
    .bind(plan.norms_id)
    .bind(plan.totals)
    .bind(plan.in_force)
    .bind(plan.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a plan in force in the place of the one that is, whose id is answered. Waits for others who publish that day.
pub async fn haulage_plan_publish(
    conn: &mut PgConnection,
    plan: &HaulagePlan,
    now: OffsetDateTime,
) -> Result<Option<Uuid>, sqlx::Error> {
    let superseded = sqlx::query_scalar(
        "UPDATE haulage_plans SET state = 'superseded' WHERE division_code = $1 AND date = $2 AND state = 'published'
         RETURNING haulage_plan_id",
    )
    .bind(&plan.division_code)
    .bind(plan.date)
    .fetch_optional(&mut *conn)
    .await?;
    sqlx::query("UPDATE haulage_plans SET state = 'published', published_at = $2 WHERE haulage_plan_id = $1")
        .bind(plan.haulage_plan_id)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(superseded)
}
