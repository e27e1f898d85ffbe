//! Merging staged figures of villages.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

/// Splits the staged columns into one row a figure in the temporary table `figures`, with the latest known revision, and
/// drops those already known. Gives the number of figures in the file and of those that are new or different.
pub async fn figures_split(conn: &mut PgConnection, source: &str) -> Result<(i64, i64), sqlx::Error> {
    let villages: Vec<String> = sqlx::query_scalar("SELECT DISTINCT division_code FROM staged")
        .fetch_all(&mut *conn)
        .await?;
    let villages: Vec<&str> = villages.iter().map(String::as_str).collect();
    super::measurement::measurements_lock(conn, &villages).await?;
    sqlx::query(
        "CREATE TEMP TABLE figures ON COMMIT DROP AS
         SELECT row_number() OVER (ORDER BY s.line, v.indicator) AS n, s.division_code,
                v.indicator COLLATE \"C\" AS indicator, s.as_of_date::date AS as_of_date,
                split_part(v.value, '/', 1)::bigint AS numerator,
                NULLIF(split_part(v.value, '/', 2), '')::bigint AS denominator
         FROM staged s
         CROSS JOIN LATERAL (VALUES
             ('main_street_hardened', s.main_street_hardened),
             ('lane_hardened', s.lane_hardened),
             ('greening', s.greening),
             ('toilet_converted', s.toilet_converted),
             ('sewage_branch_connected', s.sewage_branch_connected),
             ('sewage_treated', s.sewage_treated),
             ('lighting', s.lighting),
             ('d_grade_houses', s.d_grade_houses),
             ('five_beauty', s.five_beauty),
             ('waste_collected', s.waste_collected)) v (indicator, value)
         WHERE v.value IS NOT NULL",
    )
    .execute(&mut *conn)
    .await?;
    let all: i64 = sqlx::query_scalar("SELECT count(*) FROM figures")
        .fetch_one(&mut *conn)
        .await?;
    sqlx::query(
        "ALTER TABLE figures ADD COLUMN supersedes uuid, ADD COLUMN revision integer NOT NULL DEFAULT 1,
             ADD COLUMN latest_at timestamptz, ADD COLUMN same boolean NOT NULL DEFAULT false",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "UPDATE figures f SET supersedes = m.measurement_id, revision = m.revision + 1, latest_at = m.recorded_at,
             same = m.numerator = f.numerator AND m.denominator IS NOT DISTINCT FROM f.denominator AND m.deductible = 0
         FROM (SELECT DISTINCT ON (m.division_code, m.indicator, m.as_of_date) m.* FROM measurements m
               WHERE m.source = $1 AND m.division_code IN (SELECT division_code FROM staged)
               ORDER BY m.division_code, m.indicator, m.as_of_date, m.revision DESC) m
         WHERE m.division_code = f.division_code AND m.indicator = f.indicator AND m.as_of_date = f.as_of_date",
    )
    .bind(source)
    .execute(&mut *conn)
    .await?;
    sqlx::query("DELETE FROM figures WHERE same")
        .execute(&mut *conn)
        .await?;
    let changed: i64 = sqlx::query_scalar("SELECT count(*) FROM figures")
        .fetch_one(conn)
        .await?;
    Ok((all, changed))
}

/// Records `figures` under `ids`, one id for each, and gives how many of them are corrections.
pub async fn figures_insert(
    conn: &mut PgConnection,
    ids: &[Uuid],
    source: &str,
    reporter: &str,
    now: OffsetDateTime,
) -> Result<i64, sqlx::Error> {
    sqlx::query(
        "INSERT INTO measurements (measurement_id, division_code, indicator, as_of_date, source, revision, numerator,
             denominator, reporter, supersedes, recorded_at)
         SELECT given.id, f.division_code, f.indicator, f.as_of_date, $2, f.revision, f.numerator, f.denominator, $3,
                f.supersedes, GREATEST($4, f.latest_at)
         FROM (SELECT row_number() OVER (ORDER BY n) AS place, f.* FROM figures f) f
         JOIN unnest($1::uuid[]) WITH ORDINALITY AS given (id, place) USING (place)",
    )
    .bind(ids)
    .bind(source)
    .bind(reporter)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    sqlx::query_scalar("SELECT count(*) FROM figures WHERE supersedes IS NOT NULL")
        .fetch_one(conn)
        .await
}
