//! Agreements on instalments, and the due dates that bills have by them.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// `INSTALMENT_PLAN_STATE_ACTIVE`.
pub const ACTIVE: i16 = 1;
/// `INSTALMENT_PLAN_STATE_FULFILLED`.
pub const FULFILLED: i16 = 2;
/// `INSTALMENT_PLAN_STATE_DEFAULTED`.
pub const DEFAULTED: i16 = 3;
/// `INSTALMENT_PLAN_STATE_CANCELLED`.
pub const CANCELLED: i16 = 4;

/// An agreement as it is stored, with what is owed on its bills.
#[derive(Debug, Clone, FromRow)]
pub struct Plan {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub agreed_on: Date,
    pub agreed_fen: i64,
    pub grace_days: i16,
    pub document: String,
    pub bills: Vec<Uuid>,
    /// As it was last recorded.
    pub state: i16,
    pub ended_on: Option<Date>,
    pub reason: String,
    pub recorded_by: String,
    pub recorded_at: OffsetDateTime,
    pub outstanding_fen: i64,
    /// Of its instalments, in order.
    pub due_on: Vec<Date>,
    pub amount_fen: Vec<i64>,
    /// Due date that its bills have by it now.
    pub deferred_to: Option<Date>,
}

const SELECT: &str = "SELECT id, division_code, household_id, agreed_on, agreed_fen, grace_days, document, bills, state, ended_on,
        reason, recorded_by, recorded_at,
        (SELECT coalesce(sum(b.outstanding_fen), 0)::bigint FROM bill b WHERE b.id = ANY (p.bills)) AS outstanding_fen,
        (SELECT array_agg(i.due_on ORDER BY i.number) FROM instalment i WHERE i.plan_id = p.id) AS due_on,
        (SELECT array_agg(i.amount_fen ORDER BY i.number) FROM instalment i WHERE i.plan_id = p.id) AS amount_fen,
        (SELECT min(d.due_on) FROM deferral d WHERE d.bill_id = ANY (p.bills) AND d.plan_id = p.id AND d.until_on IS NULL)
            AS deferred_to
    FROM instalment_plan p WHERE true";

/// Those that can change by themselves: active ones, and fulfilled ones on whose bills something is owed again, unless the
/// household has agreed anew since.
const OPEN: &str = " AND state IN (1, 2) AND (state = 1 OR EXISTS (
        SELECT FROM bill b WHERE b.id = ANY (p.bills) AND b.open
    ) AND NOT EXISTS (SELECT FROM instalment_plan o WHERE o.household_id = p.household_id AND o.state = 1))";

/// Gets an agreement.
pub async fn plan_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Plan>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Agreements of a division after `after`, by id.
pub async fn plan_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    state: Option<i16>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Plan>> {
    let mut query = QueryBuilder::new(SELECT);
    if let Some(state) = state {
        query.push(" AND state = ").push_bind(state);
    }
    super::page(&mut query, division, filter, after, limit);
    query.build_query_as().fetch_all(conn).await
}

/// Villages with agreements that can change by themselves.
pub async fn villages_open(conn: &mut PgConnection) -> Result<Vec<String>> {
    let mut query = QueryBuilder::new("SELECT DISTINCT division_code FROM instalment_plan p WHERE true");
    query.push(OPEN).push(" ORDER BY 1");
    query.build_query_scalar().fetch_all(conn).await
}

/// The agreements of a village that can change by themselves, by id.
pub async fn plans_open(conn: &mut PgConnection, village: &str) -> Result<Vec<Plan>> {
    let mut query = QueryBuilder::new(SELECT);
    query
        .push(OPEN)
        .push(" AND division_code = ")
        .push_bind(village.to_owned());
    query.push(" ORDER BY id").build_query_as().fetch_all(conn).await
}

/// The same of one household.
pub async fn plans_open_of(conn: &mut PgConnection, household_id: &str) -> Result<Vec<Plan>> {
    let mut query = QueryBuilder::new(SELECT);
    query
        .push(OPEN)
        .push(" AND household_id = ")
        .push_bind(household_id.to_owned());
    query.push(" ORDER BY id").build_query_as().fetch_all(conn).await
}

/// Keeps an agreement with its instalments.
pub async fn plan_insert(conn: &mut PgConnection, plan: &Plan) -> Result<()> {
    sqlx::query(
        "INSERT INTO instalment_plan (id, division_code, household_id, agreed_on, agreed_fen, grace_days, document, bills,
                                      recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(plan.id)
    .bind(&plan.division_code)
    .bind(&plan.household_id)
    .bind(plan.agreed_on)
    .bind(plan.agreed_fen)
    .bind(plan.grace_days)
    .bind(&plan.document)
    .bind(&plan.bills)
    .bind(&plan.recorded_by)
    .bind(plan.recorded_at)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO instalment (plan_id, number, division_code, due_on, amount_fen)
         SELECT $1, x.number, $2, x.due_on, x.amount_fen
         FROM unnest($3::date[], $4::bigint[]) WITH ORDINALITY AS x (due_on, amount_fen, number)",
    )
    .bind(plan.id)
    .bind(&plan.division_code)
    .bind(&plan.due_on)
    .bind(&plan.amount_fen)
    .execute(conn)
    .await?;
    Ok(())
}

/// Records where an agreement stands.
pub async fn plan_state(
    conn: &mut PgConnection,
    id: Uuid,
    state: i16,
    ended_on: Option<Date>,
    reason: &str,
) -> Result<()> {
    sqlx::query("UPDATE instalment_plan SET state = $2, ended_on = $3, reason = $4 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(ended_on)
        .bind(reason)
        .execute(conn)
        .await?;
    Ok(())
}

/// From `day` on the bills of an agreement are due on `due_on`, or on their original due dates.
pub async fn defer(conn: &mut PgConnection, plan: &Plan, due_on: Option<Date>, day: Date) -> Result<()> {
    sqlx::query("UPDATE deferral SET until_on = greatest(from_on, $2) WHERE plan_id = $1 AND until_on IS NULL")
        .bind(plan.id)
        .bind(day)
        .execute(&mut *conn)
        .await?;
    if let Some(due_on) = due_on {
        sqlx::query(
            "INSERT INTO deferral (bill_id, plan_id, division_code, original_due_on, from_on, due_on)
             SELECT b.id, $1, b.division_code, coalesce(b.original_due_on, b.due_on), $3, $4 FROM bill b WHERE b.id = ANY ($2)",
        )
        .bind(plan.id)
        .bind(&plan.bills)
        .bind(day)
        .bind(due_on)
        .execute(&mut *conn)
        .await?;
    }
    sqlx::query("SELECT follow_deferrals($1)")
        .bind(&plan.bills)
        .execute(conn)
        .await?;
    Ok(())
}
