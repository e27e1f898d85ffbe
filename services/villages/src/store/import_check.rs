//! Checks of staged rows that need the register or the whole file. Each gives lines with the refused value, at most 200.

use sqlx::{AssertSqlSafe, PgConnection};
use time::Date;

/// A refused line and its value.
pub type Refused = (i64, String);

/// Rows whose `code` lies neither inside `division` nor above it.
pub async fn codes_elsewhere(conn: &mut PgConnection, division: &str) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as("SELECT line, code FROM staged WHERE NOT (code ^@ $1 OR $1 ^@ code) ORDER BY line LIMIT 200")
        .bind(division)
        .fetch_all(conn)
        .await
}

/// Rows that give in `column`, one of the register's own, a code outside `division`.
pub async fn column_outside(
    conn: &mut PgConnection,
    column: &'static str,
    division: &str,
) -> Result<Vec<Refused>, sqlx::Error> {
    let sql = format!("SELECT line, {column} FROM staged WHERE NOT {column} ^@ $1 ORDER BY line LIMIT 200");
    sqlx::query_as(AssertSqlSafe(sql)).bind(division).fetch_all(conn).await
}

/// Rows whose `division_code` is no division in force on `date`.
pub async fn divisions_unknown(conn: &mut PgConnection, date: Date) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as(
        "SELECT line, division_code FROM staged s
         WHERE NOT EXISTS (SELECT FROM divisions d WHERE d.division_code = s.division_code AND d.known_until IS NULL
                           AND d.valid_from <= $1 AND (d.valid_until IS NULL OR d.valid_until > $1))
         ORDER BY line LIMIT 200",
    )
    .bind(date)
    .fetch_all(conn)
    .await
}

/// Rows whose `group_code` is given and is no division in force on `date`.
pub async fn groups_unknown(conn: &mut PgConnection, date: Date) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as(
        "SELECT line, group_code FROM staged s
         WHERE group_code IS NOT NULL
           AND NOT EXISTS (SELECT FROM divisions d WHERE d.division_code = s.group_code AND d.known_until IS NULL
                           AND d.valid_from <= $1 AND (d.valid_until IS NULL OR d.valid_until > $1))
         ORDER BY line LIMIT 200",
    )
    .bind(date)
    .fetch_all(conn)
    .await
}

/// Number of staged rows.
pub async fn staged_count(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT count(*) FROM staged").fetch_one(conn).await
}

/// Rows that repeat the village and date of an earlier row.
pub async fn figures_repeated(conn: &mut PgConnection) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as(
        "SELECT line, division_code FROM (
             SELECT line, division_code, row_number() OVER (PARTITION BY division_code, as_of_date ORDER BY line) AS n
             FROM staged) s
         WHERE n > 1 ORDER BY line LIMIT 200",
    )
    .fetch_all(conn)
    .await
}

/// Rows about a date after `today`.
pub async fn figures_after(conn: &mut PgConnection, today: Date) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as("SELECT line, as_of_date FROM staged WHERE as_of_date::date > $1 ORDER BY line LIMIT 200")
        .bind(today)
        .fetch_all(conn)
        .await
}
