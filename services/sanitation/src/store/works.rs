//! Works orders.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `works_orders`.
#[derive(Debug, Clone, FromRow)]
pub struct WorksOrder {
    pub works_order_id: Uuid,
    pub division_code: String,
    pub kind: String,
    pub place: String,
    pub lng: f64,
    pub lat: f64,
    pub finding: String,
    pub photos: Vec<String>,
    pub team: String,
    pub due_date: Date,
    pub state: String,
    pub outcome: String,
    pub outcome_photos: Vec<String>,
    pub rejection_count: i32,
    pub reason: String,
    pub overdue: bool,
    pub created_at: OffsetDateTime,
    pub done_at: Option<OffsetDateTime>,
    pub ended_at: Option<OffsetDateTime>,
}

pub async fn works_order_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<WorksOrder>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM works_orders WHERE works_order_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn works_order_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<WorksOrder>, sqlx::Error> {
    page("SELECT * FROM works_orders", Key::Newest("works_order_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

pub async fn works_order_insert(conn: &mut PgConnection, row: &WorksOrder) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO works_orders (works_order_id, division_code, kind, place, lng, lat, finding, photos, team, due_date, state,
                                   created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(row.works_order_id)
    .bind(&row.division_code)
    .bind(&row.kind)
    .bind(&row.place)
    .bind(row.lng)
    .bind(row.lat)
    .bind(&row.finding)
    .bind(&row.photos)
    .bind(&row.team)
    .bind(row.due_date)
    .bind(&row.state)
    .bind(row.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps where an order stands.
pub async fn works_order_keep(conn: &mut PgConnection, row: &WorksOrder) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE works_orders SET state = $2, outcome = $3, outcome_photos = $4, rejection_count = $5, reason = $6, done_at = $7,
                                 ended_at = $8
         WHERE works_order_id = $1",
    )
    .bind(row.works_order_id)
    .bind(&row.state)
    .bind(&row.outcome)
    .bind(&row.outcome_photos)
    .bind(row.rejection_count)
    .bind(&row.reason)
    .bind(row.done_at)
    .bind(row.ended_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Holds the orders of a village until the transaction ends, so that they are counted one change at a time. False if there is no such
/// village.
pub async fn village_hold(conn: &mut PgConnection, village: &str) -> Result<bool, sqlx::Error> {
    let held = sqlx::query("SELECT FROM service_areas WHERE division_code = $1 FOR UPDATE")
        .bind(village)
        .fetch_optional(conn)
        .await?;
    Ok(held.is_some())
}

/// Open and overdue orders of a village.
pub async fn works_counted(conn: &mut PgConnection, village: &str) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT count(*), count(*) FILTER (WHERE overdue) FROM works_orders
         WHERE division_code = $1 AND state IN ('open', 'done')",
    )
    .bind(village)
    .fetch_one(conn)
    .await
}

/// Villages with orders that were not done in time and are not marked so.
pub async fn villages_overdue(conn: &mut PgConnection, today: Date, limit: i64) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT division_code FROM works_orders WHERE state = 'open' AND NOT overdue AND due_date < $1
         ORDER BY division_code LIMIT $2",
    )
    .bind(today)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Marks the orders of a village that were not done in time, and answers them.
pub async fn works_overdue(
    conn: &mut PgConnection,
    village: &str,
    today: Date,
) -> Result<Vec<WorksOrder>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE works_orders SET overdue = true
         WHERE division_code = $1 AND state = 'open' AND NOT overdue AND due_date < $2 RETURNING *",
    )
    .bind(village)
    .bind(today)
    .fetch_all(conn)
    .await
}
