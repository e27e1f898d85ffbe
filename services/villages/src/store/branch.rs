//! Party branches: assessments and red points.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// An assessment.
#[derive(Debug, Clone, FromRow)]
pub struct AssessmentRow {
    pub assessment_id: Uuid,
    pub division_code: String,
    pub year: i32,
    pub revision: i32,
    pub star_count: i32,
    pub content: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// Red points of a member.
#[derive(Debug, Clone, FromRow)]
pub struct RedPointRow {
    pub red_point_id: Uuid,
    pub division_code: String,
    pub member: String,
    pub points: i64,
    pub occurrence_date: Date,
    pub reverses: Option<Uuid>,
    pub content: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// Red points of a member over a year.
#[derive(Debug, Clone, FromRow)]
pub struct Total {
    pub member: String,
    pub points: i64,
    pub entries: i64,
}

/// The revision of a year that holds, after waiting for others to be recorded.
pub async fn assessment_lock(conn: &mut PgConnection, village: &str, year: i32) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.branches ' || $1, 0))")
        .bind(village)
        .execute(&mut *conn)
        .await?;
    sqlx::query_scalar("SELECT max(revision) FROM branch_assessments WHERE division_code = $1 AND year = $2")
        .bind(village)
        .bind(year)
        .fetch_one(conn)
        .await
}

/// Adds an assessment.
pub async fn assessment_insert(conn: &mut PgConnection, row: &AssessmentRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO branch_assessments (assessment_id, division_code, year, revision, star_count, content, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.assessment_id)
    .bind(&row.division_code)
    .bind(row.year)
    .bind(row.revision)
    .bind(row.star_count)
    .bind(&row.content)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Assessments by village, newest year and revision first; `superseded` lists replaced ones too.
pub async fn assessments_list(
    conn: &mut PgConnection,
    division: &str,
    superseded: bool,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<AssessmentRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT * FROM branch_assessments a WHERE division_code ^@ ");
    query.push_bind(division);
    if !superseded {
        query.push(
            " AND NOT EXISTS (SELECT FROM branch_assessments l WHERE l.division_code = a.division_code
                                  AND l.year = a.year AND l.revision > a.revision)",
        );
    }
    if let Some(after) = after {
        query
            .push(
                " AND (division_code, -year, -revision) > (SELECT b.division_code, -b.year, -b.revision
                     FROM branch_assessments b WHERE b.assessment_id = ",
            )
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY division_code, year DESC, revision DESC LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Red points by their id, after waiting for whoever takes them back.
pub async fn red_point_lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<RedPointRow>, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.red_points ' || $1::uuid, 0))")
        .bind(id)
        .execute(&mut *conn)
        .await?;
    sqlx::query_as("SELECT * FROM red_points WHERE red_point_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Whether an entry was taken back.
pub async fn red_point_reversed(conn: &mut PgConnection, id: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM red_points WHERE reverses = $1)")
        .bind(id)
        .fetch_one(conn)
        .await
}

/// Adds red points.
pub async fn red_point_insert(conn: &mut PgConnection, row: &RedPointRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO red_points (red_point_id, division_code, member, points, occurrence_date, reverses, content, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.red_point_id)
    .bind(&row.division_code)
    .bind(&row.member)
    .bind(row.points)
    .bind(row.occurrence_date)
    .bind(row.reverses)
    .bind(&row.content)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Red points of a division and below it, newest first.
pub async fn red_points_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<RedPointRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT * FROM red_points WHERE division_code ^@ ");
    query.push_bind(division);
    if let Some(after) = after {
        query
            .push(" AND (recorded_at, red_point_id) < (SELECT a.recorded_at, a.red_point_id FROM red_points a WHERE a.red_point_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY recorded_at DESC, red_point_id DESC LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Sums of a branch over a year, by member.
pub async fn red_points_sum(conn: &mut PgConnection, village: &str, year: i32) -> Result<Vec<Total>, sqlx::Error> {
    sqlx::query_as(
        "SELECT member, sum(points)::bigint AS points, count(*) AS entries FROM red_points
         WHERE division_code = $1 AND extract(year FROM occurrence_date)::integer = $2 GROUP BY member ORDER BY member",
    )
    .bind(village)
    .bind(year)
    .fetch_all(conn)
    .await
}
