//! The work list of collection.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Whose arrears are asked for.
#[derive(Debug, Clone, Copy)]
pub struct Debtors<'a> {
    /// Prefix of their divisions.
    pub division: &'a str,
    /// Empty: of every cadre.
    pub cadre: &'a str,
    /// What was due before it is overdue.
    pub day: Date,
}

impl Debtors<'_> {
    /// Their overdue bills, for a query that has named its columns.
    pub(super) fn bills(&self, query: &mut QueryBuilder<Postgres>) {
        query.push(" FROM bill WHERE open AND due_on < ").push_bind(self.day);
        super::within(query, self.division);
        if !self.cadre.is_empty() {
            let of_cadre = " AND household_id IN (SELECT household_id FROM portfolio WHERE cadre_id = ";
            query.push(of_cadre).push_bind(self.cadre.to_owned()).push(")");
        }
    }
}

/// When bills become barred: those that something interrupted, and all others by their original due date.
#[derive(Debug, Default)]
pub struct Barred {
    pub bills: Vec<Uuid>,
    pub bills_on: Vec<Date>,
    pub due_on: Vec<Date>,
    pub due_barred_on: Vec<Date>,
}

/// A household that owes something overdue.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Case {
    pub household_id: String,
    pub division_code: String,
    pub cadre_id: String,
    pub overdue_fen: i64,
    /// Of that, what is barred.
    pub barred_fen: i64,
    pub oldest_due_on: Date,
    /// The next day on which a claim becomes barred; once all are, the last.
    pub limitation_on: Date,
}

/// Where a case stands in the list: whether all of it is barred, the nearest day, the amount, the household.
pub type Key<'a> = (bool, Date, i64, &'a str);

/// What was done about a household, and what it said.
#[derive(Debug, FromRow)]
pub struct History {
    pub household_id: String,
    pub disputed: bool,
    pub objection_id: Option<Uuid>,
    pub last_stage: Option<i16>,
    pub last_on: Option<Date>,
    pub visited_at: Option<OffsetDateTime>,
    pub promise_visit: Option<Uuid>,
    pub promise_on: Option<Date>,
    pub promise_fen: Option<i64>,
    pub promise_paid_fen: Option<i64>,
}

/// The original due dates of the bills of debtors.
pub async fn due_dates(conn: &mut PgConnection, debtors: &Debtors<'_>) -> Result<Vec<Date>> {
    let mut query = QueryBuilder::new("SELECT DISTINCT coalesce(original_due_on, due_on)");
    debtors.bills(&mut query);
    query.build_query_scalar().fetch_all(conn).await
}

/// Debtors after `after`, at most `limit`: those with a claim to lose first, the nearest day first, the largest amount first.
pub async fn cases(
    conn: &mut PgConnection,
    debtors: &Debtors<'_>,
    barred: &Barred,
    after: Option<Key<'_>>,
    limit: i64,
) -> Result<Vec<Case>> {
    let mut query = QueryBuilder::new(
        "WITH owed AS (SELECT id, household_id, division_code, due_on, coalesce(original_due_on, due_on) AS original, outstanding_fen",
    );
    debtors.bills(&mut query);
    query.push("), dated AS (SELECT o.*, coalesce(i.barred_on, d.barred_on) AS barred_on FROM owed o JOIN unnest(");
    query
        .push_bind(&barred.due_on)
        .push(", ")
        .push_bind(&barred.due_barred_on);
    query.push(") AS d (original, barred_on) USING (original) LEFT JOIN unnest(");
    query.push_bind(&barred.bills).push(", ").push_bind(&barred.bills_on);
    query.push(") AS i (id, barred_on) USING (id)), debtor AS (
            SELECT household_id, division_code, sum(outstanding_fen)::bigint AS overdue_fen, min(due_on) AS oldest_due_on,
                   coalesce(sum(outstanding_fen) FILTER (WHERE barred_on <= ");
    query.push_bind(debtors.day);
    query.push("), 0)::bigint AS barred_fen, coalesce(min(barred_on) FILTER (WHERE barred_on > ");
    query.push_bind(debtors.day);
    query.push(
        "), max(barred_on)) AS limitation_on FROM dated GROUP BY household_id, division_code
         )
         SELECT d.*, f.cadre_id FROM debtor d JOIN portfolio f USING (household_id)",
    );
    if let Some((all_barred, limitation_on, overdue_fen, household)) = after {
        query.push(" WHERE (barred_fen = overdue_fen, limitation_on, -overdue_fen, household_id) > (");
        query
            .push_bind(all_barred)
            .push(", ")
            .push_bind(limitation_on)
            .push(", ");
        query
            .push_bind(-overdue_fen)
            .push(", ")
            .push_bind(household.to_owned())
            .push(")");
    }
    query
        .push(" ORDER BY barred_fen = overdue_fen, limitation_on, -overdue_fen, household_id LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// The histories of `households`.
pub async fn histories(conn: &mut PgConnection, households: &[&str]) -> Result<Vec<History>> {
    sqlx::query_as(
        "SELECT h.household_id,
                EXISTS (SELECT FROM parcel p WHERE p.household_id = h.household_id AND p.disputed) AS disputed,
                (SELECT o.id FROM objection o WHERE o.household_id = h.household_id AND o.state = 1 ORDER BY o.id LIMIT 1)
                    AS objection_id,
                n.stage AS last_stage, n.notice_on AS last_on,
                (SELECT max(visited_at) FROM visit v WHERE v.household_id = h.household_id) AS visited_at,
                p.id AS promise_visit, p.promise_on, p.promise_fen,
                (SELECT coalesce(sum(e.amount_fen), 0)::bigint FROM journal_entry e
                 WHERE e.household_id = h.household_id AND e.kind = 2
                     AND e.effective_on >= (p.visited_at AT TIME ZONE 'Asia/Shanghai')::date
                     AND NOT EXISTS (SELECT FROM journal_entry r WHERE r.reverses = e.id)) AS promise_paid_fen
         FROM unnest($1::text[]) AS h (household_id)
         LEFT JOIN LATERAL (
             SELECT stage, notice_on FROM dunning_notice n WHERE n.household_id = h.household_id ORDER BY notice_on DESC LIMIT 1
         ) n ON true
         LEFT JOIN LATERAL (
             SELECT id, visited_at, promise_on, promise_fen FROM visit v WHERE v.household_id = h.household_id AND v.outcome = 1
             ORDER BY visited_at DESC, id DESC LIMIT 1
         ) p ON true",
    )
    .bind(households)
    .fetch_all(conn)
    .await
}
