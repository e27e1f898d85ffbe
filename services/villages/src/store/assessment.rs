//! What the assessment ledger is made of.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{ladder::Drafted, rating::end};

/// A miss.
#[derive(Debug, Clone, FromRow)]
pub struct Missed {
    pub miss_id: Uuid,
    pub cadre_id: String,
    pub week: Date,
}

/// Misses of a division in weeks from `first` to before `next` that were counted by `known_at`, by week and identity.
pub async fn misses_between(
    conn: &mut PgConnection,
    division: &str,
    (first, next): (Date, Date),
    known_at: OffsetDateTime,
) -> Result<Vec<Missed>, sqlx::Error> {
    sqlx::query_as(
        "SELECT miss_id, cadre_id, week FROM misses
         WHERE division_code >= $1 AND division_code < $2 AND week >= $3 AND week < $4 AND recorded_at <= $5
         ORDER BY week, miss_id",
    )
    .bind(division)
    .bind(end(division))
    .bind(first)
    .bind(next)
    .bind(known_at)
    .fetch_all(conn)
    .await
}

/// Steps of a division that were drafted from `since` to `known_at`, in that order.
pub async fn steps_drafted(
    conn: &mut PgConnection,
    division: &str,
    since: OffsetDateTime,
    known_at: OffsetDateTime,
) -> Result<Vec<Drafted>, sqlx::Error> {
    sqlx::query_as(
        "SELECT step_id, division_code, content FROM ladder_steps
         WHERE division_code >= $1 AND division_code < $2 AND drafted_at >= $3 AND drafted_at <= $4
         ORDER BY drafted_at, step_id",
    )
    .bind(division)
    .bind(end(division))
    .bind(since)
    .bind(known_at)
    .fetch_all(conn)
    .await
}
