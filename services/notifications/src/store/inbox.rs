//! Inboxes: posting, reading, acknowledging.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

/// An item with its words.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct ItemRow {
    pub uid: Uuid,
    pub position: i64,
    pub recipient_uid: Uuid,
    pub division_code: String,
    pub notice_uid: Uuid,
    pub notice_division_code: String,
    pub language: String,
    pub topic: String,
    pub subject: String,
    pub priority: i16,
    pub acknowledgement_required: bool,
    pub arrived_at: OffsetDateTime,
    pub acknowledged_at: Option<OffsetDateTime>,
    pub title: String,
    pub body: String,
    pub digest: Vec<u8>,
}

/// Puts what is due into its inboxes, at most `limit`; answers how much it was.
///
/// One transaction at a time does this, so positions ascend in the order of commits and a watch misses nothing.
pub async fn post_due(conn: &mut PgConnection, now: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('inbox', 0))")
        .execute(&mut *conn)
        .await?;
    let posted = sqlx::query(
        "WITH due AS (
             SELECT uid FROM delivery WHERE channel = 2 AND state = 1 AND due_at <= $1 AND expires_at > $1
             ORDER BY due_at, uid LIMIT $2 FOR UPDATE SKIP LOCKED
         ), posted AS (
             UPDATE delivery d SET state = 5, attempts = attempts + 1, finished_at = $1 FROM due WHERE d.uid = due.uid
             RETURNING d.uid, d.target_uid, d.division_code, d.notice_uid, d.language
         )
         INSERT INTO inbox_item (uid, recipient_uid, division_code, notice_uid, notice_division_code, language, topic,
                subject, priority, acknowledgement_required, arrived_at)
         SELECT p.uid, p.target_uid, p.division_code, p.notice_uid, n.division_code, p.language, n.topic,
                n.subject, n.priority, n.acknowledgement_required, $1
         FROM posted p JOIN notice n ON n.uid = p.notice_uid ORDER BY p.uid
         ON CONFLICT (uid) DO NOTHING",
    )
    .bind(now)
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(posted.rows_affected())
}

/// Items of these recipients, newest first.
pub async fn item_list(
    conn: &mut PgConnection,
    recipients: &[Uuid],
    unacknowledged_only: bool,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<ItemRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT i.*, t.title, t.body, t.digest FROM inbox_item i
         JOIN notice_text t ON t.notice_uid = i.notice_uid AND t.language = i.language
         WHERE i.recipient_uid = ANY ($1) AND (NOT $2 OR i.acknowledged_at IS NULL)
           AND ($3::bigint IS NULL OR i.position < $3) ORDER BY i.position DESC LIMIT $4",
    )
    .bind(recipients)
    .bind(unacknowledged_only)
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Items of these recipients after a position, oldest first.
pub async fn item_after(
    conn: &mut PgConnection,
    recipients: &[Uuid],
    position: i64,
    limit: i64,
) -> Result<Vec<ItemRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT i.*, t.title, t.body, t.digest FROM inbox_item i
         JOIN notice_text t ON t.notice_uid = i.notice_uid AND t.language = i.language
         WHERE i.recipient_uid = ANY ($1) AND i.position > $2 ORDER BY i.position LIMIT $3",
    )
    .bind(recipients)
    .bind(position)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// An item of one of these recipients, locked for its acknowledgement.
pub async fn item_lock(
    conn: &mut PgConnection,
    uid: Uuid,
    recipients: &[Uuid],
) -> Result<Option<ItemRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT i.*, t.title, t.body, t.digest FROM inbox_item i
         JOIN notice_text t ON t.notice_uid = i.notice_uid AND t.language = i.language
         WHERE i.uid = $1 AND i.recipient_uid = ANY ($2) FOR UPDATE OF i",
    )
    .bind(uid)
    .bind(recipients)
    .fetch_optional(conn)
    .await
}

/// Notes that an item was acknowledged, on the item and on its delivery.
pub async fn item_acknowledge(conn: &mut PgConnection, uid: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE inbox_item SET acknowledged_at = $2 WHERE uid = $1")
        .bind(uid)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE delivery SET state = 6 WHERE uid = $1 AND state = 5")
        .bind(uid)
        .execute(conn)
        .await?;
    Ok(())
}
