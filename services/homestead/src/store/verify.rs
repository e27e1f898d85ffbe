//! Recounting books from their transfers. Every query answers what does not agree; none of them changes anything.

use futures::{Stream, StreamExt as _};
use sqlx::{FromRow, PgConnection, Result};
use time::Date;
use uuid::Uuid;

/// Something that does not agree.
#[derive(Debug, Clone, FromRow, PartialEq, Eq)]
pub struct Mismatch {
    /// Id of an entry, bill, household or division.
    pub subject: String,
    pub expected: i64,
    pub found: i64,
}

/// What was recounted.
#[derive(Debug, Clone, Copy, Default, FromRow)]
pub struct Counts {
    pub books: i64,
    pub entries: i64,
    pub receipts: i64,
    pub transfers: i64,
    pub debit_fen: i64,
}

/// Which comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Entries whose sides do not add up to 0, or whose amount is not that of their transfers.
    Entries,
    /// Bills that differ from the transfers that name them.
    Bills,
    /// Advances that differ from their transfers.
    Advances,
    /// Books that differ from their transfers.
    Books,
    /// Books whose entry numbers have gaps.
    EntryNumbers,
    /// Books whose receipt numbers have gaps.
    ReceiptNumbers,
    /// Reversals that do not take back one payment to the fen.
    Reversals,
    /// Rewards due that differ from their transfers.
    Rewards,
    /// Entries that move money between other accounts than their kind allows.
    Kinds,
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Entries,
        Self::Bills,
        Self::Advances,
        Self::Books,
        Self::EntryNumbers,
        Self::ReceiptNumbers,
        Self::Reversals,
        Self::Rewards,
        Self::Kinds,
    ];

    /// The query; `$1` is the first and `$2` the end of the range of codes, `$3` the most rows.
    fn sql(self) -> &'static str {
        match self {
            Self::Entries => {
                "SELECT e.id::text AS subject, e.amount_fen AS expected, coalesce(t.amount_fen, 0)::bigint AS found
                 FROM journal_entry e LEFT JOIN (
                     -- The amount of a bill is its charge; that of a payment or reversal everything it moves.
                     SELECT p.entry_id, sum(p.amount_fen) AS balance,
                            sum(p.amount_fen) FILTER (WHERE p.amount_fen > 0 AND (e.kind <> 1 OR p.account = 1)) AS amount_fen
                     FROM posting p JOIN journal_entry e ON e.id = p.entry_id
                     WHERE p.division_code >= $1 AND p.division_code < $2 GROUP BY p.entry_id
                 ) t ON t.entry_id = e.id
                 WHERE e.division_code >= $1 AND e.division_code < $2
                   AND (t.balance IS DISTINCT FROM 0 OR t.amount_fen IS DISTINCT FROM e.amount_fen)
                 UNION ALL
                 SELECT t.entry_id::text, 0, t.amount_fen FROM transfer t
                 WHERE t.division_code >= $1 AND t.division_code < $2
                   AND NOT EXISTS (SELECT FROM journal_entry e WHERE e.id = t.entry_id AND e.division_code = t.division_code)
                 LIMIT $3"
            }
            Self::Bills => {
                // A bill's own entry charges it; what others move between its receivable and an account is credited, remitted,
                // written off or paid.
                "SELECT coalesce(b.id, t.bill_id)::text AS subject,
                        (t.gross - t.credited - t.relief - t.remitted - t.written_off - t.paid)::bigint AS expected,
                        coalesce(b.outstanding_fen, 0) AS found
                 FROM (SELECT * FROM bill WHERE division_code >= $1 AND division_code < $2) b
                 FULL JOIN (
                     SELECT bill_id, coalesce(sum(-side) FILTER (WHERE other = 2 AND own), 0)::bigint AS gross,
                            coalesce(sum(side) FILTER (WHERE other = 3 AND own), 0)::bigint AS relief,
                            coalesce(sum(side) FILTER (WHERE other = 2 AND NOT own), 0)::bigint AS credited,
                            coalesce(sum(side) FILTER (WHERE other = 3 AND NOT own), 0)::bigint AS remitted,
                            coalesce(sum(side) FILTER (WHERE other = 7), 0)::bigint AS written_off,
                            coalesce(sum(side) FILTER (WHERE other IN (4, 5, 6, 9)), 0)::bigint AS paid
                     FROM (SELECT bill_id, entry_id = bill_id AS own, CASE WHEN credit = 1 THEN debit ELSE credit END AS other,
                                  CASE WHEN credit = 1 THEN amount_fen ELSE -amount_fen END AS side
                           FROM transfer WHERE division_code >= $1 AND division_code < $2 AND bill_id IS NOT NULL) x
                     GROUP BY bill_id
                 ) t ON t.bill_id = b.id
                 WHERE (b.gross_fen, b.relief_fen, b.credited_fen, b.remitted_fen, b.written_off_fen, b.paid_fen)
                     IS DISTINCT FROM (t.gross, t.relief, t.credited, t.remitted, t.written_off, t.paid)
                 LIMIT $3"
            }
            Self::Advances => {
                "SELECT coalesce(a.household_id, t.holder) AS subject, coalesce(t.amount_fen, 0)::bigint AS expected,
                        coalesce(a.amount_fen, 0) AS found
                 FROM (SELECT * FROM advance WHERE division_code >= $1 AND division_code < $2) a
                 FULL JOIN (
                     SELECT holder, -sum(amount_fen) AS amount_fen FROM posting
                     WHERE account = 6 AND division_code >= $1 AND division_code < $2 GROUP BY holder
                 ) t ON t.holder = a.household_id
                 WHERE coalesce(a.amount_fen, 0) <> coalesce(t.amount_fen, 0)
                 LIMIT $3"
            }
            Self::Books => {
                "SELECT coalesce(b.division_code, t.division_code) AS subject, coalesce(t.amount_fen, 0)::bigint AS expected,
                        coalesce(b.amount_fen, 0) AS found
                 FROM (
                     SELECT b.division_code, x.account, x.amount_fen FROM book b CROSS JOIN LATERAL (VALUES
                         (1, billed_fen - relieved_fen - written_off_fen - settled_fen), (2, -billed_fen), (3, relieved_fen),
                         (4, cash_fen), (5, bank_fen), (6, -advance_fen), (7, written_off_fen), (8, reward_fen), (9, -payable_fen)
                     ) AS x (account, amount_fen)
                     WHERE b.division_code >= $1 AND b.division_code < $2
                 ) b
                 FULL JOIN (
                     SELECT division_code, account, sum(amount_fen) AS amount_fen FROM posting
                     WHERE division_code >= $1 AND division_code < $2 GROUP BY division_code, account
                 ) t ON t.division_code = b.division_code AND t.account = b.account
                 WHERE coalesce(b.amount_fen, 0) <> coalesce(t.amount_fen, 0)
                 LIMIT $3"
            }
            Self::EntryNumbers => {
                "SELECT b.division_code AS subject, b.entries AS expected, count(e.id) AS found
                 FROM book b LEFT JOIN journal_entry e ON e.division_code = b.division_code AND e.entry_number BETWEEN 1 AND b.entries
                 WHERE b.division_code >= $1 AND b.division_code < $2
                 GROUP BY b.division_code, b.entries HAVING count(e.id) <> b.entries
                 UNION ALL
                 SELECT e.division_code, coalesce(b.entries, 0), e.entry_number
                 FROM journal_entry e LEFT JOIN book b ON b.division_code = e.division_code
                 WHERE e.division_code >= $1 AND e.division_code < $2
                   AND (b.division_code IS NULL OR NOT e.entry_number BETWEEN 1 AND b.entries)
                 LIMIT $3"
            }
            Self::ReceiptNumbers => {
                "SELECT b.division_code AS subject, b.receipts AS expected, count(e.id) AS found
                 FROM book b LEFT JOIN journal_entry e ON e.division_code = b.division_code AND e.receipt_number BETWEEN 1 AND b.receipts
                 WHERE b.division_code >= $1 AND b.division_code < $2
                 GROUP BY b.division_code, b.receipts HAVING count(e.id) <> b.receipts
                 UNION ALL
                 SELECT e.division_code, coalesce(b.receipts, 0), e.receipt_number
                 FROM journal_entry e LEFT JOIN book b ON b.division_code = e.division_code
                 WHERE e.division_code >= $1 AND e.division_code < $2 AND e.receipt_number IS NOT NULL
                   AND (b.division_code IS NULL OR NOT e.receipt_number BETWEEN 1 AND b.receipts)
                 LIMIT $3"
            }
            Self::Reversals => {
                "SELECT r.id::text AS subject, coalesce(p.amount_fen, 0) AS expected, r.amount_fen AS found
                 FROM journal_entry r LEFT JOIN journal_entry p ON p.id = r.reverses AND p.kind = 2
                     AND p.division_code = r.division_code AND p.household_id = r.household_id AND p.amount_fen = r.amount_fen
                 WHERE r.kind = 3 AND r.division_code >= $1 AND r.division_code < $2 AND (p.id IS NULL OR EXISTS (
                     SELECT FROM transfer t JOIN transfer q ON q.entry_id = p.id AND q.line = 1
                     WHERE t.entry_id = r.id AND (t.credit, t.credit_holder) <> (q.debit, q.debit_holder)))
                 LIMIT $3"
            }
            Self::Rewards => {
                "SELECT coalesce(a.household_id, t.holder) AS subject, coalesce(t.amount_fen, 0)::bigint AS expected,
                        coalesce(a.amount_fen, 0) AS found
                 FROM (SELECT * FROM payable WHERE division_code >= $1 AND division_code < $2) a
                 FULL JOIN (
                     SELECT holder, -sum(amount_fen) AS amount_fen FROM posting
                     WHERE account = 9 AND division_code >= $1 AND division_code < $2 GROUP BY holder
                 ) t ON t.holder = a.household_id
                 WHERE coalesce(a.amount_fen, 0) <> coalesce(t.amount_fen, 0)
                 LIMIT $3"
            }
            Self::Kinds => {
                "SELECT e.id::text AS subject, 0::bigint AS expected, t.amount_fen AS found
                 FROM transfer t JOIN journal_entry e ON e.id = t.entry_id
                     LEFT JOIN entry_rule r ON (r.kind, r.debit, r.credit) = (e.kind, t.debit, t.credit)
                 WHERE t.division_code >= $1 AND t.division_code < $2 AND r.kind IS NULL
                 LIMIT $3"
            }
        }
    }
}

/// Makes every later statement of the transaction see the tables as they stand at the first.
pub async fn freeze(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        .execute(conn)
        .await?;
    Ok(())
}

/// What does not agree in the books of a division, at most `limit`.
pub async fn mismatches(
    conn: &mut PgConnection,
    comparison: Comparison,
    division: &str,
    limit: i64,
) -> Result<Vec<Mismatch>> {
    sqlx::query_as(comparison.sql())
        .bind(division)
        .bind(super::end(division))
        .bind(limit)
        .fetch_all(conn)
        .await
}

/// Books, entries, receipts, transfers and debits of a division.
pub async fn counts(conn: &mut PgConnection, division: &str) -> Result<Counts> {
    sqlx::query_as(
        "SELECT (SELECT count(*) FROM book WHERE division_code >= $1 AND division_code < $2) AS books, e.entries, e.receipts,
                t.transfers, t.debit_fen
         FROM (SELECT count(*) AS entries, count(receipt_number) AS receipts FROM journal_entry
               WHERE division_code >= $1 AND division_code < $2) e,
              (SELECT count(*) AS transfers, coalesce(sum(amount_fen), 0)::bigint AS debit_fen FROM transfer
               WHERE division_code >= $1 AND division_code < $2) t",
    )
    .bind(division)
    .bind(super::end(division))
    .fetch_one(conn)
    .await
}

/// What a recount holds against a tariff.
#[derive(Debug, FromRow)]
pub struct Issued {
    pub id: Uuid,
    pub tariff_id: Uuid,
    pub from_on: Date,
    pub until_on: Date,
    pub over_dm2: i64,
    pub relief_class: Option<i16>,
    pub gross_fen: i64,
    pub relief_fen: i64,
}

/// All bills of a division that were issued by billing, one after another.
pub fn bills<'a>(conn: &'a mut PgConnection, division: &'a str) -> impl Stream<Item = Result<Issued>> + 'a {
    sqlx::query_as(
        "SELECT id, tariff_id, from_on, until_on, over_dm2, relief_class, gross_fen, relief_fen
         FROM bill WHERE corrects IS NULL AND division_code >= $1 AND division_code < $2",
    )
    .bind(division)
    .bind(super::end(division))
    .fetch(conn)
    .boxed()
}
