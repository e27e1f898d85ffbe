//! Versions of the plan section.

use sanitation_core::norms::Norms;
use sqlx::{FromRow, PgConnection, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A row of `plan_versions`.
#[derive(Debug, Clone, FromRow)]
pub struct Version {
    pub plan_id: Uuid,
    pub division_code: String,
    pub version: i32,
    pub effective_date: Date,
    pub norms: Json<Norms>,
    pub created_at: OffsetDateTime,
}

/// The version in force on `day` for each division inside or above `division`, deepest division first.
pub async fn versions_in_force(
    conn: &mut PgConnection,
    division: &str,
    day: Date,
) -> Result<Vec<Version>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (
             SELECT DISTINCT ON (division_code) * FROM plan_versions
             WHERE effective_date <= $2 AND (division_code ^@ $1 OR $1 ^@ division_code)
             ORDER BY division_code, effective_date DESC, version DESC
         ) v ORDER BY length(division_code) DESC, division_code",
    )
    .bind(division)
    .bind(day)
    .fetch_all(conn)
    .await
}

/// A version of a division inside or above `scope`.
pub async fn version_get(conn: &mut PgConnection, id: Uuid, scope: &str) -> Result<Option<Version>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM plan_versions WHERE plan_id = $1 AND (division_code ^@ $2 OR $2 ^@ division_code)")
        .bind(id)
        .bind(scope)
        .fetch_optional(conn)
        .await
}

/// Versions of `division` (empty: all) inside or above `scope`, newest first.
pub async fn version_list(
    conn: &mut PgConnection,
    division: &str,
    scope: &str,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Version>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM plan_versions
         WHERE ($1 = '' OR division_code = $1) AND (division_code ^@ $2 OR $2 ^@ division_code)
           AND ($3::uuid IS NULL OR plan_id < $3)
         ORDER BY plan_id DESC LIMIT $4",
    )
    .bind(division)
    .bind(scope)
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// The last version number of a division; waits for others who add one.
pub async fn last_version(conn: &mut PgConnection, division: &str) -> Result<i32, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('plan_versions/' || $1, 0))")
        .bind(division)
        .execute(&mut *conn)
        .await?;
    sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM plan_versions WHERE division_code = $1")
        .bind(division)
        .fetch_one(conn)
        .await
}

pub async fn version_insert(conn: &mut PgConnection, version: &Version) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO plan_versions (plan_id, division_code, version, effective_date, norms, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(version.plan_id)
    .bind(&version.division_code)
    .bind(version.version)
    .bind(version.effective_date)
    .bind(&version.norms)
    .bind(version.created_at)
    .execute(conn)
    .await?;
    Ok(())
}
