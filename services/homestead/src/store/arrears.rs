//! The work list of collection.

use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A household that owes something overdue, with the bills behind it by due date.
#[derive(Debug, FromRow)]
pub struct Debtor {
    pub household_id: String,
    pub division_code: String,
    pub cadre_id: String,
    pub bills: Vec<Uuid>,
    pub due_on: Vec<Date>,
    /// What limitation goes by.
    pub original_due_on: Vec<Date>,
    pub outstanding_fen: Vec<i64>,
}

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

/// The debtors of a division on `day`; of one cadre unless `cadre` is empty.
pub async fn debtors(conn: &mut PgConnection, division: &str, cadre: &str, day: Date) -> Result<Vec<Debtor>> {
    let mut query = QueryBuilder::new(
        "SELECT b.household_id, b.division_code, f.cadre_id, b.bills, b.due_on, b.original_due_on, b.outstanding_fen
         FROM (
             SELECT household_id, division_code, array_agg(id ORDER BY due_on, id) AS bills, array_agg(due_on ORDER BY due_on, id) AS due_on,
                    array_agg(coalesce(original_due_on, due_on) ORDER BY due_on, id) AS original_due_on,
                    array_agg(outstanding_fen ORDER BY due_on, id) AS outstanding_fen
             FROM bill WHERE open AND due_on < ",
    );
    query.push_bind(day);
    super::within(&mut query, division);
    query.push(" GROUP BY household_id, division_code) b JOIN portfolio f USING (household_id)");
    if !cadre.is_empty() {
        query.push(" WHERE f.cadre_id = ").push_bind(cadre.to_owned());
    }
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
