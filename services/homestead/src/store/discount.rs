//! Bills that may earn the discount of their tariff, and those that did.

use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use uuid::Uuid;

/// A bill that has no discount, with what is to be decided by.
#[derive(Debug, FromRow)]
pub struct Candidate {
    pub bill_id: Uuid,
    pub household_id: String,
    pub tariff_id: Uuid,
    pub outstanding_fen: i64,
    pub paid_fen: i64,
    /// What it asks: charged and not remitted. What was given up was asked all the same.
    pub asked_fen: i64,
    /// Received for it in time and not taken back; more than `paid_fen` where a part was made an advance.
    pub in_time_fen: i64,
}

/// A bill that had a discount and is owed again.
#[derive(Debug, FromRow)]
pub struct Lost {
    pub bill_id: Uuid,
    pub household_id: String,
    pub entry_id: Uuid,
    pub saved_fen: i64,
    /// Relief of all kinds on the bill.
    pub relieved_fen: i64,
}

/// Villages whose books have changed since, by code after `after`, at most `limit`.
pub async fn changed(conn: &mut PgConnection, after: &str, limit: i64) -> Result<Vec<String>> {
    sqlx::query_scalar(
        "SELECT b.division_code FROM book b LEFT JOIN discount_looked l USING (division_code)
         WHERE b.entries > coalesce(l.entries, 0) AND b.division_code > $1 ORDER BY b.division_code LIMIT $2",
    )
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Bills of a village on which something was posted since discounts were looked for in it: of no others has anything changed.
const TOUCHED: &str = "WITH touched AS (
        SELECT DISTINCT t.bill_id FROM journal_entry e JOIN transfer t ON t.entry_id = e.id
        WHERE e.division_code = $1 AND t.bill_id IS NOT NULL
          AND e.entry_number > coalesce((SELECT entries FROM discount_looked WHERE division_code = $1), 0)
    )";

/// The touched bills of a village that quote one of `tariffs`, are paid in part at least and have no discount. `last_days` are the
/// days after its issue on which a bill can earn it, by tariff.
pub async fn candidates(
    conn: &mut PgConnection,
    village: &str,
    tariffs: &[Uuid],
    last_days: &[i32],
) -> Result<Vec<Candidate>> {
    let mut query = QueryBuilder::new(TOUCHED);
    query.push(
        " SELECT b.id AS bill_id, b.household_id, b.tariff_id, b.outstanding_fen, b.paid_fen,
                b.paid_fen + b.outstanding_fen + b.written_off_fen AS asked_fen,
                coalesce((
                    SELECT sum(t.amount_fen) FROM journal_entry e JOIN transfer t ON t.entry_id = e.id
                    WHERE e.household_id = b.household_id AND t.bill_id = b.id AND t.credit = 1 AND t.debit IN (4, 5, 6)
                      AND e.kind IN (1, 2, 13) AND e.effective_on <= b.issued_on + x.within_days
                      AND NOT EXISTS (SELECT FROM journal_entry r WHERE r.reverses = e.id)
                ), 0)::bigint - coalesce((
                    -- What the undoing of payments took beyond what they had settled of this bill: an advance set against it.
                    SELECT sum(greatest(r.taken_fen - r.given_fen, 0)) FROM (
                        SELECT sum(t.amount_fen) AS taken_fen,
                               coalesce((SELECT sum(g.amount_fen) FROM transfer g
                                         WHERE g.entry_id = e.reverses AND g.bill_id = b.id AND g.credit = 1), 0) AS given_fen
                        FROM journal_entry e JOIN transfer t ON t.entry_id = e.id
                        WHERE e.household_id = b.household_id AND e.kind = 3 AND t.bill_id = b.id AND t.debit = 1
                        GROUP BY e.id, e.reverses
                    ) r
                ), 0)::bigint AS in_time_fen
         FROM touched JOIN bill b ON b.id = touched.bill_id
         JOIN unnest($2::uuid[], $3::int[]) AS x (tariff_id, within_days) USING (tariff_id)
         WHERE b.corrects IS NULL AND b.paid_fen > 0
           AND NOT EXISTS (SELECT FROM discount_granted g WHERE g.bill_id = b.id AND g.withdrawn_by IS NULL)
         ORDER BY b.id",
    );
    query
        .build_query_as()
        .bind(village)
        .bind(tariffs)
        .bind(last_days)
        .fetch_all(conn)
        .await
}

/// The touched bills of a village that had a discount and are owed again.
pub async fn lost(conn: &mut PgConnection, village: &str) -> Result<Vec<Lost>> {
    let mut query = QueryBuilder::new(TOUCHED);
    query.push(
        " SELECT g.bill_id, b.household_id, g.entry_id, g.saved_fen, b.relief_fen + b.remitted_fen AS relieved_fen
         FROM touched JOIN discount_granted g USING (bill_id) JOIN bill b ON b.id = g.bill_id
         WHERE g.withdrawn_by IS NULL AND b.open ORDER BY g.bill_id",
    );
    query.build_query_as().bind(village).fetch_all(conn).await
}

/// Those of the bills that have their discount.
pub async fn granted_of(conn: &mut PgConnection, bills: &[Uuid]) -> Result<Vec<Uuid>> {
    sqlx::query_scalar("SELECT bill_id FROM discount_granted WHERE bill_id = ANY ($1) AND withdrawn_by IS NULL")
        .bind(bills)
        .fetch_all(conn)
        .await
}

/// A discount, and the entry by which a bill has it.
#[derive(Debug, Clone, Copy)]
pub struct Granted {
    pub bill_id: Uuid,
    pub entry_id: Uuid,
    pub saved_fen: i64,
}

/// Notes which bills of a village have their discount.
pub async fn granted(conn: &mut PgConnection, village: &str, all: &[Granted]) -> Result<()> {
    sqlx::query(
        "INSERT INTO discount_granted (bill_id, division_code, entry_id, saved_fen)
         SELECT x.bill_id, $1, x.entry_id, x.saved_fen FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS x (bill_id, entry_id, saved_fen)
         ON CONFLICT (bill_id) DO UPDATE SET entry_id = excluded.entry_id, saved_fen = excluded.saved_fen, withdrawn_by = NULL",
    )
    .bind(village)
    .bind(all.iter().map(|one| one.bill_id).collect::<Vec<_>>())
    .bind(all.iter().map(|one| one.entry_id).collect::<Vec<_>>())
    .bind(all.iter().map(|one| one.saved_fen).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that an entry took the discount of a bill back.
pub async fn withdrawn(conn: &mut PgConnection, bill_id: Uuid, entry_id: Uuid) -> Result<()> {
    sqlx::query("UPDATE discount_granted SET withdrawn_by = $2 WHERE bill_id = $1")
        .bind(bill_id)
        .bind(entry_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that discounts were looked for in a village, whose book is held, up to its last entry.
pub async fn looked(conn: &mut PgConnection, village: &str) -> Result<()> {
    sqlx::query(
        "INSERT INTO discount_looked (division_code, entries) SELECT division_code, entries FROM book WHERE division_code = $1
         ON CONFLICT (division_code) DO UPDATE SET entries = excluded.entries",
    )
    .bind(village)
    .execute(conn)
    .await?;
    Ok(())
}
