//! Reading payments.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A payment as the ledger holds it.
#[derive(Debug, Clone, FromRow)]
pub struct Payment {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub amount_fen: i64,
    pub method: i16,
    pub effective_on: Date,
    pub collector: String,
    pub document: String,
    pub receipt_number: i64,
    pub advance_fen: i64,
    pub posted_at: OffsetDateTime,
    pub named_bill: Option<Uuid>,
    pub bills: Option<Vec<Uuid>>,
    pub parts: Option<Vec<i64>>,
    pub reversed: bool,
    /// Version of the plan by whose order it was set against bills.
    pub order_version: Option<i64>,
}

const SELECT: &str = "SELECT e.id, e.division_code, household_id, amount_fen, method, effective_on, collector, document, receipt_number,
        advance_fen, posted_at, named_bill, s.bills, s.parts, EXISTS (SELECT FROM journal_entry r WHERE r.reverses = e.id) AS reversed,
        (SELECT o.plan_version FROM book_order o WHERE o.division_code = e.division_code AND o.from_number <= e.entry_number
         ORDER BY o.from_number DESC LIMIT 1) AS order_version
    FROM journal_entry e CROSS JOIN LATERAL (
        SELECT array_agg(t.bill_id ORDER BY t.line) AS bills, array_agg(t.amount_fen ORDER BY t.line) AS parts
        FROM transfer t WHERE t.entry_id = e.id AND t.credit = 1
    ) s WHERE kind = 2";

/// Gets a payment.
pub async fn payment_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Payment>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND e.id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Payments of a division after (village, receipt), by village and receipt.
pub async fn payment_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    on: Option<Date>,
    after: Option<(&str, i64)>,
    limit: i64,
) -> Result<Vec<Payment>> {
    payment_where(conn, division, after, limit, |query| {
        filter.push(query);
        if let Some(on) = on {
            query.push(" AND effective_on = ").push_bind(on);
        }
    })
    .await
}

/// The same under further conditions.
pub async fn payment_where(
    conn: &mut PgConnection,
    division: &str,
    after: Option<(&str, i64)>,
    limit: i64,
    conditions: impl FnOnce(&mut QueryBuilder<Postgres>),
) -> Result<Vec<Payment>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND receipt_number IS NOT NULL");
    super::within(&mut query, division);
    conditions(&mut query);
    if let Some((village, receipt)) = after {
        query
            .push(" AND (division_code, receipt_number) > (")
            .push_bind(village.to_owned());
        query.push(", ").push_bind(receipt).push(")");
    }
    query
        .push(" ORDER BY division_code, receipt_number LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}
