//! Deliveries: made with their notice, counted, listed, started again.

use sqlx::{FromRow, PgConnection, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

/// A delivery.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct DeliveryRow {
    pub uid: Uuid,
    pub notice_uid: Uuid,
    pub division_code: String,
    pub channel: i16,
    pub target_uid: Uuid,
    pub state: i16,
    pub attempts: i32,
    pub due_at: OffsetDateTime,
    pub last_error: String,
    pub created_at: OffsetDateTime,
    pub finished_at: Option<OffsetDateTime>,
}

/// A delivery to be made.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct NewDelivery {
    pub uid: Uuid,
    pub division_code: String,
    pub channel: i16,
    pub target_uid: Uuid,
    pub language: String,
    pub due_at: OffsetDateTime,
}

/// Deliveries by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq, FromRow)]
#[expect(missing_docs, reason = "named as in the contract")]
pub struct Counts {
    pub division_code: String,
    pub total: i64,
    pub open: i64,
    pub delivered: i64,
    pub acknowledged: i64,
    pub failed: i64,
}

const COLUMNS: &str = "SELECT uid, notice_uid, division_code, channel, target_uid, state, attempts, due_at, last_error,
        created_at, finished_at FROM delivery WHERE true";

/// Most rows a statement takes, so that none grows without bound.
const CHUNK: usize = 10_000;

/// Adds the deliveries of a notice.
pub async fn delivery_insert(
    conn: &mut PgConnection,
    notice: Uuid,
    expires_at: OffsetDateTime,
    now: OffsetDateTime,
    rows: &[NewDelivery],
) -> Result<(), sqlx::Error> {
    for rows in rows.chunks(CHUNK) {
        sqlx::query(
            "INSERT INTO delivery (notice_uid, expires_at, created_at, uid, division_code, channel, target_uid, language, due_at)
             SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::text[], $6::smallint[], $7::uuid[], $8::text[], $9::timestamptz[])",
        )
        .bind(notice)
        .bind(expires_at)
        .bind(now)
        .bind(rows.iter().map(|row| row.uid).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.division_code.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.channel).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.target_uid).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.language.as_str()).collect::<Vec<_>>())
        .bind(rows.iter().map(|row| row.due_at).collect::<Vec<_>>())
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// The one with this uid.
pub async fn delivery_get(conn: &mut PgConnection, uid: Uuid) -> Result<Option<DeliveryRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(COLUMNS);
    query.push(" AND uid = ").push_bind(uid);
    query.build_query_as().fetch_optional(conn).await
}

/// What of the list is asked for.
#[derive(Debug)]
#[expect(missing_docs, reason = "named as in the request")]
pub struct ListQuery<'a> {
    pub division: &'a str,
    pub notice: Option<Uuid>,
    pub endpoint: Option<Uuid>,
    pub states: &'a [i16],
    pub before: Option<Uuid>,
    pub limit: i64,
}

/// Deliveries, newest first.
pub async fn delivery_list(conn: &mut PgConnection, list: &ListQuery<'_>) -> Result<Vec<DeliveryRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(COLUMNS);
    query.push(" AND division_code ^@ ").push_bind(list.division);
    if let Some(notice) = list.notice {
        query.push(" AND notice_uid = ").push_bind(notice);
    }
    if let Some(endpoint) = list.endpoint {
        query.push(" AND channel = 1 AND target_uid = ").push_bind(endpoint);
    }
    if !list.states.is_empty() {
        query.push(" AND state = ANY (").push_bind(list.states).push(")");
    }
    if let Some(before) = list.before {
        query.push(" AND uid < ").push_bind(before);
    }
    query.push(" ORDER BY uid DESC LIMIT ").push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Starts one again that has `from` as its state; false if it has another.
pub async fn delivery_restart(
    conn: &mut PgConnection,
    uid: Uuid,
    from: i16,
    now: OffsetDateTime,
    expires_at: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let restarted = sqlx::query(
        "UPDATE delivery SET state = 1, step = 0, due_at = $3, expires_at = greatest(expires_at, $4), finished_at = NULL
         WHERE uid = $1 AND state = $2",
    )
    .bind(uid)
    .bind(from)
    .bind(now)
    .bind(expires_at)
    .execute(conn)
    .await?;
    Ok(restarted.rows_affected() == 1)
}

/// Deliveries of a notice by outcome, for each division of its recipients.
pub async fn delivery_counts(conn: &mut PgConnection, notice: Uuid) -> Result<Vec<Counts>, sqlx::Error> {
    sqlx::query_as(
        "SELECT division_code, count(*) AS total, count(*) FILTER (WHERE state <= 4) AS open,
                count(*) FILTER (WHERE state = 5) AS delivered, count(*) FILTER (WHERE state = 6) AS acknowledged,
                count(*) FILTER (WHERE state >= 7) AS failed
         FROM delivery WHERE notice_uid = $1 GROUP BY division_code ORDER BY division_code",
    )
    .bind(notice)
    .fetch_all(conn)
    .await
}

/// A delivery that ended without success.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct Lost {
    pub uid: Uuid,
    pub notice_uid: Uuid,
    pub division_code: String,
    pub channel: i16,
    pub target_uid: Uuid,
    pub attempts: i32,
    pub last_error: String,
    pub topic: String,
}

/// Ends deliveries whose notice has expired, at most `limit`, and answers them.
pub async fn delivery_expire(
    conn: &mut PgConnection,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Lost>, sqlx::Error> {
    sqlx::query_as(
        "WITH late AS (
             SELECT uid FROM delivery WHERE state IN (1, 3, 4) AND expires_at <= $1
             ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
         ), ended AS (
             UPDATE delivery d SET state = 8, finished_at = $1 FROM late WHERE d.uid = late.uid
             RETURNING d.uid, d.notice_uid, d.division_code, d.channel, d.target_uid, d.attempts, d.last_error
         )
         SELECT ended.*, n.topic FROM ended JOIN notice n ON n.uid = ended.notice_uid",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(conn)
    .await
}
