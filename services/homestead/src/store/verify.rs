//! Recounting books from their transfers. Every query answers what does not agree; none of them changes anything.

mod shape;
mod sums;

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
    /// Advances beside open bills of the same household.
    IdleAdvances,
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
    /// Entries that move money between other accounts than their kind allows, or of another household.
    Kinds,
    /// Bills with an amount below 0.
    NegativeBills,
    /// Advances and rewards due below 0.
    NegativeHouseholds,
    /// Books with a total below 0.
    NegativeBooks,
    /// Bills that charge days which another bill of the household charges.
    Overlaps,
    /// Bills that add to another without a correction that says so.
    Supplements,
    /// Entries that were written after their period was closed.
    Closed,
    /// Books that were opened again.
    Reopened,
    /// Payments without receipt, other entries with one, and payments that were given up.
    Receipts,
    /// Announced payments that are confirmed and not in the journal.
    Confirmed,
    /// Lines of bank statements whose entry is missing or another line's.
    Lines,
    /// Entries that stand twice.
    TwiceEntries,
    /// Bills that stand twice.
    TwiceBills,
    /// Advances and rewards due that stand twice.
    TwiceHouseholds,
    /// Books that stand twice.
    TwiceBooks,
    /// Households with a bill that have no cadre, or several.
    Debtors,
}

impl Comparison {
    /// All of them.
    pub const ALL: [Self; 25] = [
        Self::Entries,
        Self::Bills,
        Self::Advances,
        Self::IdleAdvances,
        Self::Books,
        Self::EntryNumbers,
        Self::ReceiptNumbers,
        Self::Reversals,
        Self::Rewards,
        Self::Kinds,
        Self::NegativeBills,
        Self::NegativeHouseholds,
        Self::NegativeBooks,
        Self::Overlaps,
        Self::Supplements,
        Self::Closed,
        Self::Reopened,
        Self::Receipts,
        Self::Confirmed,
        Self::Lines,
        Self::TwiceEntries,
        Self::TwiceBills,
        Self::TwiceHouseholds,
        Self::TwiceBooks,
        Self::Debtors,
    ];

    /// The query; `$1` is the first and `$2` the end of the range of codes, `$3` the most rows.
    fn sql(self) -> &'static str {
        match self {
            Self::Entries => sums::ENTRIES,
            Self::Bills => sums::BILLS,
            Self::Advances => sums::ADVANCES,
            Self::IdleAdvances => sums::IDLE_ADVANCES,
            Self::Books => sums::BOOKS,
            Self::EntryNumbers => shape::ENTRY_NUMBERS,
            Self::ReceiptNumbers => shape::RECEIPT_NUMBERS,
            Self::Reversals => shape::REVERSALS,
            Self::Rewards => sums::REWARDS,
            Self::Kinds => shape::KINDS,
            Self::NegativeBills => sums::NEGATIVE_BILLS,
            Self::NegativeHouseholds => sums::NEGATIVE_HOUSEHOLDS,
            Self::NegativeBooks => sums::NEGATIVE_BOOKS,
            Self::Overlaps => shape::OVERLAPS,
            Self::Supplements => shape::SUPPLEMENTS,
            Self::Closed => shape::CLOSED,
            Self::Reopened => shape::REOPENED,
            Self::Receipts => shape::RECEIPTS,
            Self::Confirmed => shape::CONFIRMED,
            Self::Lines => shape::LINES,
            Self::TwiceEntries => shape::TWICE_ENTRIES,
            Self::TwiceBills => shape::TWICE_BILLS,
            Self::TwiceHouseholds => shape::TWICE_HOUSEHOLDS,
            Self::TwiceBooks => shape::TWICE_BOOKS,
            Self::Debtors => shape::DEBTORS,
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
