//! Taking deliveries from the queue.

use std::collections::BTreeMap;

use sqlx::{FromRow, PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;

/// A delivery with everything that its attempt needs.
#[derive(Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct Claimed {
    pub uid: Uuid,
    pub target_uid: Uuid,
    pub division_code: String,
    pub attempts: i32,
    pub step: i32,
    pub due_at: OffsetDateTime,
    pub expires_at: OffsetDateTime,
    /// The endpoint fails and this attempt probes it.
    pub probe: bool,
    pub url: String,
    pub secret: Vec<u8>,
    pub previous_secret: Option<Vec<u8>>,
    pub previous_until: Option<OffsetDateTime>,
    pub notice_uid: Uuid,
    pub notice_division_code: String,
    pub topic: String,
    pub subject: String,
    pub template: String,
    pub variables: Json<BTreeMap<String, String>>,
    pub priority: i16,
    pub acknowledgement_required: bool,
    pub event_id: Option<Uuid>,
    pub traceparent: String,
    pub notice_created_at: OffsetDateTime,
    pub language: String,
    pub title: String,
    pub body: String,
}

/// Leases up to `limit` due deliveries to `owner`, of every endpoint no more than it has room for.
///
/// An endpoint that failed five times or more is open: it gets one probe at a time, the delivery that waits longest,
/// whenever its probe is due. Replicas claim one after the other, so the room of an endpoint is exact.
pub async fn claim(
    conn: &mut PgConnection,
    owner: Uuid,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Claimed>, sqlx::Error> {
    let alone: bool = sqlx::query_scalar("SELECT pg_try_advisory_xact_lock(hashtextextended('claim', 0))")
        .fetch_one(&mut *conn)
        .await?;
    if !alone {
        return Ok(Vec::new());
    }
    sqlx::query_as(
        "WITH room AS (
             SELECT e.uid, e.failures >= 5 AS open, CASE WHEN e.failures >= 5 THEN 1 ELSE e.in_flight_limit END
                    - (SELECT count(*) FROM delivery s WHERE s.target_uid = e.uid AND s.state = 2) AS places
             FROM endpoint e
             WHERE e.removed_at IS NULL AND e.disabled_reason IS NULL
               AND (e.paused_until IS NULL OR e.paused_until <= $2)
               AND (e.failures < 5 OR e.probe_at IS NULL OR e.probe_at <= $2)
         ), due AS (
             SELECT d.uid, room.open FROM room CROSS JOIN LATERAL (
                 SELECT d.uid, d.due_at FROM delivery d
                 WHERE d.channel = 1 AND d.state IN (1, 3) AND d.target_uid = room.uid AND d.expires_at > $2
                   AND d.due_at <= CASE WHEN room.open THEN 'infinity' ELSE $2 END
                 ORDER BY d.due_at LIMIT greatest(room.places, 0) FOR UPDATE SKIP LOCKED
             ) d ORDER BY d.due_at LIMIT $3
         ), claimed AS (
             UPDATE delivery d SET state = 2, lease_owner = $1 FROM due WHERE d.uid = due.uid
             RETURNING d.*, due.open AS probe
         )
         SELECT c.uid, c.target_uid, c.division_code, c.attempts, c.step, c.due_at, c.expires_at, c.probe, e.url, e.secret,
                e.previous_secret, e.previous_until, c.notice_uid, n.division_code AS notice_division_code, n.topic,
                n.subject, n.template, n.variables, n.priority, n.acknowledgement_required, n.event_id, n.traceparent,
                n.created_at AS notice_created_at, c.language, t.title, t.body
         FROM claimed c JOIN endpoint e ON e.uid = c.target_uid JOIN notice n ON n.uid = c.notice_uid
         JOIN notice_text t ON t.notice_uid = c.notice_uid AND t.language = c.language
         ORDER BY c.due_at",
    )
    .bind(owner)
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await
}
