//! Which divisions lie where, and what became of them.

use sqlx::{FromRow, PgConnection};
use time::Date;

use super::rating::end;

/// A village with its position in degrees.
#[derive(Debug, Clone, FromRow)]
pub struct VillageRow {
    pub division_code: String,
    pub longitude: f64,
    pub latitude: f64,
}

/// The villages of a division on a date whose position is known and lies between two corners, in degrees, by code.
pub async fn villages_between(
    conn: &mut PgConnection,
    division: &str,
    low: (f64, f64),
    high: (f64, f64),
    date: Date,
) -> Result<Vec<VillageRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT d.division_code, p.longitude, p.latitude
         FROM divisions d JOIN division_profiles p USING (division_code)
         WHERE d.division_code >= $1 AND d.division_code < $2 AND d.level = 'VILLAGE' AND d.known_until IS NULL
           AND d.valid_from <= $3 AND (d.valid_until IS NULL OR d.valid_until > $3)
           AND p.known_until IS NULL AND p.valid_from <= $3 AND (p.valid_until IS NULL OR p.valid_until > $3)
           AND p.longitude BETWEEN $4 AND $5 AND p.latitude BETWEEN $6 AND $7
         ORDER BY d.division_code",
    )
    .bind(division)
    .bind(end(division))
    .bind(date)
    .bind(low.0)
    .bind(high.0)
    .bind(low.1)
    .bind(high.1)
    .fetch_all(conn)
    .await
}

/// Those of `codes` that are divisions in force on `date`, with their names.
pub async fn names_on(
    conn: &mut PgConnection,
    codes: &[&str],
    date: Date,
) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT division_code, display_name FROM divisions
         WHERE division_code = ANY($1) AND known_until IS NULL
           AND valid_from <= $2 AND (valid_until IS NULL OR valid_until > $2)",
    )
    .bind(codes)
    .bind(date)
    .fetch_all(conn)
    .await
}

/// What a division that is no longer there on `date` went into: divisions in force then, over however many changes.
pub async fn successors(conn: &mut PgConnection, code: &str, date: Date) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "WITH RECURSIVE later (code) AS (
             SELECT $1::text COLLATE \"C\"
             UNION
             SELECT l.successor_code FROM later
             JOIN division_lineage l ON l.division_code = later.code AND l.effective_date <= $2
                  AND l.successor_code IS NOT NULL)
         SELECT later.code FROM later WHERE later.code <> $1 AND EXISTS (
             SELECT FROM divisions d WHERE d.division_code = later.code AND d.known_until IS NULL
               AND d.valid_from <= $2 AND (d.valid_until IS NULL OR d.valid_until > $2))
         ORDER BY later.code",
    )
    .bind(code)
    .bind(date)
    .fetch_all(conn)
    .await
}
