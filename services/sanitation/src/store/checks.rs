//! Set-based checks of `staged`: each answers the lines that break a rule, with the value that does.

use sqlx::{PgConnection, QueryBuilder};

const MOST: i64 = 200;

/// A line and the refused value.
pub type Refused = (i64, String);

/// Lines whose `column` is no code inside `division`.
pub async fn outside(
    conn: &mut PgConnection,
    column: &'static str,
    division: &str,
) -> Result<Vec<Refused>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT line, ");
    query.push(column).push(" FROM staged WHERE NOT ").push(column);
    query
        .push(" ^@ ")
        .push_bind(division)
        .push(" ORDER BY line LIMIT ")
        .push_bind(MOST);
    query.build_query_as().fetch_all(conn).await
}

/// Lines whose `column` is given but names no `key` of `table`; `condition` narrows the table.
pub async fn unknown(
    conn: &mut PgConnection,
    column: &'static str,
    (table, key): (&'static str, &'static str),
    condition: &'static str,
) -> Result<Vec<Refused>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT line, ");
    query.push(column).push(" FROM staged s WHERE ").push(column);
    query.push(" IS NOT NULL AND NOT EXISTS (SELECT FROM ").push(table);
    query
        .push(" t WHERE t.")
        .push(key)
        .push(" = s.")
        .push(column)
        .push(condition);
    query.push(") ORDER BY line LIMIT ").push_bind(MOST);
    query.build_query_as().fetch_all(conn).await
}

/// Lines whose `column` names a `key` of `table` that lies outside `division`.
pub async fn named_outside(
    conn: &mut PgConnection,
    column: &'static str,
    (table, key): (&'static str, &'static str),
    division: &str,
) -> Result<Vec<Refused>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT s.line, s.");
    query.push(column).push(" FROM staged s JOIN ").push(table);
    query.push(" t ON t.").push(key).push(" = s.").push(column);
    query
        .push(" WHERE NOT t.division_code ^@ ")
        .push_bind(division)
        .push(" ORDER BY s.line LIMIT ")
        .push_bind(MOST);
    query.build_query_as().fetch_all(conn).await
}

/// Lines that repeat a `key` of an earlier line with other values in `columns`.
pub async fn contradicting(
    conn: &mut PgConnection,
    key: &'static str,
    columns: &[&'static str],
) -> Result<Vec<Refused>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT s.line, s.");
    query
        .push(key)
        .push(" FROM staged s JOIN (SELECT DISTINCT ON (")
        .push(key);
    query
        .push(") * FROM staged ORDER BY ")
        .push(key)
        .push(", line) f ON f.")
        .push(key);
    query.push(" = s.").push(key).push(" WHERE false");
    for column in columns {
        query
            .push(" OR f.")
            .push(column)
            .push(" IS DISTINCT FROM s.")
            .push(column);
    }
    query.push(" ORDER BY s.line LIMIT ").push_bind(MOST);
    query.build_query_as().fetch_all(conn).await
}

/// Writes `division` into the staged column `division_code`, for registers whose file has none.
pub async fn stage_division(conn: &mut PgConnection, division: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE staged SET division_code = $1")
        .bind(division)
        .execute(conn)
        .await?;
    Ok(())
}

/// Rows in `staged`.
pub async fn staged_count(conn: &mut PgConnection) -> Result<u64, sqlx::Error> {
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM staged")
        .fetch_one(conn)
        .await?;
    Ok(u64::try_from(count).unwrap_or(0))
}

/// Lines whose `facility_id` is that of a facility of another kind.
pub async fn facility_of_other_kind(conn: &mut PgConnection, kind: &str) -> Result<Vec<Refused>, sqlx::Error> {
    sqlx::query_as(
        "SELECT s.line, s.facility_id FROM staged s JOIN facilities f USING (facility_id)
         WHERE f.kind <> $1 ORDER BY s.line LIMIT $2",
    )
    .bind(kind)
    .bind(MOST)
    .fetch_all(conn)
    .await
}
