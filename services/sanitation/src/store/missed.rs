//! Collections that did not take place.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `missed_collections`.
#[derive(Debug, Clone, FromRow)]
pub struct Missed {
    pub missed_id: Uuid,
    pub point_id: String,
    pub stream: String,
    pub division_code: String,
    pub date: Date,
    pub reason: String,
    pub note: String,
    pub reported_at: OffsetDateTime,
    pub withdrawn_at: Option<OffsetDateTime>,
}

/// Adds a miss; false if that day's miss of the point and stream stands.
pub async fn missed_insert(conn: &mut PgConnection, missed: &Missed) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO missed_collections (missed_id, point_id, division_code, date, reason, note, reported_at, stream)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (point_id, date, stream) WHERE withdrawn_at IS NULL DO NOTHING",
    )
    .bind(missed.missed_id)
    .bind(&missed.point_id)
    .bind(&missed.division_code)
    .bind(missed.date)
    .bind(&missed.reason)
    .bind(&missed.note)
    .bind(missed.reported_at)
    .bind(&missed.stream)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Withdraws that day's miss of the point, if one stands.
pub async fn missed_withdraw(
    conn: &mut PgConnection,
    (point, stream): (&str, &str),
    date: Date,
    now: OffsetDateTime,
) -> Result<Option<Missed>, sqlx::Error> {
    sqlx::query_as(
        "UPDATE missed_collections SET withdrawn_at = $3 WHERE point_id = $1 AND stream = $4 AND date = $2 AND withdrawn_at IS NULL
         RETURNING *",
    )
    .bind(point)
    .bind(date)
    .bind(now)
    .bind(stream)
    .fetch_optional(conn)
    .await
}

pub async fn missed_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Missed>, sqlx::Error> {
    page("SELECT * FROM missed_collections", Key::Newest("missed_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}
