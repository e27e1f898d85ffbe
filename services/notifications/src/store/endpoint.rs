//! Systems that receive webhooks.

use sqlx::{FromRow, PgConnection, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

/// An endpoint.
#[derive(Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct EndpointRow {
    pub uid: Uuid,
    pub division_code: String,
    pub display_name: String,
    pub url: String,
    pub topics: Vec<String>,
    pub secret: Vec<u8>,
    pub previous_secret: Option<Vec<u8>>,
    pub previous_until: Option<OffsetDateTime>,
    pub in_flight_limit: i32,
    pub disabled_reason: Option<String>,
    pub failures: i32,
    pub last_success_at: Option<OffsetDateTime>,
    pub created_at: OffsetDateTime,
}

const COLUMNS: &str = "SELECT uid, division_code, display_name, url, topics, secret, previous_secret, previous_until,
        in_flight_limit, disabled_reason, failures, last_success_at, created_at FROM endpoint WHERE removed_at IS NULL";

/// Adds one.
pub async fn endpoint_insert(conn: &mut PgConnection, row: &EndpointRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO endpoint (uid, division_code, display_name, url, topics, secret, in_flight_limit, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.uid)
    .bind(&row.division_code)
    .bind(&row.display_name)
    .bind(&row.url)
    .bind(&row.topics)
    .bind(&row.secret)
    .bind(row.in_flight_limit)
    .bind(row.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The one with this uid.
pub async fn endpoint_get(conn: &mut PgConnection, uid: Uuid) -> Result<Option<EndpointRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(COLUMNS);
    query.push(" AND uid = ").push_bind(uid);
    query.build_query_as().fetch_optional(conn).await
}

/// The one with this uid, locked for a change.
pub async fn endpoint_lock(conn: &mut PgConnection, uid: Uuid) -> Result<Option<EndpointRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(COLUMNS);
    query.push(" AND uid = ").push_bind(uid).push(" FOR NO KEY UPDATE");
    query.build_query_as().fetch_optional(conn).await
}

/// Endpoints inside a division, by uid.
pub async fn endpoint_list(
    conn: &mut PgConnection,
    division: &str,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<EndpointRow>, sqlx::Error> {
    let mut query = QueryBuilder::new(COLUMNS);
    query.push(" AND division_code ^@ ").push_bind(division);
    if let Some(after) = after {
        query.push(" AND uid > ").push_bind(after);
    }
    query.push(" ORDER BY uid LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Changes everything that an operator can change.
pub async fn endpoint_update(conn: &mut PgConnection, row: &EndpointRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE endpoint SET display_name = $2, url = $3, topics = $4, in_flight_limit = $5, secret = $6,
                previous_secret = $7, previous_until = $8 WHERE uid = $1",
    )
    .bind(row.uid)
    .bind(&row.display_name)
    .bind(&row.url)
    .bind(&row.topics)
    .bind(row.in_flight_limit)
    .bind(&row.secret)
    .bind(&row.previous_secret)
    .bind(row.previous_until)
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets one receive again, as if it had never failed, and what was parked go out.
pub async fn endpoint_enable(conn: &mut PgConnection, uid: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE endpoint SET disabled_reason = NULL, failures = 0, failing_since = NULL, probe_at = NULL,
                paused_until = NULL WHERE uid = $1",
    )
    .bind(uid)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE delivery SET state = 1, due_at = $2 WHERE target_uid = $1 AND channel = 1 AND state = 4")
        .bind(uid)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Stops calls to one and parks what waits.
pub async fn endpoint_disable(conn: &mut PgConnection, uid: Uuid, reason: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE endpoint SET disabled_reason = $2 WHERE uid = $1")
        .bind(uid)
        .bind(reason)
        .execute(&mut *conn)
        .await?;
    sqlx::query("UPDATE delivery SET state = 4 WHERE target_uid = $1 AND channel = 1 AND state IN (1, 3)")
        .bind(uid)
        .execute(conn)
        .await?;
    Ok(())
}

/// Removes one and cancels what waits; what is being sent ends by itself.
pub async fn endpoint_remove(conn: &mut PgConnection, uid: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE endpoint SET removed_at = $2 WHERE uid = $1")
        .bind(uid)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    sqlx::query(
        "UPDATE delivery SET state = 9, finished_at = $2 WHERE target_uid = $1 AND channel = 1 AND state IN (1, 3, 4)",
    )
    .bind(uid)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Deliveries of one that are not finished.
pub async fn endpoint_waiting(conn: &mut PgConnection, uid: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM delivery WHERE target_uid = $1 AND channel = 1 AND state <= 4")
        .bind(uid)
        .fetch_one(conn)
        .await
}

/// Uid and division of the active endpoints above `division` that choose one of `patterns`.
pub async fn subscribers(
    conn: &mut PgConnection,
    division: &str,
    patterns: &[String],
) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT uid, division_code FROM endpoint
         WHERE removed_at IS NULL AND disabled_reason IS NULL AND $1 ^@ division_code
           AND (cardinality(topics) = 0 OR topics && $2::text[]) ORDER BY uid",
    )
    .bind(division)
    .bind(patterns)
    .fetch_all(conn)
    .await
}
