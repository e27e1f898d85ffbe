//! Falsification cases and what was done about them.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{plan::PlanKey, rating::end};

/// A case as it was opened.
#[derive(Debug, Clone)]
pub struct NewCase {
    pub case_id: Uuid,
    pub division_code: String,
    pub indicator: String,
    pub claim_date: Date,
    pub plan: PlanKey,
    pub content: Vec<u8>,
    pub opened_at: OffsetDateTime,
}

/// A case as it is kept.
#[derive(Debug, Clone, FromRow)]
pub struct CaseRow {
    pub case_id: Uuid,
    pub division_code: String,
    pub plan_division: String,
    pub plan_code: String,
    pub plan_version: i32,
    pub content: Vec<u8>,
}

impl CaseRow {
    /// The plan version that it goes by.
    pub fn plan(&self) -> PlanKey {
        PlanKey {
            division_code: self.plan_division.clone(),
            plan_code: self.plan_code.clone(),
            version: self.plan_version,
        }
    }
}

/// What was done about a case.
#[derive(Debug, Clone)]
pub struct CaseEntryRow {
    pub case_id: Uuid,
    pub number: i32,
    pub division_code: String,
    pub state: &'static str,
    pub content: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// Which cases to list.
#[derive(Debug)]
pub struct CaseQuery<'a> {
    pub division: &'a str,
    pub after: Option<Uuid>,
    pub limit: i64,
}

const COLUMNS: &str = "case_id, division_code, plan_division, plan_code, plan_version, content";

/// Keeps a case; false if the village, indicator and date have one.
pub async fn case_insert(conn: &mut PgConnection, row: &NewCase) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO cases (case_id, division_code, indicator, claim_date, plan_division, plan_code, plan_version, content,
             opened_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (division_code, indicator, claim_date) DO NOTHING",
    )
    .bind(row.case_id)
    .bind(&row.division_code)
    .bind(&row.indicator)
    .bind(row.claim_date)
    .bind(&row.plan.division_code)
    .bind(&row.plan.plan_code)
    .bind(row.plan.version)
    .bind(&row.content)
    .bind(row.opened_at)
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The case about the figure of a village, indicator and date.
pub async fn case_about(
    conn: &mut PgConnection,
    division: &str,
    indicator: &str,
    claim_date: Date,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT case_id FROM cases WHERE division_code = $1 AND indicator = $2 AND claim_date = $3")
        .bind(division)
        .bind(indicator)
        .bind(claim_date)
        .fetch_optional(conn)
        .await
}

/// A case.
pub async fn case_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<CaseRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query.push(COLUMNS).push(" FROM cases WHERE case_id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// A case, after waiting for other entries about it to end.
pub async fn case_lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<CaseRow>, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.case ' || $1::uuid, 0))")
        .bind(id)
        .execute(&mut *conn)
        .await?;
    case_get(conn, id).await
}

/// Cases of a division and below it, newest first.
pub async fn cases_list(
    conn: &mut PgConnection,
    list: &CaseQuery<'_>,
    filter: &Filter,
) -> Result<Vec<CaseRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query.push(COLUMNS).push(
        " FROM (
             SELECT c.*, coalesce((SELECT e.state FROM case_entries e WHERE e.case_id = c.case_id
                                   ORDER BY e.number DESC LIMIT 1), 'OPENED') AS state
             FROM cases c) cases
         WHERE division_code >= ",
    );
    query
        .push_bind(list.division)
        .push(" AND division_code < ")
        .push_bind(end(list.division));
    if let Some(after) = list.after {
        query
            .push(" AND (opened_at, case_id) < (SELECT a.opened_at, a.case_id FROM cases a WHERE a.case_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY opened_at DESC, case_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Cases and contents of what was done about them, in order.
pub async fn entries_of(conn: &mut PgConnection, cases: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as("SELECT case_id, content FROM case_entries WHERE case_id = ANY($1) ORDER BY case_id, number")
        .bind(cases)
        .fetch_all(conn)
        .await
}

/// Adds what was done about a case.
pub async fn entry_insert(conn: &mut PgConnection, row: &CaseEntryRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO case_entries (case_id, number, division_code, state, content, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.case_id)
    .bind(row.number)
    .bind(&row.division_code)
    .bind(row.state)
    .bind(&row.content)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}
