//! Bulletins, and the misses that they count.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{plan::PlanKey, rating::end};

/// An issued bulletin.
#[derive(Debug, Clone, FromRow)]
pub struct BulletinRow {
    pub bulletin_id: Uuid,
    pub division_code: String,
    pub week: Date,
    pub plan_division: String,
    pub plan_code: String,
    pub plan_version: i32,
    pub known_at: OffsetDateTime,
    pub digest: String,
    pub content: Vec<u8>,
    pub issued_by: String,
}

impl BulletinRow {
    /// The plan version that it was made by.
    pub fn plan(&self) -> PlanKey {
        PlanKey {
            division_code: self.plan_division.clone(),
            plan_code: self.plan_code.clone(),
            version: self.plan_version,
        }
    }
}

/// A miss to count.
#[derive(Debug, Clone, FromRow)]
pub struct MissRow {
    pub miss_id: Uuid,
    pub division_code: String,
    pub task_id: Uuid,
    pub week: Date,
    pub cadre_id: String,
}

/// A fact about the time before that was recorded after an instant.
#[derive(Debug, Clone, FromRow)]
pub struct CorrectionRow {
    pub progress: bool,
    pub subject: Uuid,
    pub division_code: String,
    pub topic: String,
    pub date: Date,
    pub after: String,
    pub before: Option<String>,
}

/// The bulletin of a division and week.
pub async fn bulletin_of(
    conn: &mut PgConnection,
    division: &str,
    week: Date,
) -> Result<Option<BulletinRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM bulletins WHERE division_code = $1 AND week = $2")
        .bind(division)
        .bind(week)
        .fetch_optional(conn)
        .await
}

/// One bulletin.
pub async fn bulletin_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<BulletinRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM bulletins WHERE bulletin_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Week of the last bulletin of a division before `week`, and until when facts were known to it, of those issued before
/// `known_at`.
pub async fn bulletin_before(
    conn: &mut PgConnection,
    division: &str,
    week: Date,
    known_at: OffsetDateTime,
) -> Result<Option<(Date, OffsetDateTime)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT week, known_at FROM bulletins WHERE division_code = $1 AND week < $2 AND known_at < $3
         ORDER BY week DESC LIMIT 1",
    )
    .bind(division)
    .bind(week)
    .bind(known_at)
    .fetch_optional(conn)
    .await
}

/// Bulletins of a division and below it, newest week first, then by division.
pub async fn bulletins_list(
    conn: &mut PgConnection,
    division: &str,
    week: Option<Date>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<BulletinRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT b.* FROM bulletins b
         WHERE b.division_code >= $1 AND b.division_code < $2 AND ($3::date IS NULL OR b.week = $3)
           AND ($4::uuid IS NULL OR EXISTS (SELECT FROM bulletins a WHERE a.bulletin_id = $4
                AND (b.week < a.week OR (b.week = a.week AND b.division_code > a.division_code))))
         ORDER BY b.week DESC, b.division_code LIMIT $5",
    )
    .bind(division)
    .bind(end(division))
    .bind(week)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Keeps a bulletin.
pub async fn bulletin_insert(conn: &mut PgConnection, row: &BulletinRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO bulletins (bulletin_id, division_code, week, plan_division, plan_code, plan_version, known_at, digest,
             content, issued_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(row.bulletin_id)
    .bind(&row.division_code)
    .bind(row.week)
    .bind(&row.plan_division)
    .bind(&row.plan_code)
    .bind(row.plan_version)
    .bind(row.known_at)
    .bind(&row.digest)
    .bind(&row.content)
    .bind(&row.issued_by)
    .execute(conn)
    .await?;
    Ok(())
}

/// Misses of a division in a week that are counted already.
pub async fn misses_counted(conn: &mut PgConnection, division: &str, week: Date) -> Result<Vec<MissRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT miss_id, division_code, task_id, week, cadre_id FROM misses
         WHERE division_code >= $1 AND division_code < $2 AND week = $3",
    )
    .bind(division)
    .bind(end(division))
    .bind(week)
    .fetch_all(conn)
    .await
}

/// Counts misses that no bulletin has counted.
pub async fn misses_insert(
    conn: &mut PgConnection,
    bulletin: &BulletinRow,
    rows: &[MissRow],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO misses (plan_division, plan_code, bulletin_id, recorded_at, miss_id, division_code, task_id, week,
             cadre_id)
         SELECT $1, $2, $3, $4, * FROM unnest($5::uuid[], $6::text[], $7::uuid[], $8::date[], $9::text[])",
    )
    .bind(&bulletin.plan_division)
    .bind(&bulletin.plan_code)
    .bind(bulletin.bulletin_id)
    .bind(bulletin.known_at)
    .bind(rows.iter().map(|row| row.miss_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.division_code.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.task_id).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.week).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.cadre_id.as_str()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// What was recorded after `since` and until `known_at` about days up to `until`, with the value that was known at `since`;
/// by division, date and topic.
pub async fn corrections(
    conn: &mut PgConnection,
    division: &str,
    indicators: &[&str],
    until: Date,
    since: OffsetDateTime,
    known_at: OffsetDateTime,
) -> Result<Vec<CorrectionRow>, sqlx::Error> {
    sqlx::query_as(
        "WITH figures AS (
             SELECT DISTINCT ON (division_code, indicator, as_of_date, source) * FROM measurements
             WHERE division_code >= $1 AND division_code < $2 AND indicator = ANY($3) AND as_of_date <= $4
               AND recorded_at > $5 AND recorded_at <= $6 AND NOT held
             ORDER BY division_code, indicator, as_of_date, source, revision DESC),
         reports AS (
             SELECT DISTINCT ON (task_id, report_date) * FROM task_progress
             WHERE division_code >= $1 AND division_code < $2 AND report_date <= $4
               AND recorded_at > $5 AND recorded_at <= $6
             ORDER BY task_id, report_date, revision DESC)
         SELECT false AS progress, f.measurement_id AS subject, f.division_code, f.indicator AS topic, f.as_of_date AS date,
                CASE WHEN f.unit_deducted THEN '可扣除'
                     ELSE concat_ws('/', f.numerator, f.denominator - f.deductible) END AS after,
                (SELECT CASE WHEN b.unit_deducted THEN '可扣除'
                             ELSE concat_ws('/', b.numerator, b.denominator - b.deductible) END FROM measurements b
                 WHERE b.division_code = f.division_code AND b.indicator = f.indicator AND b.as_of_date = f.as_of_date
                   AND b.source = f.source AND b.recorded_at <= $5 AND NOT b.held ORDER BY b.revision DESC LIMIT 1) AS before
         FROM figures f
         UNION ALL
         SELECT true, r.progress_id, r.division_code, t.display_name, r.report_date, r.cumulative::text,
                (SELECT b.cumulative::text FROM task_progress b WHERE b.task_id = r.task_id
                   AND b.report_date = r.report_date AND b.recorded_at <= $5 ORDER BY b.revision DESC LIMIT 1)
         FROM reports r JOIN tasks t USING (task_id)
         ORDER BY division_code, date, progress, topic, subject",
    )
    .bind(division)
    .bind(end(division))
    .bind(indicators)
    .bind(until)
    .bind(since)
    .bind(known_at)
    .fetch_all(conn)
    .await
}
