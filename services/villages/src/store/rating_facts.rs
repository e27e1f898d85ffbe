//! What a rating reads: villages and their figures, as known at an instant.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rating::end;

/// A division with its name.
#[derive(Debug, Clone, FromRow)]
pub struct Named {
    pub division_code: String,
    pub display_name: String,
}

/// The latest figure of a village, indicator and source, with the first one of the time before it.
#[derive(Debug, FromRow)]
pub struct FigureRow {
    pub division_code: String,
    pub indicator: String,
    pub source: String,
    pub measurement_id: Uuid,
    pub as_of_date: Date,
    pub numerator: i64,
    pub whole: Option<i64>,
    pub earlier_date: Date,
    pub earlier_numerator: i64,
}

/// When, and by what knowledge.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// Day in the world.
    pub date: Date,
    /// Instant of knowledge.
    pub known_at: OffsetDateTime,
}

/// The divisions of `level` in or below `division`, by code.
pub async fn divisions_named(
    conn: &mut PgConnection,
    division: &str,
    level: &str,
    at: At,
) -> Result<Vec<Named>, sqlx::Error> {
    sqlx::query_as(
        "SELECT division_code, display_name FROM divisions
         WHERE division_code >= $1 AND division_code < $2 AND ($3 = '' OR level = $3)
           AND valid_from <= $4 AND (valid_until IS NULL OR valid_until > $4)
           AND known_from <= $5 AND (known_until IS NULL OR known_until > $5)
         ORDER BY division_code",
    )
    .bind(division)
    .bind(end(division))
    .bind(level)
    .bind(at.date)
    .bind(at.known_at)
    .fetch_all(conn)
    .await
}

/// The latest figure of each village of a division for each of `indicators` and each source, and the first figure on or
/// after `pace_from`. One pass: what is joined here is beyond the statistics of the planner, who would take it for a few rows.
pub async fn figures(
    conn: &mut PgConnection,
    division: &str,
    indicators: &[&str],
    at: At,
    pace_from: Date,
) -> Result<Vec<FigureRow>, sqlx::Error> {
    sqlx::query_as(
        "WITH known AS MATERIALIZED (
             SELECT DISTINCT ON (division_code, indicator, as_of_date, source)
                    division_code, indicator, source, measurement_id, as_of_date, numerator, denominator - deductible AS whole
             FROM measurements
             WHERE division_code >= $1 AND division_code < $2 AND indicator = ANY($3)
               AND as_of_date <= $4 AND recorded_at <= $5 AND NOT held AND length(division_code) = 12
             ORDER BY division_code, indicator, as_of_date, source, revision DESC)
         SELECT DISTINCT ON (division_code, indicator, source) *,
                CASE WHEN as_of_date >= $6 THEN first_value(as_of_date) OVER pace ELSE as_of_date END AS earlier_date,
                CASE WHEN as_of_date >= $6 THEN first_value(numerator) OVER pace ELSE numerator END AS earlier_numerator
         FROM known
         WINDOW pace AS (PARTITION BY division_code, indicator, source ORDER BY as_of_date < $6, as_of_date)
         ORDER BY division_code, indicator, source, as_of_date DESC",
    )
    .bind(division)
    .bind(end(division))
    .bind(indicators)
    .bind(at.date)
    .bind(at.known_at)
    .bind(pace_from)
    .fetch_all(conn)
    .await
}
