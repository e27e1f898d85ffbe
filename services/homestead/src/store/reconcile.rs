//! What is known in a village that a line of its bank statement may be.

use sqlx::{FromRow, PgConnection, Result};
use time::Date;
use uuid::Uuid;

use super::{
    payment::{self, Payment},
    pending::Pending,
};

/// Money that came into the bank account by the book, and no line has confirmed.
#[derive(Debug, Clone, FromRow)]
pub struct Unconfirmed {
    pub id: Uuid,
    /// Empty for a remittance.
    pub household_id: String,
    pub amount_fen: i64,
    pub document: String,
    pub receipt_number: Option<i64>,
}

/// Everything unconfirmed of a village.
pub async fn unconfirmed(conn: &mut PgConnection, village: &str) -> Result<Vec<Unconfirmed>> {
    sqlx::query_as(
        "SELECT e.id, coalesce(e.household_id, '') AS household_id, e.amount_fen, e.document, e.receipt_number
         FROM journal_entry e
         WHERE e.division_code = $1 AND ((e.kind = 2 AND e.method IN (2, 3)) OR e.kind = 8)
           AND NOT EXISTS (SELECT FROM journal_entry r WHERE r.reverses = e.id)
           AND NOT EXISTS (SELECT FROM statement_line s WHERE s.entry_id = e.id AND s.state IN (3, 4))
         ORDER BY e.entry_number",
    )
    .bind(village)
    .fetch_all(conn)
    .await
}

/// Pending payments of a village.
pub async fn pending(conn: &mut PgConnection, village: &str) -> Result<Vec<Pending>> {
    sqlx::query_as(
        "SELECT id, division_code, household_id, bill_id, amount_fen, method, document, expires_on, state, reason, created_at, settled_at
         FROM pending_payment WHERE division_code = $1 AND state = 1 ORDER BY created_at, id",
    )
    .bind(village)
    .fetch_all(conn)
    .await
}

/// Whether a payment by bank or mobile with that document stands in the village's book.
pub async fn recorded(conn: &mut PgConnection, village: &str, document: &str) -> Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (
             SELECT FROM journal_entry e WHERE e.division_code = $1 AND e.kind = 2 AND e.method IN (2, 3) AND e.document = $2
             AND NOT EXISTS (SELECT FROM journal_entry r WHERE r.reverses = e.id)
         )",
    )
    .bind(village)
    .bind(document)
    .fetch_one(conn)
    .await
}

/// A household that a remark names, with the bill where it names one.
#[derive(Debug, Clone, FromRow)]
pub struct Named {
    pub household_id: String,
    pub bill_id: Option<Uuid>,
}

/// Households of a village named by their ids, their bills or their receipts.
pub async fn named(
    conn: &mut PgConnection,
    village: &str,
    households: &[String],
    bills: &[Uuid],
    receipts: &[i64],
) -> Result<Vec<Named>> {
    sqlx::query_as(
        "SELECT household_id, NULL::uuid AS bill_id FROM household WHERE division_code = $1 AND household_id = ANY ($2)
         UNION SELECT household_id, id FROM bill WHERE division_code = $1 AND id = ANY ($3)
         UNION SELECT household_id, NULL FROM journal_entry WHERE division_code = $1 AND receipt_number = ANY ($4)
         ORDER BY 1, 2",
    )
    .bind(village)
    .bind(households)
    .bind(bills)
    .bind(receipts)
    .fetch_all(conn)
    .await
}

/// Households of a village whose head has that name and whose open bills come to that amount.
pub async fn heads(conn: &mut PgConnection, village: &str, name_index: &[u8], amount_fen: i64) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT household_id FROM household h WHERE division_code = $1 AND head_name_index = $2
         AND (SELECT sum(outstanding_fen) FROM bill b WHERE b.household_id = h.household_id AND open) = $3
         ORDER BY 1",
    )
    .bind(village)
    .bind(name_index)
    .bind(amount_fen)
    .fetch_all(conn)
    .await
}

/// Recorded bank and mobile payments of a division paid until `until` that no line has confirmed, after (village, receipt).
pub async fn unconfirmed_list(
    conn: &mut PgConnection,
    division: &str,
    until: Date,
    after: Option<(&str, i64)>,
    limit: i64,
) -> Result<Vec<Payment>> {
    let condition = " AND method IN (2, 3) AND effective_on <= ";
    payment::payment_where(conn, division, after, limit, |query| {
        query.push(condition).push_bind(until);
        query.push(
            " AND NOT EXISTS (SELECT FROM journal_entry r WHERE r.reverses = e.id)
              AND NOT EXISTS (SELECT FROM statement_line s WHERE s.entry_id = e.id AND s.state IN (3, 4))",
        );
    })
    .await
}
