//! Health of endpoints.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

/// Health of one endpoint.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct HealthRow {
    pub uid: Uuid,
    pub division_code: String,
    pub display_name: String,
    pub failures: i32,
    pub failing_since: Option<OffsetDateTime>,
    pub probe_at: Option<OffsetDateTime>,
    pub paused_until: Option<OffsetDateTime>,
    pub last_success_at: Option<OffsetDateTime>,
}

/// Health of several, locked in one order so that two batches never wait for each other.
pub async fn health_lock(conn: &mut PgConnection, uids: &[Uuid]) -> Result<Vec<HealthRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT uid, division_code, display_name, failures, failing_since, probe_at, paused_until, last_success_at
         FROM endpoint WHERE uid = ANY ($1) ORDER BY uid FOR NO KEY UPDATE",
    )
    .bind(uids)
    .fetch_all(conn)
    .await
}

/// Notes the health of several.
pub async fn health_note(conn: &mut PgConnection, rows: &[HealthRow]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE endpoint e SET failures = h.failures, failing_since = h.failing_since, probe_at = h.probe_at,
                paused_until = h.paused_until, last_success_at = h.last_success_at
         FROM unnest($1::uuid[], $2::int[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[])
              AS h (uid, failures, failing_since, probe_at, paused_until, last_success_at)
         WHERE e.uid = h.uid",
    )
    .bind(rows.iter().map(|row| row.uid).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.failures).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.failing_since).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.probe_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.paused_until).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.last_success_at).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes everything due now that waits for endpoints which are back.
pub async fn kick(conn: &mut PgConnection, uids: &[Uuid], now: OffsetDateTime) -> Result<u64, sqlx::Error> {
    let kicked = sqlx::query(
        "UPDATE delivery SET due_at = $2 WHERE channel = 1 AND state = 3 AND target_uid = ANY ($1) AND due_at > $2",
    )
    .bind(uids)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(kicked.rows_affected())
}
