//! What a rating reads of natural villages, as known at an instant.

use sqlx::{FromRow, PgConnection};
use time::Date;
use uuid::Uuid;

use super::rating_facts::At;

/// A natural village with its latest figure for an indicator and source; without one if it has none.
#[derive(Debug, FromRow)]
pub struct UnitRow {
    pub village_code: String,
    pub unit_code: String,
    pub display_name: String,
    /// It was a part of a village that was merged in.
    pub ended: bool,
    pub indicator: Option<String>,
    pub source: Option<String>,
    pub measurement_id: Option<Uuid>,
    pub as_of_date: Option<Date>,
    pub numerator: Option<i64>,
    pub whole: Option<i64>,
    pub unit_deducted: Option<bool>,
    pub earlier_date: Option<Date>,
    pub earlier_numerator: Option<i64>,
    pub earlier_whole: Option<i64>,
    pub earlier_deducted: Option<bool>,
}

/// The natural villages of each village of a division with their figures: those in force first, by code.
pub async fn unit_figures(
    conn: &mut PgConnection,
    division: &str,
    indicators: &[&str],
    at: At,
    pace_from: Date,
) -> Result<Vec<UnitRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM unit_figures($1, $2, $3, $4, $5)")
        .bind(division)
        .bind(indicators)
        .bind(at.date)
        .bind(at.known_at)
        .bind(pace_from)
        .fetch_all(conn)
        .await
}
