//! Applied versions of plans.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

/// One version of one plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, FromRow)]
pub struct PlanKey {
    pub division_code: String,
    pub plan_code: String,
    pub version: i32,
}

/// An applied version.
#[derive(Debug, Clone, FromRow)]
pub struct PlanRow {
    #[sqlx(flatten)]
    pub key: PlanKey,
    pub effective_from: Date,
    pub starts_on: Date,
    pub ends_on: Date,
    pub display_name: String,
    pub section: Vec<u8>,
    pub digest: String,
    pub applied_by: String,
    pub applied_at: OffsetDateTime,
}

/// Which version governs a division on a day.
#[derive(Debug, Clone, FromRow)]
pub struct GoverningRow {
    pub place: String,
    pub day: Date,
    #[sqlx(flatten)]
    pub key: PlanKey,
}

/// The version that governs `division` on `date` by what was known then: the highest version that has begun, of the nearest
/// division above whose programme still runs; where none runs, of one that is over.
pub async fn plan_governing(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
    known_at: OffsetDateTime,
) -> Result<Option<PlanRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (
             SELECT DISTINCT ON (division_code, plan_code) * FROM plan_versions
             WHERE $1 ^@ division_code AND effective_from <= $2 AND applied_at <= $3
             ORDER BY division_code, plan_code, version DESC) latest
         ORDER BY ends_on >= $2 DESC, length(division_code) DESC, effective_from DESC, plan_code LIMIT 1",
    )
    .bind(division)
    .bind(date)
    .bind(known_at)
    .fetch_optional(conn)
    .await
}

/// The version that governs each of `places`, a division and a day, by what was known then; none where no programme runs.
pub async fn plans_governing(
    conn: &mut PgConnection,
    places: &[(String, Date)],
    known_at: OffsetDateTime,
) -> Result<Vec<GoverningRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT q.place, q.day, p.division_code, p.plan_code, p.version
         FROM unnest($1::text[], $2::date[]) q (place, day)
         CROSS JOIN LATERAL (
             SELECT * FROM (
                 SELECT DISTINCT ON (division_code, plan_code) * FROM plan_versions
                 WHERE q.place ^@ division_code AND effective_from <= q.day AND applied_at <= $3
                 ORDER BY division_code, plan_code, version DESC) latest
             WHERE ends_on >= q.day
             ORDER BY length(division_code) DESC, effective_from DESC, plan_code LIMIT 1) p",
    )
    .bind(places.iter().map(|(place, _)| place.as_str()).collect::<Vec<_>>())
    .bind(places.iter().map(|(_, day)| *day).collect::<Vec<_>>())
    .bind(known_at)
    .fetch_all(conn)
    .await
}

/// One version.
pub async fn plan_version(conn: &mut PgConnection, key: &PlanKey) -> Result<Option<PlanRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM plan_versions WHERE division_code = $1 AND plan_code = $2 AND version = $3")
        .bind(&key.division_code)
        .bind(&key.plan_code)
        .bind(key.version)
        .fetch_optional(conn)
        .await
}

/// The latest version of a plan that has begun by `date`; without a date the latest of all.
pub async fn plan_latest(
    conn: &mut PgConnection,
    division: &str,
    plan: &str,
    date: Option<Date>,
) -> Result<Option<PlanRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM plan_versions
         WHERE division_code = $1 AND plan_code = $2 AND ($3::date IS NULL OR effective_from <= $3)
         ORDER BY version DESC LIMIT 1",
    )
    .bind(division)
    .bind(plan)
    .bind(date)
    .fetch_optional(conn)
    .await
}

/// Code of another plan of the division whose programme shares a day with `starts_on..=ends_on`.
pub async fn plan_overlapping(
    conn: &mut PgConnection,
    division: &str,
    plan: &str,
    starts_on: Date,
    ends_on: Date,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT plan_code FROM (
             SELECT DISTINCT ON (plan_code) plan_code, starts_on, ends_on FROM plan_versions
             WHERE division_code = $1 AND plan_code <> $2 ORDER BY plan_code, version DESC) latest
         WHERE starts_on <= $4 AND ends_on >= $3 LIMIT 1",
    )
    .bind(division)
    .bind(plan)
    .bind(starts_on)
    .bind(ends_on)
    .fetch_optional(conn)
    .await
}

/// Versions, newest first; each with whether a later version governs by `today`.
pub async fn plans_list(
    conn: &mut PgConnection,
    division: Option<&str>,
    today: Date,
    after: Option<(OffsetDateTime, &PlanKey)>,
    limit: i64,
) -> Result<Vec<(PlanRow, bool)>, sqlx::Error> {
    #[derive(FromRow)]
    struct Listed {
        #[sqlx(flatten)]
        row: PlanRow,
        superseded: bool,
    }
    let rows: Vec<Listed> = sqlx::query_as(
        "SELECT p.*, EXISTS (SELECT FROM plan_versions later WHERE later.division_code = p.division_code
                                 AND later.plan_code = p.plan_code AND later.version > p.version
                                 AND later.effective_from <= $2) AS superseded
         FROM plan_versions p
         WHERE ($1::text IS NULL OR p.division_code = $1)
           AND ($3::timestamptz IS NULL OR (p.applied_at, p.division_code, p.plan_code, p.version) < ($3, $4, $5, $6))
         ORDER BY p.applied_at DESC, p.division_code DESC, p.plan_code DESC, p.version DESC LIMIT $7",
    )
    .bind(division)
    .bind(today)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, key)| &key.division_code))
    .bind(after.map(|(_, key)| &key.plan_code))
    .bind(after.map(|(_, key)| key.version))
    .bind(limit)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|listed| (listed.row, listed.superseded)).collect())
}

/// Adds a version.
pub async fn plan_insert(conn: &mut PgConnection, row: &PlanRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO plan_versions (division_code, plan_code, version, effective_from, starts_on, ends_on, display_name,
             section, digest, applied_by, applied_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(&row.key.division_code)
    .bind(&row.key.plan_code)
    .bind(row.key.version)
    .bind(row.effective_from)
    .bind(row.starts_on)
    .bind(row.ends_on)
    .bind(&row.display_name)
    .bind(&row.section)
    .bind(&row.digest)
    .bind(&row.applied_by)
    .bind(row.applied_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes changes of a division's plans wait for one another until the end of the transaction.
pub async fn plans_lock(conn: &mut PgConnection, division: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.plans ' || $1, 0))")
        .bind(division)
        .execute(conn)
        .await?;
    Ok(())
}
