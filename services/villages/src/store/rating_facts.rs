//! What a rating reads: villages and their figures, as known at an instant.

use sqlx::{FromRow, PgConnection, Row as _, postgres::PgRow};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::rating::end;

/// A division with its name.
#[derive(Debug, Clone, FromRow)]
pub struct Named {
    pub division_code: String,
    pub display_name: String,
}

/// A figure as it was recorded.
#[derive(Debug)]
pub struct FigureRow<'a> {
    pub division_code: &'a str,
    pub indicator: &'a str,
    pub source: &'a str,
    pub measurement_id: Uuid,
    pub as_of_date: Date,
    pub revision: i32,
    pub numerator: i64,
    pub whole: Option<i64>,
}

impl<'a> FigureRow<'a> {
    /// Reads a row of [`figures`] where it stands: there are tens of thousands of them.
    pub fn of(row: &'a PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            division_code: row.try_get(0)?,
            indicator: row.try_get(1)?,
            source: row.try_get(2)?,
            measurement_id: row.try_get(3)?,
            as_of_date: row.try_get(4)?,
            revision: row.try_get(5)?,
            numerator: row.try_get(6)?,
            whole: row.try_get(7)?,
        })
    }
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

/// All figures of the villages of a division that count for `indicators`, each as a [`FigureRow`], in no order: sorting them here
/// would take several times as long as reading them.
pub async fn figures(
    conn: &mut PgConnection,
    division: &str,
    indicators: &[&str],
    at: At,
) -> Result<Vec<PgRow>, sqlx::Error> {
    sqlx::query(
        "SELECT division_code, indicator, source, measurement_id, as_of_date, revision, numerator, denominator - deductible
         FROM measurements
         WHERE division_code >= $1 AND division_code < $2 AND indicator = ANY($3)
           AND as_of_date <= $4 AND recorded_at <= $5 AND NOT held AND length(division_code) = 12",
    )
    .bind(division)
    .bind(end(division))
    .bind(indicators)
    .bind(at.date)
    .bind(at.known_at)
    .fetch_all(conn)
    .await
}
