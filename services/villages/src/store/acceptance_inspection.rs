//! What inspections are drawn from, who may make them, and what they found.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{plan::PlanKey, rating::end};

/// A household of the frame.
#[derive(Debug, Clone, FromRow)]
pub struct FrameRow {
    pub household_id: String,
    pub group_code: Option<String>,
}

/// What was found at a unit.
#[derive(Debug)]
pub struct RecordRow<'a> {
    pub acceptance_id: Uuid,
    pub round: i32,
    pub unit_number: i32,
    pub revision: i32,
    pub division_code: &'a str,
    pub content: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// Households registered in one of `villages` on `date`, by id.
pub async fn frame(conn: &mut PgConnection, villages: &[String], date: Date) -> Result<Vec<FrameRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT household_id, group_code FROM households
         WHERE division_code = ANY($1) AND known_until IS NULL AND valid_from <= $2
           AND (valid_until IS NULL OR valid_until > $2)
         ORDER BY household_id",
    )
    .bind(villages)
    .bind(date)
    .fetch_all(conn)
    .await
}

/// Those of `cadres` who, on `date`, hold a post in `division` or below it, belong there, or answer for a task there.
pub async fn concerned(
    conn: &mut PgConnection,
    division: &str,
    cadres: &[String],
    date: Date,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT cadre_id FROM cadre_assignments
         WHERE cadre_id = ANY($3) AND division_code >= $1 AND division_code < $2 AND known_until IS NULL
           AND valid_from <= $4 AND (valid_until IS NULL OR valid_until > $4)
         UNION
         SELECT cadre_id FROM cadres
         WHERE cadre_id = ANY($3) AND division_code >= $1 AND division_code < $2 AND known_until IS NULL
           AND valid_from <= $4 AND (valid_until IS NULL OR valid_until > $4)
         UNION
         SELECT person FROM (
             SELECT DISTINCT ON (task_id) leader_id || member_ids AS persons FROM task_tenures
             WHERE division_code >= $1 AND division_code < $2 AND start_date <= $4
             ORDER BY task_id, tenure_id DESC) held, unnest(held.persons) AS person
         WHERE person = ANY($3)",
    )
    .bind(division)
    .bind(end(division))
    .bind(cadres)
    .bind(date)
    .fetch_all(conn)
    .await
}

/// Units that each of `cadres` was given in a year of a plan.
pub async fn loads(
    conn: &mut PgConnection,
    plan: &PlanKey,
    year: i32,
    cadres: &[String],
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT i.cadre_id, sum(i.unit_count)::bigint FROM acceptance_inspectors i JOIN acceptances a USING (acceptance_id)
         WHERE i.cadre_id = ANY($4) AND a.plan_division = $1 AND a.plan_code = $2 AND a.year = $3
         GROUP BY i.cadre_id",
    )
    .bind(&plan.division_code)
    .bind(&plan.plan_code)
    .bind(year)
    .bind(cadres)
    .fetch_all(conn)
    .await
}

/// Keeps how many units somebody inspects in a round of an acceptance.
pub async fn inspector_insert(
    conn: &mut PgConnection,
    (acceptance, round): (Uuid, i32),
    division: &str,
    cadre: &str,
    units: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO acceptance_inspectors (acceptance_id, round, division_code, cadre_id, unit_count)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(acceptance)
    .bind(round)
    .bind(division)
    .bind(cadre)
    .bind(units)
    .execute(conn)
    .await?;
    Ok(())
}

/// Contents of the records of a round that count, by unit.
pub async fn records_of(conn: &mut PgConnection, acceptance: Uuid, round: i32) -> Result<Vec<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT content FROM (
             SELECT DISTINCT ON (unit_number) unit_number, content FROM inspection_records
             WHERE acceptance_id = $1 AND round = $2 ORDER BY unit_number, revision DESC) latest
         ORDER BY unit_number",
    )
    .bind(acceptance)
    .bind(round)
    .fetch_all(conn)
    .await
}

/// Highest revision of what was recorded of a unit; 0 for nothing.
pub async fn revision_of(conn: &mut PgConnection, acceptance: Uuid, round: i32, unit: i32) -> Result<i32, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT coalesce(max(revision), 0) FROM inspection_records
         WHERE acceptance_id = $1 AND round = $2 AND unit_number = $3",
    )
    .bind(acceptance)
    .bind(round)
    .bind(unit)
    .fetch_one(conn)
    .await
}

/// Adds what was found at a unit.
pub async fn record_insert(conn: &mut PgConnection, row: &RecordRow<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO inspection_records (acceptance_id, round, unit_number, revision, division_code, content, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.acceptance_id)
    .bind(row.round)
    .bind(row.unit_number)
    .bind(row.revision)
    .bind(row.division_code)
    .bind(&row.content)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}
