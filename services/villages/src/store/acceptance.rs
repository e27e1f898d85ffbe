//! Acceptances and what was done about them.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{plan::PlanKey, rating::end, rating_facts::At};

/// An acceptance as it was applied for.
#[derive(Debug, Clone)]
pub struct NewAcceptance<'a> {
    pub acceptance_id: Uuid,
    pub division_code: &'a str,
    pub plan: &'a PlanKey,
    pub year: i32,
    pub tier: &'a str,
    pub content: Vec<u8>,
    pub applied_at: OffsetDateTime,
}

/// An acceptance as it is kept.
#[derive(Debug, Clone, FromRow)]
pub struct AcceptanceRow {
    pub acceptance_id: Uuid,
    pub division_code: String,
    #[sqlx(flatten)]
    pub plan: Version,
    pub content: Vec<u8>,
    /// First day on which the village no longer exists.
    pub ended_on: Option<Date>,
}

/// The version of the plan that governs an acceptance.
#[derive(Debug, Clone, FromRow)]
pub struct Version {
    pub plan_division: String,
    pub plan_code: String,
    pub plan_version: i32,
}

impl Version {
    /// Its identity.
    pub fn key(&self) -> PlanKey {
        PlanKey {
            division_code: self.plan_division.clone(),
            plan_code: self.plan_code.clone(),
            version: self.plan_version,
        }
    }
}

/// What was done about an acceptance.
#[derive(Debug, Clone)]
pub struct EntryRow<'a> {
    pub acceptance_id: Uuid,
    pub number: i32,
    pub division_code: &'a str,
    pub state: &'static str,
    pub content: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// Which acceptances to list.
#[derive(Debug)]
pub struct AcceptanceQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    /// By which knowledge of the register.
    pub at: At,
    /// Last acceptance of the page before.
    pub after: Option<Uuid>,
    /// Most acceptances.
    pub limit: i64,
}

/// Acceptances with their state; one that is not decided lapses with its village.
fn select(at: At) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(
        "SELECT acceptance_id, division_code, plan_division, plan_code, plan_version, content, ended_on FROM (
             SELECT a.*, v.ended_on,
                    CASE WHEN s.state IN ('APPLIED', 'SAMPLED', 'INSPECTED', 'PUBLICISED', 'REOPENED') AND v.ended_on <= ",
    );
    query.push_bind(at.date).push(
        " THEN 'LAPSED' ELSE s.state END AS state
             FROM acceptances a
             CROSS JOIN LATERAL (
                 SELECT coalesce((SELECT e.state FROM acceptance_entries e WHERE e.acceptance_id = a.acceptance_id
                                  ORDER BY e.number DESC LIMIT 1), 'APPLIED') AS state) s
             CROSS JOIN LATERAL (
                 SELECT CASE WHEN bool_or(d.valid_until IS NULL) THEN NULL ELSE max(d.valid_until) END AS ended_on
                 FROM divisions d WHERE d.division_code = a.division_code AND d.known_from <= ",
    );
    query
        .push_bind(at.known_at)
        .push(" AND (d.known_until IS NULL OR d.known_until > ")
        .push_bind(at.known_at)
        .push(")) v) acceptances WHERE true");
    query
}

/// Keeps an application.
pub async fn acceptance_insert(conn: &mut PgConnection, new: &NewAcceptance<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO acceptances (acceptance_id, division_code, plan_division, plan_code, plan_version, year, tier, content,
             applied_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(new.acceptance_id)
    .bind(new.division_code)
    .bind(&new.plan.division_code)
    .bind(&new.plan.plan_code)
    .bind(new.plan.version)
    .bind(new.year)
    .bind(new.tier)
    .bind(&new.content)
    .bind(new.applied_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// An acceptance; with `until` one that was applied for by then.
pub async fn acceptance_get(
    conn: &mut PgConnection,
    id: Uuid,
    at: At,
    until: Option<OffsetDateTime>,
) -> Result<Option<AcceptanceRow>, sqlx::Error> {
    let mut query = select(at);
    query.push(" AND acceptance_id = ").push_bind(id);
    if let Some(until) = until {
        query.push(" AND applied_at <= ").push_bind(until);
    }
    query.build_query_as().fetch_optional(conn).await
}

/// An acceptance, after waiting for other deeds about it to end.
pub async fn acceptance_lock(conn: &mut PgConnection, id: Uuid, at: At) -> Result<Option<AcceptanceRow>, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.acceptance ' || $1::uuid, 0))")
        .bind(id)
        .execute(&mut *conn)
        .await?;
    acceptance_get(conn, id, at, None).await
}

/// Acceptances of a division and below it, newest first.
pub async fn acceptances_list(
    conn: &mut PgConnection,
    list: &AcceptanceQuery<'_>,
    filter: &Filter,
) -> Result<Vec<AcceptanceRow>, sqlx::Error> {
    let mut query = select(list.at);
    query.push(" AND division_code >= ").push_bind(list.division);
    query.push(" AND division_code < ").push_bind(end(list.division));
    if let Some(after) = list.after {
        query
            .push(" AND (applied_at, acceptance_id) < (SELECT b.applied_at, b.acceptance_id FROM acceptances b WHERE b.acceptance_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY applied_at DESC, acceptance_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Makes applications of a plan wait for one another until the end of the transaction.
pub async fn applications_lock(conn: &mut PgConnection, plan: &PlanKey) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.acceptances ' || $1 || ' ' || $2, 0))")
        .bind(&plan.division_code)
        .bind(&plan.plan_code)
        .execute(conn)
        .await?;
    Ok(())
}

/// Villages with the acceptance for a tier and year that is under way or certified.
pub async fn acceptances_standing(
    conn: &mut PgConnection,
    villages: &[&str],
    plan: &PlanKey,
    year: i32,
    tier: &str,
) -> Result<Vec<(String, Uuid)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT a.division_code, a.acceptance_id FROM acceptances a
         WHERE a.division_code = ANY($1) AND a.plan_division = $2 AND a.plan_code = $3 AND a.year = $4 AND a.tier = $5
           AND coalesce((SELECT e.state FROM acceptance_entries e WHERE e.acceptance_id = a.acceptance_id
                         ORDER BY e.number DESC LIMIT 1), '') NOT IN ('FAILED', 'REJECTED', 'WITHDRAWN', 'REVOKED')",
    )
    .bind(villages)
    .bind(&plan.division_code)
    .bind(&plan.plan_code)
    .bind(year)
    .bind(tier)
    .fetch_all(conn)
    .await
}

/// Acceptances and contents of what was done about them, in order; with `until` what was recorded by then.
pub async fn entries_of(
    conn: &mut PgConnection,
    acceptances: &[Uuid],
    until: Option<OffsetDateTime>,
) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT acceptance_id, content FROM acceptance_entries WHERE acceptance_id = ANY($1)
           AND ($2::timestamptz IS NULL OR recorded_at <= $2)
         ORDER BY acceptance_id, number",
    )
    .bind(acceptances)
    .bind(until)
    .fetch_all(conn)
    .await
}

/// Adds what was done about an acceptance.
pub async fn entry_insert(conn: &mut PgConnection, row: &EntryRow<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO acceptance_entries (acceptance_id, number, division_code, state, content, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.acceptance_id)
    .bind(row.number)
    .bind(row.division_code)
    .bind(row.state)
    .bind(&row.content)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}
