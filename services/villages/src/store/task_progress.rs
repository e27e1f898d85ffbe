//! Reports of progress.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rating::end;

/// One report.
#[derive(Debug, Clone, FromRow)]
pub struct ProgressRow {
    pub progress_id: Uuid,
    pub task_id: Uuid,
    pub division_code: String,
    pub report_date: Date,
    pub revision: i32,
    pub cumulative: i64,
    pub late: bool,
    pub note: String,
    pub evidence: Vec<String>,
    pub reported_by: String,
    pub recorded_at: OffsetDateTime,
}

/// Units done in all by the end of a day.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct ReportedDay {
    pub task_id: Uuid,
    pub report_date: Date,
    pub cumulative: i64,
}

const COLUMNS: &str = "progress_id, task_id, division_code, report_date, revision, cumulative, late, note, evidence,
    reported_by, recorded_at";

/// The report that counts for each day of each of `tasks`, by task and day.
pub async fn progress_counting(conn: &mut PgConnection, tasks: &[Uuid]) -> Result<Vec<ProgressRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT DISTINCT ON (task_id, report_date) ");
    query
        .push(COLUMNS)
        .push(" FROM task_progress WHERE task_id = ANY(")
        .push_bind(tasks);
    query.push(") ORDER BY task_id, report_date, revision DESC");
    query.build_query_as().fetch_all(conn).await
}

/// What counted for each day of the tasks of a division by what was recorded until `known_at`.
pub async fn progress_known(
    conn: &mut PgConnection,
    division: &str,
    known_at: OffsetDateTime,
) -> Result<Vec<ReportedDay>, sqlx::Error> {
    sqlx::query_as(
        "SELECT DISTINCT ON (task_id, report_date) task_id, report_date, cumulative FROM task_progress
         WHERE division_code >= $1 AND division_code < $2 AND recorded_at <= $3
         ORDER BY task_id, report_date, revision DESC",
    )
    .bind(division)
    .bind(end(division))
    .bind(known_at)
    .fetch_all(conn)
    .await
}

/// Adds reports.
pub async fn progress_insert(conn: &mut PgConnection, rows: &[ProgressRow]) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut query = QueryBuilder::<Postgres>::new("INSERT INTO task_progress (");
    query.push(COLUMNS).push(") ").push_values(rows, |mut values, row| {
        values
            .push_bind(row.progress_id)
            .push_bind(row.task_id)
            .push_bind(&row.division_code)
            .push_bind(row.report_date)
            .push_bind(row.revision)
            .push_bind(row.cumulative)
            .push_bind(row.late)
            .push_bind(&row.note)
            .push_bind(&row.evidence)
            .push_bind(&row.reported_by)
            .push_bind(row.recorded_at);
    });
    query.build().execute(conn).await?;
    Ok(())
}
