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

/// Rows whose ID number stands in an earlier row.
pub async fn id_numbers_repeated(conn: &mut PgConnection) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as(
        "SELECT line, household_id FROM (
             SELECT line, household_id, row_number() OVER (PARTITION BY id_number_blind ORDER BY line) AS n
             FROM staged WHERE id_number_blind IS NOT NULL) s
         WHERE n > 1 ORDER BY line LIMIT 200",
    )
    .fetch_all(conn)
    .await
}

/// Rows whose ID number is in force on `date` or later in another household; with that household where the caller may see
/// it. One that gives the number up in the same file does not count.
pub async fn id_numbers_held(conn: &mut PgConnection, date: Date) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as(
        "SELECT DISTINCT ON (s.line) s.line,
                CASE WHEN h.division_code ^@ current_setting('xiangtu.scope') THEN h.household_id ELSE '' END
         FROM household_id_holders(
                  ARRAY(SELECT decode(id_number_blind, 'hex') FROM staged WHERE id_number_blind IS NOT NULL), $1) h
         JOIN staged s ON decode(s.id_number_blind, 'hex') = h.id_number_blind AND s.household_id <> h.household_id
         LEFT JOIN staged own ON own.household_id = h.household_id
         WHERE own.id_number_blind IS NULL OR own.id_number_blind = s.id_number_blind
         ORDER BY s.line LIMIT 200",
    )
    .bind(date)
    .fetch_all(conn)
    .await
}

/// Rows of households that ended by `date`, with the day.
pub async fn households_ended(conn: &mut PgConnection, date: Date) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as(
        "SELECT s.line, max(v.valid_until)::text
         FROM households v JOIN staged s USING (household_id) WHERE v.known_until IS NULL
         GROUP BY s.line HAVING max(coalesce(v.valid_until, 'infinity')) <= $1 ORDER BY s.line LIMIT 200",
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
