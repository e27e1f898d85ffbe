//! Payments that were announced.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A pending payment as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct Pending {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub bill_id: Option<Uuid>,
    pub amount_fen: i64,
    pub method: i16,
    pub document: String,
    pub expires_on: Date,
    /// `PENDING_PAYMENT_STATE`.
    pub state: i16,
    pub reason: String,
    pub created_at: OffsetDateTime,
    pub settled_at: Option<OffsetDateTime>,
}

/// `PENDING_PAYMENT_STATE_CONFIRMED`.
pub const CONFIRMED: i16 = 2;
/// `PENDING_PAYMENT_STATE_VOIDED`.
pub const VOIDED: i16 = 3;

const SELECT: &str =
    "SELECT id, division_code, household_id, bill_id, amount_fen, method, document, expires_on, state, reason,
    created_at, settled_at FROM pending_payment WHERE true";

/// Gets a pending payment.
pub async fn pending_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Pending>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Adds a pending payment; false if another one is in its way.
pub async fn pending_insert(conn: &mut PgConnection, pending: &Pending) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO pending_payment (id, division_code, household_id, bill_id, amount_fen, method, document, expires_on, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING",
    )
    .bind(pending.id)
    .bind(&pending.division_code)
    .bind(&pending.household_id)
    .bind(pending.bill_id)
    .bind(pending.amount_fen)
    .bind(pending.method)
    .bind(&pending.document)
    .bind(pending.expires_on)
    .bind(pending.created_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Brings a pending payment to an end; false if it is no longer pending.
pub async fn pending_settle(
    conn: &mut PgConnection,
    id: Uuid,
    state: i16,
    reason: &str,
    now: OffsetDateTime,
) -> Result<bool> {
    let done =
        sqlx::query("UPDATE pending_payment SET state = $2, reason = $3, settled_at = $4 WHERE id = $1 AND state = 1")
            .bind(id)
            .bind(state)
            .bind(reason)
            .bind(now)
            .execute(conn)
            .await?;
    Ok(done.rows_affected() == 1)
}

/// Villages with pending payments whose last day is before `day`, at most `limit`.
pub async fn expired_villages(conn: &mut PgConnection, day: Date, limit: i64) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT DISTINCT division_code FROM pending_payment WHERE state = 1 AND expires_on < $1 ORDER BY 1 LIMIT $2",
    )
    .bind(day)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Ends pending payments of villages, whose books are held, after their last day. What has posted meanwhile is confirmed.
pub async fn expire(conn: &mut PgConnection, villages: &[String], day: Date, now: OffsetDateTime) -> Result<i64> {
    let done = sqlx::query(
        "UPDATE pending_payment p SET settled_at = $3,
             state = CASE WHEN EXISTS (SELECT FROM journal_entry e WHERE e.id = p.id) THEN 2 ELSE 4 END
         WHERE state = 1 AND expires_on < $2 AND division_code = ANY ($1)",
    )
    .bind(villages)
    .bind(day)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(i64::try_from(done.rows_affected()).unwrap_or(i64::MAX))
}

/// Pending payments of a division after (village, time, id), by these.
pub async fn pending_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    state: Option<i16>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Pending>> {
    let mut query = QueryBuilder::new(SELECT);
    super::within(&mut query, division);
    filter.push(&mut query);
    if let Some(state) = state {
        query.push(" AND state = ").push_bind(state);
    }
    if let Some(after) = after {
        query
            .push(" AND (division_code, created_at, id) > (SELECT division_code, created_at, id FROM pending_payment WHERE id = ")
            .push_bind(after)
            .push(")");
    }
    query
        .push(" ORDER BY division_code, created_at, id LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}
