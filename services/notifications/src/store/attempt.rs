//! The history of deliveries.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

/// One attempt.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct AttemptRow {
    pub number: i32,
    pub started_at: OffsetDateTime,
    pub duration_ms: i32,
    pub outcome: i16,
    pub status: i32,
    pub detail: String,
}

/// Attempts of a delivery, oldest first.
pub async fn attempt_list(conn: &mut PgConnection, delivery: Uuid) -> Result<Vec<AttemptRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT number, started_at, duration_ms, outcome, status, detail FROM attempt WHERE delivery_uid = $1 ORDER BY number",
    )
    .bind(delivery)
    .fetch_all(conn)
    .await
}
