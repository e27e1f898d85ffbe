//! What figures are held against: the one before, and what an inspection or a self-report says of the same.

use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::Date;
use uuid::Uuid;

use super::measurement::{COLUMNS, MeasurementRow, Subject};

/// The figure before another.
#[derive(Debug, FromRow)]
pub struct BeforeRow {
    /// Position of the other one, from 0.
    pub place: i64,
    pub as_of_date: Date,
    pub numerator: i64,
    pub whole: Option<i64>,
}

/// A figure beside another.
#[derive(Debug, FromRow)]
pub struct BesideRow {
    /// Position of the other one, from 0.
    pub place: i64,
    #[sqlx(flatten)]
    pub figure: MeasurementRow,
}

/// Which figures of the same division and indicator are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// The last self-report of that day or before.
    Claim,
    /// The first inspection of that day or later.
    Finding,
}

/// For each of `subjects` the last figure before its date that counts, where there is one.
pub async fn figures_before(conn: &mut PgConnection, subjects: &[Subject]) -> Result<Vec<BeforeRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT s.n - 1 AS place, m.as_of_date, m.numerator, m.denominator - m.deductible AS whole
         FROM unnest($1::text[], $2::text[], $3::date[]) WITH ORDINALITY s (division_code, indicator, as_of_date, n)
         CROSS JOIN LATERAL (
             SELECT * FROM measurements m
             WHERE m.division_code = s.division_code AND m.indicator = s.indicator AND m.as_of_date < s.as_of_date
                   AND NOT m.held AND NOT m.unit_deducted
             ORDER BY m.as_of_date DESC, m.source = 'INSPECTION' DESC, m.revision DESC LIMIT 1) m",
    )
    .bind(subjects.iter().map(|it| it.division_code.as_str()).collect::<Vec<_>>())
    .bind(subjects.iter().map(|it| it.indicator.as_str()).collect::<Vec<_>>())
    .bind(subjects.iter().map(|it| it.as_of_date).collect::<Vec<_>>())
    .fetch_all(conn)
    .await
}

/// Those of `subjects`, which are self-reports, whose day has a figure of an inspection: position and id of it.
pub async fn figures_inspected(conn: &mut PgConnection, subjects: &[Subject]) -> Result<Vec<(i64, Uuid)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT DISTINCT ON (s.n) s.n - 1, m.measurement_id
         FROM unnest($1::text[], $2::text[], $3::date[]) WITH ORDINALITY s (division_code, indicator, as_of_date, n)
         JOIN measurements m ON m.division_code = s.division_code AND m.indicator = s.indicator
                                AND m.as_of_date = s.as_of_date AND m.source = 'INSPECTION'
         ORDER BY s.n, m.revision DESC",
    )
    .bind(subjects.iter().map(|it| it.division_code.as_str()).collect::<Vec<_>>())
    .bind(subjects.iter().map(|it| it.indicator.as_str()).collect::<Vec<_>>())
    .bind(subjects.iter().map(|it| it.as_of_date).collect::<Vec<_>>())
    .fetch_all(conn)
    .await
}

/// The figure beside each of `subjects`, where there is one.
pub async fn figures_beside(
    conn: &mut PgConnection,
    subjects: &[Subject],
    which: Beside,
) -> Result<Vec<BesideRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT s.n - 1 AS place, ");
    query
        .push(COLUMNS)
        .push(" FROM unnest(")
        .push_bind(subjects.iter().map(|it| it.division_code.as_str()).collect::<Vec<_>>())
        .push("::text[], ")
        .push_bind(subjects.iter().map(|it| it.indicator.as_str()).collect::<Vec<_>>())
        .push("::text[], ")
        .push_bind(subjects.iter().map(|it| it.as_of_date).collect::<Vec<_>>())
        .push(
            "::date[]) WITH ORDINALITY s (division_code, indicator, as_of_date, n)
             CROSS JOIN LATERAL (
                 SELECT * FROM measurements f
                 WHERE f.division_code = s.division_code AND f.indicator = s.indicator AND NOT f.unit_deducted AND ",
        )
        .push(match which {
            Beside::Claim => {
                "f.source = 'SELF_REPORT' AND f.as_of_date <= s.as_of_date
                 ORDER BY f.as_of_date DESC, f.revision DESC"
            }
            Beside::Finding => {
                "f.source = 'INSPECTION' AND f.as_of_date >= s.as_of_date
                 ORDER BY f.as_of_date, f.revision DESC"
            }
        })
        .push(" LIMIT 1) m ORDER BY s.n");
    query.build_query_as().fetch_all(conn).await
}
