//! Blockers of tasks.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rating::end;

/// A blocker as it was reported.
#[derive(Debug, Clone, FromRow)]
pub struct BlockerRow {
    pub blocker_id: Uuid,
    pub task_id: Uuid,
    pub division_code: String,
    pub kind: String,
    pub start_date: Date,
    pub end_date: Date,
    pub excused_from: Date,
    pub reason: String,
    pub evidence: Vec<String>,
    pub reporter: String,
    pub recorded_at: OffsetDateTime,
}

/// A blocker with where it stands.
#[derive(Debug, Clone, FromRow)]
pub struct BlockerStanding {
    /// Its `end_date` is the earlier one where it was ended.
    #[sqlx(flatten)]
    pub blocker: BlockerRow,
    pub state: String,
    pub refusal_reason: String,
}

/// What was done about a blocker.
#[derive(Debug)]
pub struct EntryRow<'a> {
    pub state: &'static str,
    /// Last day that was blocked.
    pub end_date: Date,
    pub reason: &'a str,
    pub recorded_by: &'a str,
    pub recorded_at: OffsetDateTime,
}

/// Which blockers to list.
#[derive(Debug)]
pub struct BlockerQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    pub after: Option<Uuid>,
    pub limit: i64,
}

const STANDING: &str = "SELECT * FROM (
    SELECT b.blocker_id, b.task_id, b.division_code, b.kind, b.start_date, coalesce(e.end_date, b.end_date) AS end_date,
           b.excused_from, b.reason, b.evidence, b.reporter, b.recorded_at,
           CASE WHEN r.blocker_id IS NOT NULL THEN 'REFUSED' WHEN e.blocker_id IS NOT NULL THEN 'ENDED'
                ELSE 'REPORTED' END AS state,
           coalesce(r.reason, '') AS refusal_reason
    FROM blockers b
    LEFT JOIN blocker_entries e ON e.blocker_id = b.blocker_id AND e.state = 'ENDED' AND e.recorded_at <= ";

fn standing(known_at: OffsetDateTime) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new(STANDING);
    query
        .push_bind(known_at)
        .push(
            " LEFT JOIN blocker_entries r ON r.blocker_id = b.blocker_id AND r.state = 'REFUSED' AND r.recorded_at <= ",
        )
        .push_bind(known_at)
        .push(") blockers WHERE recorded_at <= ")
        .push_bind(known_at);
    query
}

/// A blocker, after waiting for other changes of it to end.
pub async fn blocker_lock(
    conn: &mut PgConnection,
    id: Uuid,
    known_at: OffsetDateTime,
) -> Result<Option<BlockerStanding>, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.blocker ' || $1::uuid, 0))")
        .bind(id)
        .execute(&mut *conn)
        .await?;
    blocker_get(conn, id, known_at).await
}

/// A blocker.
pub async fn blocker_get(
    conn: &mut PgConnection,
    id: Uuid,
    known_at: OffsetDateTime,
) -> Result<Option<BlockerStanding>, sqlx::Error> {
    let mut query = standing(known_at);
    query.push(" AND blocker_id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Blockers, newest first.
pub async fn blockers_list(
    conn: &mut PgConnection,
    list: &BlockerQuery<'_>,
    filter: &Filter,
    known_at: OffsetDateTime,
) -> Result<Vec<BlockerStanding>, sqlx::Error> {
    let mut query = standing(known_at);
    query.push(" AND division_code >= ").push_bind(list.division);
    query.push(" AND division_code < ").push_bind(end(list.division));
    if let Some(after) = list.after {
        query
            .push(" AND (recorded_at, blocker_id) < (SELECT a.recorded_at, a.blocker_id FROM blockers a WHERE a.blocker_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY recorded_at DESC, blocker_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// What excused these tasks by what was known at an instant, by task and first day.
pub async fn blockers_of(
    conn: &mut PgConnection,
    tasks: &[Uuid],
    known_at: OffsetDateTime,
) -> Result<Vec<BlockerStanding>, sqlx::Error> {
    let mut query = standing(known_at);
    query
        .push(" AND state <> 'REFUSED' AND excused_from <= end_date AND task_id = ANY(")
        .push_bind(tasks)
        .push(") ORDER BY task_id, excused_from, blocker_id");
    query.build_query_as().fetch_all(conn).await
}

/// Keeps a report.
pub async fn blocker_insert(conn: &mut PgConnection, row: &BlockerRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO blockers (blocker_id, task_id, division_code, kind, start_date, end_date, excused_from, reason, evidence,
             reporter, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(row.blocker_id)
    .bind(row.task_id)
    .bind(&row.division_code)
    .bind(&row.kind)
    .bind(row.start_date)
    .bind(row.end_date)
    .bind(row.excused_from)
    .bind(&row.reason)
    .bind(&row.evidence)
    .bind(&row.reporter)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds what was done about a blocker.
pub async fn entry_insert(
    conn: &mut PgConnection,
    blocker: &BlockerRow,
    entry: &EntryRow<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO blocker_entries (blocker_id, state, division_code, end_date, reason, recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(blocker.blocker_id)
    .bind(entry.state)
    .bind(&blocker.division_code)
    .bind(entry.end_date)
    .bind(entry.reason)
    .bind(entry.recorded_by)
    .bind(entry.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}
