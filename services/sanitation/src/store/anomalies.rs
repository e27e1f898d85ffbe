//! Anomalies as recorded when their day was closed.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `anomalies`.
#[derive(Debug, Clone, FromRow)]
pub struct Anomaly {
    pub anomaly_id: Uuid,
    pub anomaly_key: String,
    pub fault: String,
    pub division_code: String,
    pub date: Date,
    pub trip_id: Option<String>,
    pub starts_at: String,
    pub ends_at: String,
    pub expected_kg: Option<i64>,
    pub found_kg: Option<i64>,
    pub tolerance_kg: Option<i64>,
    pub text_en: String,
    pub text_zh: String,
    pub recorded_at: OffsetDateTime,
    pub withdrawn_at: Option<OffsetDateTime>,
}

/// Records an anomaly; false if it is recorded.
pub async fn anomaly_insert(conn: &mut PgConnection, row: &Anomaly) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO anomalies (anomaly_id, anomaly_key, fault, division_code, date, trip_id, starts_at, ends_at,
                                expected_kg, found_kg, tolerance_kg, text_en, text_zh, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (anomaly_key) DO NOTHING",
    )
    .bind(row.anomaly_id)
    .bind(&row.anomaly_key)
    .bind(&row.fault)
    .bind(&row.division_code)
    .bind(row.date)
    .bind(&row.trip_id)
    .bind(&row.starts_at)
    .bind(&row.ends_at)
    .bind(row.expected_kg)
    .bind(row.found_kg)
    .bind(row.tolerance_kg)
    .bind(&row.text_en)
    .bind(&row.text_zh)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn anomaly_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Anomaly>, sqlx::Error> {
    page("SELECT * FROM anomalies", Key::Newest("anomaly_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// Withdraws the recorded anomalies of a division's day that are not among `keys`, and answers them.
pub async fn anomalies_withdraw(
    conn: &mut PgConnection,
    (division, date): (&str, Date),
    keys: &[String],
    now: OffsetDateTime,
) -> Result<Vec<Anomaly>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE anomalies SET withdrawn_at = $4, anomaly_key = anomaly_key || '#' || anomaly_id
         WHERE division_code ^@ $1 AND date = $2 AND withdrawn_at IS NULL AND anomaly_key <> ALL($3) RETURNING *",
    )
    .bind(division)
    .bind(date)
    .bind(keys)
    .bind(now)
    .fetch_all(conn)
    .await
}

/// Recorded anomalies of a division's day that hold.
pub async fn anomalies_of(conn: &mut PgConnection, division: &str, date: Date) -> Result<Vec<Anomaly>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM anomalies WHERE division_code ^@ $1 AND date = $2 AND withdrawn_at IS NULL")
        .bind(division)
        .bind(date)
        .fetch_all(conn)
        .await
}

/// Notes that a day is closed.
pub async fn day_close(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO closed_days (division_code, date, closed_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(division)
        .bind(date)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether a day is closed for a division or one above it.
pub async fn day_is_closed(conn: &mut PgConnection, division: &str, date: Date) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM closed_days WHERE date = $2 AND $1 ^@ division_code)")
        .bind(division)
        .bind(date)
        .fetch_one(conn)
        .await
}
