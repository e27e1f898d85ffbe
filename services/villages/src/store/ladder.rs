//! Drafted steps of the accountability ladder.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rating::end;

/// A drafted step.
#[derive(Debug, Clone)]
pub struct StepRow {
    pub step_id: Uuid,
    pub division_code: String,
    pub plan_division: String,
    pub plan_code: String,
    pub cadre_id: String,
    pub trigger: &'static str,
    pub week: Date,
    pub bulletin_id: Uuid,
    pub content: Vec<u8>,
    pub drafted_at: OffsetDateTime,
}

/// Keeps a draft; false if the person has one for this trigger and week.
pub async fn step_insert(conn: &mut PgConnection, row: &StepRow) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO ladder_steps (step_id, division_code, plan_division, plan_code, cadre_id, step_trigger, week,
             bulletin_id, content, drafted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (cadre_id, plan_division, plan_code, step_trigger, week) DO NOTHING",
    )
    .bind(row.step_id)
    .bind(&row.division_code)
    .bind(&row.plan_division)
    .bind(&row.plan_code)
    .bind(&row.cadre_id)
    .bind(row.trigger)
    .bind(row.week)
    .bind(row.bulletin_id)
    .bind(&row.content)
    .bind(row.drafted_at)
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The content of a step.
pub async fn step_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Vec<u8>>, sqlx::Error> {
    sqlx::query_scalar("SELECT content FROM ladder_steps WHERE step_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Contents of steps of a division and below it, newest first.
pub async fn steps_list(
    conn: &mut PgConnection,
    division: &str,
    cadre: &str,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT s.step_id, s.content FROM ladder_steps s
         WHERE s.division_code >= $1 AND s.division_code < $2 AND ($3 = '' OR s.cadre_id = $3)
           AND ($4::uuid IS NULL OR (s.drafted_at, s.step_id) <
                (SELECT a.drafted_at, a.step_id FROM ladder_steps a WHERE a.step_id = $4))
         ORDER BY s.drafted_at DESC, s.step_id DESC LIMIT $5",
    )
    .bind(division)
    .bind(end(division))
    .bind(cadre)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}
