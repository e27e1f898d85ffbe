//! Who answers for a task from which day on, and who could.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rating::end;

/// One entry about who answers.
#[derive(Debug, Clone, FromRow)]
pub struct TenureRow {
    pub task_id: Uuid,
    pub division_code: String,
    pub start_date: Date,
    pub leader_id: String,
    pub leader_name: String,
    pub member_ids: Vec<String>,
    pub member_names: Vec<String>,
    pub reason: String,
    pub recorded_by: String,
    pub recorded_at: OffsetDateTime,
}

/// A cadre in a post.
#[derive(Debug, Clone, FromRow)]
pub struct Holder {
    pub division_code: String,
    pub post: String,
    pub cadre_id: String,
    pub display_name: String,
}

const COLUMNS: &str = "task_id, division_code, start_date, leader_id, leader_name, member_ids, member_names, reason,
    recorded_by, recorded_at";

/// Entries of one task in the order recorded.
pub async fn tenures_of(conn: &mut PgConnection, task: Uuid) -> Result<Vec<TenureRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM task_tenures WHERE task_id = ")
        .push_bind(task)
        .push(" ORDER BY tenure_id");
    query.build_query_as().fetch_all(conn).await
}

/// Entries of the tasks of a division that were recorded by `known_at`, in that order.
pub async fn tenures_known(
    conn: &mut PgConnection,
    division: &str,
    known_at: OffsetDateTime,
) -> Result<Vec<TenureRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM task_tenures WHERE division_code >= ")
        .push_bind(division);
    query.push(" AND division_code < ").push_bind(end(division));
    query
        .push(" AND recorded_at <= ")
        .push_bind(known_at)
        .push(" ORDER BY tenure_id");
    query.build_query_as().fetch_all(conn).await
}

/// Adds entries.
pub async fn tenures_insert(conn: &mut PgConnection, rows: &[TenureRow]) -> Result<(), sqlx::Error> {
    // PostgreSQL has no arrays of arrays of different lengths, so that members cannot come by unnest.
    for rows in rows.chunks(5_000) {
        let mut query = QueryBuilder::<Postgres>::new("INSERT INTO task_tenures (");
        query.push(COLUMNS).push(") ").push_values(rows, |mut values, row| {
            values
                .push_bind(row.task_id)
                .push_bind(&row.division_code)
                .push_bind(row.start_date)
                .push_bind(&row.leader_id)
                .push_bind(&row.leader_name)
                .push_bind(&row.member_ids)
                .push_bind(&row.member_names)
                .push_bind(&row.reason)
                .push_bind(&row.recorded_by)
                .push_bind(row.recorded_at);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Cadres that hold one of `posts` on `date` in a division, below it or above it; who has held it longest comes first.
pub async fn holders(
    conn: &mut PgConnection,
    division: &str,
    posts: &[&str],
    date: Date,
) -> Result<Vec<Holder>, sqlx::Error> {
    sqlx::query_as("SELECT division_code, post, cadre_id, display_name FROM post_holders($1, $2, $3)")
        .bind(division)
        .bind(posts)
        .bind(date)
        .fetch_all(conn)
        .await
}

/// Names of those of `cadres` who are on the register on `date`.
pub async fn names_of(
    conn: &mut PgConnection,
    cadres: &[String],
    date: Date,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT cadre_id, display_name FROM cadres
         WHERE cadre_id = ANY($1) AND known_until IS NULL AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2)",
    )
    .bind(cadres)
    .bind(date)
    .fetch_all(conn)
    .await
}
