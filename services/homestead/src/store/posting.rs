//! Posting payments: calls of the functions that alone may do it.

use sqlx::{FromRow, PgConnection, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A payment, checked and ready to post.
#[derive(Debug, Clone)]
pub struct Posting {
    /// The request id.
    pub id: Uuid,
    /// Digest of the request body.
    pub sha256: Vec<u8>,
    /// Division prefix that the caller may touch.
    pub scope: String,
    pub principal: String,
    /// Full gRPC method.
    pub rpc: String,
    pub division_code: String,
    pub household_id: String,
    /// The bill that the payer names.
    pub bill_id: Option<Uuid>,
    pub amount_fen: i64,
    /// Number of the contract.
    pub method: i16,
    pub collector: String,
    pub document: String,
    pub effective_on: Date,
    pub event_id: Uuid,
    /// Encoded `PaymentPosted` without what the ledger adds.
    pub payload: Vec<u8>,
    pub traceparent: String,
}

/// How a posting ended, in the numbers of the SQL functions.
#[derive(Debug, Clone, FromRow)]
pub struct Posted {
    pub outcome: i16,
    pub effective_on: Option<Date>,
    pub posted_at: Option<OffsetDateTime>,
    pub receipt_number: Option<i64>,
    pub advance_fen: Option<i64>,
    pub bills: Option<Vec<Uuid>>,
    pub parts: Option<Vec<i64>>,
}

/// Posts one payment.
pub async fn post_one(conn: &mut PgConnection, posting: &Posting, now: OffsetDateTime) -> Result<Posted> {
    sqlx::query_as(
        "SELECT * FROM post_payment($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
    )
    .bind(posting.id)
    .bind(&posting.sha256)
    .bind(&posting.scope)
    .bind(&posting.principal)
    .bind(&posting.rpc)
    .bind(&posting.division_code)
    .bind(&posting.household_id)
    .bind(posting.bill_id)
    .bind(posting.amount_fen)
    .bind(posting.method)
    .bind(&posting.collector)
    .bind(&posting.document)
    .bind(posting.effective_on)
    .bind(posting.event_id)
    .bind(&posting.payload)
    .bind(&posting.traceparent)
    .bind(now)
    .fetch_one(conn)
    .await
}

/// Posts payments with distinct ids that name no bill. Answers (position from 1, outcome) in any order.
pub async fn post_many(
    conn: &mut PgConnection,
    postings: &[&Posting],
    now: OffsetDateTime,
) -> Result<Vec<(i64, Posted)>> {
    #[derive(FromRow)]
    struct Row {
        n: i64,
        #[sqlx(flatten)]
        posted: Posted,
    }
    fn column<'a, T>(postings: &[&'a Posting], get: impl Fn(&'a Posting) -> T) -> Vec<T> {
        postings.iter().map(|posting| get(posting)).collect()
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM post_payments($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(column(postings, |posting| posting.id))
    .bind(column(postings, |posting| posting.sha256.as_slice()))
    .bind(column(postings, |posting| posting.scope.as_str()))
    .bind(column(postings, |posting| posting.principal.as_str()))
    .bind(column(postings, |posting| posting.rpc.as_str()))
    .bind(column(postings, |posting| posting.division_code.as_str()))
    .bind(column(postings, |posting| posting.household_id.as_str()))
    .bind(column(postings, |posting| posting.amount_fen))
    .bind(column(postings, |posting| posting.method))
    .bind(column(postings, |posting| posting.collector.as_str()))
    .bind(column(postings, |posting| posting.document.as_str()))
    .bind(column(postings, |posting| posting.effective_on))
    .bind(column(postings, |posting| posting.event_id))
    .bind(column(postings, |posting| posting.payload.as_slice()))
    .bind(column(postings, |posting| posting.traceparent.as_str()))
    .bind(now)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.n, row.posted)).collect())
}
