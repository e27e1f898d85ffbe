//! What villages entered by hand.

use std::ops::Range;

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

use super::rating::end;

/// What one village entered.
#[derive(Debug, FromRow)]
pub struct BurdenRow {
    pub village_code: String,
    pub self_reports: i64,
    pub progress_reports: i64,
    pub inspections: i64,
}

/// What was recorded of the villages of a division within a time, by village; `after` is the last village of the page before.
pub async fn burdens_list(
    conn: &mut PgConnection,
    division: &str,
    within: &Range<OffsetDateTime>,
    after: &str,
    limit: i64,
) -> Result<Vec<BurdenRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT village_code, count(*) FILTER (WHERE kind = 'SELF_REPORT') AS self_reports,
                count(*) FILTER (WHERE kind = 'PROGRESS') AS progress_reports,
                count(*) FILTER (WHERE kind = 'INSPECTION') AS inspections
         FROM (
             SELECT left(division_code, 12) AS village_code, source AS kind FROM measurements
             WHERE division_code >= $1 AND division_code < $2 AND recorded_at >= $3 AND recorded_at < $4 AND source <> 'SYSTEM'
             UNION ALL
             SELECT division_code, 'PROGRESS' FROM task_progress
             WHERE division_code >= $1 AND division_code < $2 AND recorded_at >= $3 AND recorded_at < $4) entered
         WHERE village_code > $5 GROUP BY village_code ORDER BY village_code LIMIT $6",
    )
    .bind(division)
    .bind(end(division))
    .bind(within.start)
    .bind(within.end)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}
