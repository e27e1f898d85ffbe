//! Writing down what came of attempts, a batch at a time.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::delivery::Lost;

/// What came of one attempt.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct Recorded {
    pub delivery_uid: Uuid,
    pub division_code: String,
    pub number: i32,
    pub started_at: OffsetDateTime,
    pub duration_ms: i32,
    pub outcome: i16,
    pub status: i32,
    pub detail: String,
    /// The delivery's next state.
    pub state: i16,
    pub step: i32,
    pub due_at: OffsetDateTime,
    pub finished_at: Option<OffsetDateTime>,
    pub last_error: String,
}

/// Moves the deliveries on that `owner` still has, and adds their attempts. Answers those that ended without success.
pub async fn record(conn: &mut PgConnection, owner: Uuid, rows: &[Recorded]) -> Result<Vec<Lost>, sqlx::Error> {
    let lost = sqlx::query_as(
        "WITH moved AS (
             UPDATE delivery d SET state = r.state, step = r.step, due_at = r.due_at, finished_at = r.finished_at,
                    last_error = r.last_error, attempts = r.number, lease_owner = NULL
             FROM unnest($2::uuid[], $3::int[], $4::smallint[], $5::int[], $6::timestamptz[], $7::timestamptz[], $8::text[])
                  AS r (uid, number, state, step, due_at, finished_at, last_error)
             WHERE d.uid = r.uid AND d.state = 2 AND d.lease_owner = $1
             RETURNING d.uid, d.notice_uid, d.division_code, d.channel, d.target_uid, d.attempts, d.last_error, d.state
         )
         SELECT m.uid, m.notice_uid, m.division_code, m.channel, m.target_uid, m.attempts, m.last_error, n.topic
         FROM moved m JOIN notice n ON n.uid = m.notice_uid WHERE m.state IN (7, 8)",
    )
    .bind(owner)
    .bind(rows.iter().map(|row| row.delivery_uid).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.number).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.state).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.step).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.due_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.finished_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.last_error.as_str()).collect::<Vec<_>>())
    .fetch_all(&mut *conn)
    .await?;
    // A worker that was taken over adds nothing: the number belongs to its successor's attempt.
    sqlx::query(
        "INSERT INTO attempt (delivery_uid, division_code, number, started_at, duration_ms, outcome, status, detail)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::timestamptz[], $5::int[], $6::smallint[], $7::int[],
                $8::text[])
         ON CONFLICT DO NOTHING",
    )
    .bind(rows.iter().map(|row| row.delivery_uid).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.division_code.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.number).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.started_at).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.duration_ms).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.outcome).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.status).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.detail.as_str()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(lost)
}
