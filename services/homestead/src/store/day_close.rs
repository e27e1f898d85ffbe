//! Days that were counted and frozen.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A closed day as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct DayClose {
    pub id: Uuid,
    pub division_code: String,
    pub closed_on: Date,
    #[sqlx(flatten)]
    pub totals: Totals,
    pub counted_cash_fen: i64,
    pub reason: String,
    pub closer: String,
    pub closed_at: OffsetDateTime,
}

/// What the entries of a close come to.
#[derive(Debug, Clone, FromRow)]
pub struct Totals {
    pub first_receipt: i64,
    pub last_receipt: i64,
    pub receipts: i64,
    pub cash_fen: i64,
    pub bank_fen: i64,
    pub mobile_fen: i64,
    pub reversals: i64,
    pub reversed_fen: i64,
    pub remitted_fen: i64,
    pub last_entry_number: i64,
    pub booked_cash_fen: i64,
}

/// The last closed day of a village and its last entry.
pub async fn last(conn: &mut PgConnection, village: &str) -> Result<Option<(Date, i64)>> {
    sqlx::query_as(
        "SELECT closed_on, last_entry_number FROM day_close WHERE division_code = $1 ORDER BY closed_on DESC LIMIT 1",
    )
    .bind(village)
    .fetch_optional(conn)
    .await
}

/// What the entries after number `after` of a village, whose book is held, come to; `None` if it has no book.
pub async fn totals(conn: &mut PgConnection, village: &str, after: i64) -> Result<Option<Totals>> {
    sqlx::query_as(
        "SELECT coalesce(min(e.receipt_number), 0) AS first_receipt, coalesce(max(e.receipt_number), 0) AS last_receipt,
                count(e.receipt_number) AS receipts,
                coalesce(sum(e.amount_fen) FILTER (WHERE e.kind = 2 AND e.method = 1), 0)::bigint AS cash_fen,
                coalesce(sum(e.amount_fen) FILTER (WHERE e.kind = 2 AND e.method = 2), 0)::bigint AS bank_fen,
                coalesce(sum(e.amount_fen) FILTER (WHERE e.kind = 2 AND e.method = 3), 0)::bigint AS mobile_fen,
                count(*) FILTER (WHERE e.kind = 3) AS reversals,
                coalesce(sum(e.amount_fen) FILTER (WHERE e.kind = 3), 0)::bigint AS reversed_fen,
                coalesce(sum(e.amount_fen) FILTER (WHERE e.kind = 8), 0)::bigint AS remitted_fen,
                b.entries AS last_entry_number, b.cash_fen AS booked_cash_fen
         FROM book b LEFT JOIN journal_entry e ON e.division_code = b.division_code AND e.entry_number > $2
         WHERE b.division_code = $1 GROUP BY b.division_code",
    )
    .bind(village)
    .bind(after)
    .fetch_optional(conn)
    .await
}

/// Freezes a day.
pub async fn insert(conn: &mut PgConnection, close: &DayClose) -> Result<()> {
    let totals = &close.totals;
    sqlx::query(
        "INSERT INTO day_close (id, division_code, closed_on, first_receipt, last_receipt, receipts, cash_fen, bank_fen, mobile_fen,
                                reversals, reversed_fen, remitted_fen, last_entry_number, booked_cash_fen, counted_cash_fen, reason,
                                closer, closed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(close.id)
    .bind(&close.division_code)
    .bind(close.closed_on)
    .bind(totals.first_receipt)
    .bind(totals.last_receipt)
    .bind(totals.receipts)
    .bind(totals.cash_fen)
    .bind(totals.bank_fen)
    .bind(totals.mobile_fen)
    .bind(totals.reversals)
    .bind(totals.reversed_fen)
    .bind(totals.remitted_fen)
    .bind(totals.last_entry_number)
    .bind(totals.booked_cash_fen)
    .bind(close.counted_cash_fen)
    .bind(&close.reason)
    .bind(&close.closer)
    .bind(close.closed_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Closed days of a division after (village, day), by village and day.
pub async fn list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<DayClose>> {
    let mut query = QueryBuilder::new("SELECT * FROM day_close WHERE true");
    super::within(&mut query, division);
    filter.push(&mut query);
    if let Some(after) = after {
        query
            .push(" AND (division_code, closed_on) > (SELECT division_code, closed_on FROM day_close WHERE id = ")
            .push_bind(after)
            .push(")");
    }
    query.push(" ORDER BY division_code, closed_on LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}
