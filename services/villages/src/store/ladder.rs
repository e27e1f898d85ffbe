//! Steps of the accountability ladder and what was done about them.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{plan::PlanKey, rating::end};

/// A drafted step.
#[derive(Debug, Clone)]
pub struct StepRow {
    pub step_id: Uuid,
    pub division_code: String,
    pub plan_division: String,
    pub plan_code: String,
    pub cadre_id: String,
    pub trigger: &'static str,
    pub occasion: String,
    pub bulletin_id: Option<Uuid>,
    pub content: Vec<u8>,
    pub drafted_at: OffsetDateTime,
}

/// What counts towards a person's next step.
#[derive(Debug)]
pub struct OccurrenceRow<'a> {
    pub cadre_id: &'a str,
    pub plan: &'a PlanKey,
    pub trigger: &'a str,
    pub occasion: &'a str,
    pub division_code: &'a str,
    pub recorded_at: OffsetDateTime,
}

/// Counts an occasion; false if it was counted before.
pub async fn occurrence_insert(conn: &mut PgConnection, row: &OccurrenceRow<'_>) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO ladder_occurrences (cadre_id, plan_division, plan_code, step_trigger, occasion, division_code, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(row.cadre_id)
    .bind(&row.plan.division_code)
    .bind(&row.plan.plan_code)
    .bind(row.trigger)
    .bind(row.occasion)
    .bind(row.division_code)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// How many occasions of a trigger a person has under a plan, in whatever division, less those whose step was dropped or
/// reversed.
pub async fn occasions_of(
    conn: &mut PgConnection,
    plan: &PlanKey,
    trigger: &str,
    cadre: &str,
) -> Result<i64, sqlx::Error> {
    let counted: Option<i64> = sqlx::query_scalar("SELECT occasions FROM ladder_occasions($1, $2, $3, $4)")
        .bind([cadre])
        .bind(&plan.division_code)
        .bind(&plan.plan_code)
        .bind(trigger)
        .fetch_optional(conn)
        .await?;
    Ok(counted.unwrap_or(0))
}

/// Keeps a draft. A person has one for a trigger and occasion.
pub async fn step_insert(conn: &mut PgConnection, row: &StepRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO ladder_steps (step_id, division_code, plan_division, plan_code, cadre_id, step_trigger, occasion,
             bulletin_id, content, drafted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(row.step_id)
    .bind(&row.division_code)
    .bind(&row.plan_division)
    .bind(&row.plan_code)
    .bind(&row.cadre_id)
    .bind(row.trigger)
    .bind(&row.occasion)
    .bind(row.bulletin_id)
    .bind(&row.content)
    .bind(row.drafted_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A step as it was drafted.
#[derive(Debug, Clone, FromRow)]
pub struct Drafted {
    pub step_id: Uuid,
    pub division_code: String,
    pub content: Vec<u8>,
}

/// What was done about a step.
#[derive(Debug, Clone)]
pub struct EntryRow {
    pub step_id: Uuid,
    pub number: i32,
    pub division_code: String,
    pub state: &'static str,
    pub content: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// Which steps to list.
#[derive(Debug)]
pub struct StepQuery<'a> {
    pub division: &'a str,
    /// Empty for everybody.
    pub cadre: &'a str,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// A step.
pub async fn step_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Drafted>, sqlx::Error> {
    sqlx::query_as("SELECT step_id, division_code, content FROM ladder_steps WHERE step_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// A step, after waiting for other entries about it to end.
pub async fn step_lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<Drafted>, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.ladder ' || $1::uuid, 0))")
        .bind(id)
        .execute(&mut *conn)
        .await?;
    step_get(conn, id).await
}

/// Steps of a division and below it, newest first.
pub async fn steps_list(
    conn: &mut PgConnection,
    list: &StepQuery<'_>,
    filter: &Filter,
) -> Result<Vec<Drafted>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT step_id, division_code, content FROM (
             SELECT s.*, coalesce((SELECT e.state FROM ladder_entries e WHERE e.step_id = s.step_id
                                   ORDER BY e.number DESC LIMIT 1), 'DRAFTED') AS state
             FROM ladder_steps s) steps
         WHERE division_code >= ",
    );
    query
        .push_bind(list.division)
        .push(" AND division_code < ")
        .push_bind(end(list.division));
    if !list.cadre.is_empty() {
        query.push(" AND cadre_id = ").push_bind(list.cadre);
    }
    if let Some(after) = list.after {
        query
            .push(" AND (drafted_at, step_id) < (SELECT a.drafted_at, a.step_id FROM ladder_steps a WHERE a.step_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY drafted_at DESC, step_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Steps and contents of what was done about them, in order; with `known_at` only what was recorded by then.
pub async fn entries_of(
    conn: &mut PgConnection,
    steps: &[Uuid],
    known_at: Option<OffsetDateTime>,
) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT step_id, content FROM ladder_entries WHERE step_id = ANY($1) AND ($2::timestamptz IS NULL OR recorded_at <= $2)
         ORDER BY step_id, number",
    )
        .bind(steps)
        .bind(known_at)
        .fetch_all(conn)
        .await
}

/// Adds what was done about a step.
pub async fn entry_insert(conn: &mut PgConnection, row: &EntryRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO ladder_entries (step_id, number, division_code, state, content, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.step_id)
    .bind(row.number)
    .bind(&row.division_code)
    .bind(row.state)
    .bind(&row.content)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}
