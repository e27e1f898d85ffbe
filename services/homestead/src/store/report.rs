//! What reports are reckoned from: everything by effective date, from the journal itself.

use futures::TryStreamExt as _;
use homestead_core::report::{Settled, curve::Moved, roll, year::Flow};
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Result, Row as _, postgres::PgRow};
use time::Date;
use uuid::Uuid;

use super::ageing::{deferred, prefix};

/// Transfers of entries `e` that name a bill, seen from it: the account on the other side, and what it took off, in fen.
pub const SIDES: &str =
    "SELECT t.bill_id, e.effective_on, CASE WHEN t.credit = 1 THEN t.debit ELSE t.credit END AS other,
        CASE WHEN t.credit = 1 THEN t.amount_fen ELSE -t.amount_fen END AS fen
    FROM journal_entry e JOIN transfer t ON t.entry_id = e.id WHERE t.bill_id IS NOT NULL";

/// [`Settled`] of rows of [`SIDES`].
const SETTLED: &str = "coalesce(sum(m.fen) FILTER (WHERE m.other IN (4, 5, 6, 9)), 0)::bigint AS paid_fen,
    coalesce(sum(m.fen) FILTER (WHERE m.other = 3), 0)::bigint AS remitted_fen,
    coalesce(sum(m.fen) FILTER (WHERE m.other = 2), 0)::bigint AS credited_fen,
    coalesce(sum(m.fen) FILTER (WHERE m.other = 7), 0)::bigint AS written_off_fen";

fn settled(row: &PgRow) -> Result<Settled> {
    Ok(Settled {
        paid_fen: row.try_get("paid_fen")?,
        remitted_fen: row.try_get("remitted_fen")?,
        credited_fen: row.try_get("credited_fen")?,
        written_off_fen: row.try_get("written_off_fen")?,
    })
}

/// Puts what took effect after `first` and until `last` on the bills that were open at the end of `first`; reads row by row.
pub async fn rolled(conn: &mut PgConnection, division: &str, first: Date, last: Date) -> Result<roll::Rows> {
    let mut query = QueryBuilder::new("WITH later AS (SELECT bill_id, sum(m.later_fen) AS later_fen, ");
    query.push(SETTLED);
    query.push(" FROM (SELECT bill_id, other, fen AS later_fen, CASE WHEN effective_on <= ");
    query.push_bind(last).push(" THEN fen ELSE 0 END AS fen FROM (");
    query.push(SIDES).push(" AND e.kind <> 1 AND e.effective_on > ");
    query.push_bind(first).push(") x) m GROUP BY bill_id) SELECT (");
    query.push_bind(first);
    query
        .push(" - coalesce(d1.due_on, b.original_due_on, b.due_on))::bigint AS days_first, (")
        .push_bind(last);
    query.push(
        " - coalesce(d2.due_on, b.original_due_on, b.due_on))::bigint AS days_last,
          (b.outstanding_fen + coalesce(l.later_fen, 0))::bigint AS open_fen,
          coalesce(l.paid_fen, 0) AS paid_fen, coalesce(l.remitted_fen, 0) AS remitted_fen,
          coalesce(l.credited_fen, 0) AS credited_fen, coalesce(l.written_off_fen, 0) AS written_off_fen
        FROM bill b LEFT JOIN later l ON l.bill_id = b.id",
    );
    deferred(&mut query, "d1", first);
    deferred(&mut query, "d2", last);
    query.push(" WHERE b.outstanding_fen + coalesce(l.later_fen, 0) > 0 AND b.issued_on <= ");
    query.push_bind(first);
    prefix(&mut query, division);
    let mut rolled = roll::Rows::default();
    let mut rows = query.build().fetch(conn);
    while let Some(row) = rows.try_next().await? {
        rolled.add(&roll::Bill {
            days_first: row.try_get("days_first")?,
            days_last: row.try_get("days_last")?,
            open_fen: row.try_get("open_fen")?,
            settled: settled(&row)?,
        });
    }
    drop(rows);
    Ok(rolled)
}

/// Bills of a curve.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub division: &'a str,
    pub of: Of,
    /// Issued by then.
    pub as_of: Date,
}

/// Which bills.
#[derive(Debug, Clone, Copy)]
pub enum Of {
    /// Of a billing run.
    Run(Uuid),
    /// Due from the first day until before the second, by the date that the bill was issued with.
    Due(Date, Date),
}

/// What was billed.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Billed {
    pub bills: i64,
    /// After the relief of their issue.
    pub billed_fen: i64,
    pub last_due_on: Option<Date>,
}

impl Wanted<'_> {
    fn push(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(" AND issued_on <= ").push_bind(self.as_of);
        match self.of {
            Of::Run(run) => query.push(" AND run_id = ").push_bind(run),
            Of::Due(from, until) => {
                query.push(" AND coalesce(original_due_on, due_on) >= ").push_bind(from);
                query.push(" AND coalesce(original_due_on, due_on) < ").push_bind(until)
            }
        };
        super::within(query, self.division);
    }
}

/// What was billed.
pub async fn billed(conn: &mut PgConnection, wanted: Wanted<'_>) -> Result<Billed> {
    let mut query = QueryBuilder::new(
        "SELECT count(*) AS bills, coalesce(sum(gross_fen - relief_fen), 0)::bigint AS billed_fen, max(coalesce(original_due_on, due_on)) AS last_due_on
         FROM bill WHERE true",
    );
    wanted.push(&mut query);
    query.build_query_as().fetch_one(conn).await
}

/// What was settled of it by `as_of`, by days since the due date.
pub async fn settled_since_due(conn: &mut PgConnection, wanted: Wanted<'_>) -> Result<Vec<Moved>> {
    let mut query = QueryBuilder::new("SELECT greatest(m.effective_on - b.due_on, 0)::bigint AS days, ");
    query
        .push(SETTLED)
        .push(" FROM (SELECT id, coalesce(original_due_on, due_on) AS due_on FROM bill WHERE true");
    wanted.push(&mut query);
    // An advance settles a bill with the bill's own entry.
    query.push(") b JOIN (").push(SIDES);
    query.push(" AND (e.kind <> 1 OR t.debit = 6) AND e.effective_on <= ");
    query.push_bind(wanted.as_of).push(") m ON m.bill_id = b.id GROUP BY 1");
    let rows = query.build().fetch_all(conn).await?;
    let moved = |row: &PgRow| {
        Ok(Moved {
            days: row.try_get("days")?,
            settled: settled(row)?,
        })
    };
    rows.iter().map(moved).collect()
}

/// What a book says of a year beside its accounts.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct BookYear {
    /// Nothing of the year can change any more.
    pub closed: bool,
    pub households: i64,
    pub bills: i64,
}

/// The book of a village in the days from `from` until before `until`.
pub async fn book_year(conn: &mut PgConnection, village: &str, from: Date, until: Date) -> Result<Option<BookYear>> {
    sqlx::query_as(
        "SELECT coalesce(k.closed_before >= $3, false) AS closed, e.households, e.bills
         FROM book k, (SELECT count(DISTINCT household_id) AS households, count(*) AS bills FROM journal_entry
                       WHERE kind = 1 AND division_code = $1 AND effective_on >= $2 AND effective_on < $3) e
         WHERE k.division_code = $1",
    )
    .bind(village)
    .bind(from)
    .bind(until)
    .fetch_optional(conn)
    .await
}

/// Everything that moved in a village's book in these days.
pub async fn flows(conn: &mut PgConnection, village: &str, from: Date, until: Date) -> Result<Vec<Flow>> {
    let rows = sqlx::query(
        "SELECT e.kind, t.debit, t.credit, coalesce(r.method, e.method, 0::smallint) AS method,
                coalesce(b.relief_class, 0::smallint) AS class, b.corrects IS NOT NULL AS further, sum(t.amount_fen)::bigint AS fen
         FROM journal_entry e JOIN transfer t ON t.entry_id = e.id
         LEFT JOIN journal_entry r ON r.id = e.reverses LEFT JOIN bill b ON e.kind = 1 AND b.id = e.id
         WHERE e.division_code = $1 AND e.effective_on >= $2 AND e.effective_on < $3
         GROUP BY 1, 2, 3, 4, 5, 6",
    )
    .bind(village)
    .bind(from)
    .bind(until)
    .fetch_all(conn)
    .await?;
    let flow = |row: &PgRow| {
        Ok(Flow {
            kind: row.try_get("kind")?,
            debit: row.try_get("debit")?,
            credit: row.try_get("credit")?,
            method: row.try_get("method")?,
            class: row.try_get("class")?,
            further: row.try_get("further")?,
            fen: row.try_get("fen")?,
        })
    };
    rows.iter().map(flow).collect()
}

/// Debits less credits of an account until a day.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Side {
    pub account: i16,
    /// Before the first of the days.
    pub opening_fen: i64,
    /// Before the end of them.
    pub closing_fen: i64,
}

/// The accounts of a village before `from` and before `until`, reckoned from both sides of every transfer.
pub async fn balances(conn: &mut PgConnection, village: &str, from: Date, until: Date) -> Result<Vec<Side>> {
    sqlx::query_as(
        "SELECT p.account, coalesce(sum(p.fen) FILTER (WHERE e.effective_on < $2), 0)::bigint AS opening_fen,
                sum(p.fen)::bigint AS closing_fen
         FROM journal_entry e JOIN transfer t ON t.entry_id = e.id
         CROSS JOIN LATERAL (VALUES (t.debit, t.amount_fen), (t.credit, -t.amount_fen)) p (account, fen)
         WHERE e.division_code = $1 AND e.effective_on < $3 GROUP BY 1",
    )
    .bind(village)
    .bind(from)
    .bind(until)
    .fetch_all(conn)
    .await
}
