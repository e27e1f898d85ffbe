//! Applied sections of plan packages.

use std::collections::BTreeMap;

use sqlx::{FromRow, PgConnection, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// One version of one division's section.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct PlanRow {
    pub uid: Uuid,
    pub division_code: String,
    pub version: i32,
    pub effective_date: Date,
    pub section: Vec<u8>,
    pub digest: Vec<u8>,
    pub templates: Json<BTreeMap<String, i32>>,
    pub created_at: OffsetDateTime,
}

/// Lets nobody else apply a plan until this transaction ends.
pub async fn plan_lock(conn: &mut PgConnection, division_code: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('plan:' || $1, 0))")
        .bind(division_code)
        .execute(conn)
        .await?;
    Ok(())
}

/// Adds a version.
pub async fn plan_insert(conn: &mut PgConnection, row: &PlanRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO plan (uid, division_code, version, effective_date, section, digest, templates, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.uid)
    .bind(&row.division_code)
    .bind(row.version)
    .bind(row.effective_date)
    .bind(&row.section)
    .bind(&row.digest)
    .bind(&row.templates)
    .bind(row.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The one with this uid.
pub async fn plan_get(conn: &mut PgConnection, uid: Uuid) -> Result<Option<PlanRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM plan WHERE uid = $1")
        .bind(uid)
        .fetch_optional(conn)
        .await
}

/// The latest version of a division, whether it holds already or not.
pub async fn plan_latest(conn: &mut PgConnection, division_code: &str) -> Result<Option<PlanRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM plan WHERE division_code = $1 ORDER BY version DESC LIMIT 1")
        .bind(division_code)
        .fetch_optional(conn)
        .await
}

/// Uid of the version that holds for a division on a day: the nearest division above that has one.
pub async fn plan_in_force(
    conn: &mut PgConnection,
    division_code: &str,
    day: Date,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT uid FROM plan WHERE $1 ^@ division_code AND effective_date <= $2
         ORDER BY length(division_code) DESC, version DESC LIMIT 1",
    )
    .bind(division_code)
    .bind(day)
    .fetch_optional(conn)
    .await
}

/// Uids of all versions that hold on a day, one for each division that has any.
pub async fn plans_in_force(conn: &mut PgConnection, day: Date) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT DISTINCT ON (division_code) uid FROM plan WHERE effective_date <= $1 ORDER BY division_code, version DESC",
    )
    .bind(day)
    .fetch_all(conn)
    .await
}

/// Versions that concern a division (its own, and of those above and below), newest first.
pub async fn plan_list(
    conn: &mut PgConnection,
    division: &str,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<PlanRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM plan WHERE (division_code ^@ $1 OR $1 ^@ division_code) AND ($2::uuid IS NULL OR uid < $2)
         ORDER BY uid DESC LIMIT $3",
    )
    .bind(division)
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await
}
