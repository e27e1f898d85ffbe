//! Staged figures of villages.

use sqlx::{FromRow, PgConnection};
use time::Date;

/// One figure of a file.
#[derive(Debug, FromRow)]
pub struct StagedFigure {
    pub line: i64,
    pub division_code: String,
    pub indicator: String,
    pub as_of_date: Date,
    pub numerator: i64,
    pub denominator: Option<i64>,
}

/// The staged columns as one row a figure, by line.
pub async fn figures_staged(conn: &mut PgConnection) -> Result<Vec<StagedFigure>, sqlx::Error> {
    sqlx::query_as(
        "SELECT s.line, s.division_code, v.indicator, s.as_of_date::date AS as_of_date,
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
         WHERE v.value IS NOT NULL ORDER BY s.line, v.indicator",
    )
    .fetch_all(conn)
    .await
}
