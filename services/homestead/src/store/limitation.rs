//! What interrupts the limitation of bills.

use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::arrears::Debtors;

/// Kinds of events that are recorded; part payments stand in the journal.
pub const NOTICE_SERVED: i16 = 1;
pub const AGREEMENT: i16 = 3;

/// An interruption of one bill: 1 notice served, 2 part payment, 3 agreement.
#[derive(Debug, FromRow)]
pub struct Interruption {
    pub bill_id: Uuid,
    /// The bill's original due date, which limitation goes by.
    pub due_on: Date,
    pub effective_on: Date,
    pub kind: i16,
}

/// Something that interrupts the limitation of several bills of a household.
#[derive(Debug)]
pub struct Event<'a> {
    pub division_code: &'a str,
    pub household_id: &'a str,
    pub kind: i16,
    pub effective_on: Date,
    /// Resource name of what proves it.
    pub proof: &'a str,
    pub recorded_by: &'a str,
    pub recorded_at: OffsetDateTime,
}

/// Of the bills of `asked`: recorded events, and payments on them that were not reversed.
const OF_ASKED: &str = "), once_paid AS (
        -- Of what nothing is paid now nothing ever was, unless something was undone in the household since.
        SELECT * FROM asked
        WHERE paid_fen > 0 OR household_id IN (SELECT household_id FROM journal_entry WHERE kind IN (3, 4))
    )
    SELECT a.id AS bill_id, a.due_on, e.effective_on, 2::smallint AS kind
    FROM once_paid a
    JOIN journal_entry e ON e.household_id = a.household_id AND e.kind = 2
    JOIN transfer t ON t.entry_id = e.id AND t.credit = 1 AND t.bill_id = a.id
    WHERE NOT EXISTS (SELECT FROM journal_entry r WHERE r.reverses = e.id)
    UNION
    SELECT a.id, a.due_on, v.effective_on, v.kind
    FROM asked a
    JOIN limitation_event v ON v.household_id = a.household_id
        AND (v.bill_id = a.id OR v.bill_id IS NULL AND a.due_on < v.effective_on)";

/// What interrupts the limitation of `bills`.
pub async fn interruptions(conn: &mut PgConnection, bills: &[Uuid]) -> Result<Vec<Interruption>> {
    let mut query = QueryBuilder::new(
        "WITH asked AS (SELECT id, household_id, paid_fen, coalesce(original_due_on, due_on) AS due_on FROM bill WHERE id = ANY (",
    );
    query.push_bind(bills).push(")").push(OF_ASKED);
    query.build_query_as().fetch_all(conn).await
}

/// What interrupts the limitation of the bills of debtors.
pub async fn interruptions_overdue(conn: &mut PgConnection, debtors: &Debtors<'_>) -> Result<Vec<Interruption>> {
    let mut query = QueryBuilder::new(
        "WITH asked AS (SELECT id, household_id, paid_fen, coalesce(original_due_on, due_on) AS due_on",
    );
    debtors.bills(&mut query);
    query.push(OF_ASKED);
    query.build_query_as().fetch_all(conn).await
}

/// The bills of a household that were beyond their original due dates at the end of `day`, whatever was paid since, by due date.
pub async fn bills_overdue(conn: &mut PgConnection, household_id: &str, day: Date) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "SELECT b.id FROM bill b
         WHERE b.household_id = $1 AND coalesce(b.original_due_on, b.due_on) < $2 AND (
             SELECT coalesce(sum(CASE WHEN t.debit = 1 THEN t.amount_fen WHEN t.credit = 1 THEN -t.amount_fen END), 0)
             FROM journal_entry e JOIN transfer t ON t.entry_id = e.id
             WHERE e.household_id = b.household_id AND t.bill_id = b.id AND e.effective_on <= $2
         ) > 0
         ORDER BY b.due_on, b.id",
    )
    .bind(household_id)
    .bind(day)
    .fetch_all(conn)
    .await
}

/// Adds an event for each of `bills`, under the ids given.
pub async fn event_insert(conn: &mut PgConnection, ids: &[Uuid], bills: &[Uuid], event: &Event<'_>) -> Result<()> {
    sqlx::query(
        "INSERT INTO limitation_event (id, division_code, household_id, bill_id, kind, effective_on, proof, recorded_by, recorded_at)
         SELECT x.id, $3, $4, x.bill_id, $5, $6, $7, $8, $9 FROM unnest($1::uuid[], $2::uuid[]) AS x (id, bill_id)",
    )
    .bind(ids)
    .bind(bills)
    .bind(event.division_code)
    .bind(event.household_id)
    .bind(event.kind)
    .bind(event.effective_on)
    .bind(event.proof)
    .bind(event.recorded_by)
    .bind(event.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}
