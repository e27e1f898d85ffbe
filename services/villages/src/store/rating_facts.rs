//! What a rating reads: villages and their figures, as known at an instant.

use futures::{TryStreamExt as _, future};
use kit::telemetry::unobserved;
use sqlx::{
    FromRow, PgConnection, Postgres, QueryBuilder, Row as _,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{rating::end, version::push_known};

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
    /// Whether the types fit is known from the table; to ask again for each value takes longer than to read it.
    fn of(row: &'a PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            division_code: row.try_get_unchecked(0)?,
            indicator: row.try_get_unchecked(1)?,
            source: row.try_get_unchecked(2)?,
            measurement_id: row.try_get_unchecked(3)?,
            as_of_date: row.try_get_unchecked(4)?,
            revision: row.try_get_unchecked(5)?,
            numerator: row.try_get_unchecked(6)?,
            whole: row.try_get_unchecked(7)?,
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

/// The divisions of `level` in or below `division`, by code; of all levels if it is empty.
pub async fn divisions_named(
    conn: &mut PgConnection,
    division: &str,
    level: &str,
    at: At,
) -> Result<Vec<Named>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT division_code, display_name FROM ");
    push_known(&mut query, "divisions", Some(at.known_at));
    query.push(" d WHERE division_code >= ").push_bind(division);
    query.push(" AND division_code < ").push_bind(end(division));
    query.push(" AND valid_from <= ").push_bind(at.date);
    query
        .push(" AND (valid_until IS NULL OR valid_until > ")
        .push_bind(at.date)
        .push(")");
    if !level.is_empty() {
        query.push(" AND level = ").push_bind(level);
    }
    query.push(" ORDER BY division_code");
    query.build_query_as().fetch_all(conn).await
}

/// Hands over every figure of the villages of a division that counts for `indicators`, in no order: sorting them here would take
/// several times as long as reading them. It is planned for its division each time: a plan for any division goes through an index
/// that takes seven times as long.
pub async fn figures(
    conn: &mut PgConnection,
    division: &str,
    indicators: &[&str],
    at: At,
    each: impl FnMut(FigureRow<'_>),
) -> Result<(), sqlx::Error> {
    let query = || {
        sqlx::query(
            "SELECT division_code, indicator, source, measurement_id, as_of_date, revision, numerator,
                    denominator - deductible
             FROM measurements
             WHERE division_code >= $1 AND division_code < $2 AND indicator = ANY($3)
               AND as_of_date <= $4 AND recorded_at <= $5 AND NOT held AND length(division_code) = 12",
        )
        .bind(division)
        .bind(end(division))
        .bind(indicators)
        .bind(at.date)
        .bind(at.known_at)
        .persistent(false)
    };
    read(conn, query, each).await
}

/// Hands over every figure that the villages of a division have under codes that they had before, seen by the caller or not, and
/// that counts for `indicators`: by present code, in no order.
pub async fn former_figures(
    conn: &mut PgConnection,
    division: &str,
    indicators: &[&str],
    at: At,
    each: impl FnMut(FigureRow<'_>),
) -> Result<(), sqlx::Error> {
    let query = || {
        sqlx::query("SELECT * FROM former_figures($1, $2, $3, $4)")
            .bind(division)
            .bind(indicators)
            .bind(at.date)
            .bind(at.known_at)
    };
    read(conn, query, each).await
}

/// Rows look for the span in which they began to be read, so all of it happens in none.
async fn read<'q>(
    conn: &mut PgConnection,
    query: impl FnOnce() -> Query<'q, Postgres, PgArguments>,
    mut each: impl FnMut(FigureRow<'_>),
) -> Result<(), sqlx::Error> {
    let reading = async {
        let rows = query().fetch(conn);
        rows.try_for_each(|row| future::ready(FigureRow::of(&row).map(&mut each)))
            .await
    };
    unobserved(reading).await
}
