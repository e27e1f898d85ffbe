//! Closing books.

use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A closed period of one village.
#[derive(Debug, Clone, FromRow)]
pub struct BookClose {
    pub id: Uuid,
    pub division_code: String,
    pub closed_before: Date,
    pub closer: String,
    pub closed_at: OffsetDateTime,
}

/// Villages of a division that have a book, by code.
pub async fn villages(conn: &mut PgConnection, division: &str) -> Result<Vec<String>> {
    let mut query = QueryBuilder::new("SELECT division_code FROM book WHERE true");
    super::within(&mut query, division);
    query.push(" ORDER BY division_code");
    query.build_query_scalar().fetch_all(conn).await
}

/// How many lines of bank statements booked before `day` nobody has decided, by village.
pub async fn open_lines(conn: &mut PgConnection, division: &str, day: Date) -> Result<Vec<(String, i64)>> {
    let mut query = QueryBuilder::new(
        "SELECT division_code, count(*) FROM statement_line s
         WHERE (state IN (1, 2) OR (state IN (3, 4) AND EXISTS (SELECT FROM journal_entry r WHERE r.reverses = s.entry_id)))
         AND booked_on < ",
    );
    query.push_bind(day);
    super::within(&mut query, division);
    query.push(" GROUP BY 1 ORDER BY 1");
    query.build_query_as().fetch_all(conn).await
}

/// Closes books before `day` and answers which were not closed that far.
pub async fn close(conn: &mut PgConnection, villages: &[&str], day: Date) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT close_books($1, $2)")
        .bind(villages)
        .bind(day)
        .fetch_all(conn)
        .await
}

/// Notes what was closed, and how far each book, which is held, reached.
pub async fn insert(conn: &mut PgConnection, closes: &[BookClose]) -> Result<()> {
    for close in closes {
        sqlx::query(
            "INSERT INTO book_close (id, division_code, closed_before, closer, closed_at, entries)
             SELECT $1, $2, $3, $4, $5, entries FROM book WHERE division_code = $2",
        )
        .bind(close.id)
        .bind(&close.division_code)
        .bind(close.closed_before)
        .bind(&close.closer)
        .bind(close.closed_at)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Closed periods of a division after `after`, by village and day.
pub async fn list(conn: &mut PgConnection, division: &str, after: Option<Uuid>, limit: i64) -> Result<Vec<BookClose>> {
    let mut query =
        QueryBuilder::new("SELECT id, division_code, closed_before, closer, closed_at FROM book_close WHERE true");
    super::within(&mut query, division);
    if let Some(after) = after {
        query
            .push(" AND (division_code, closed_before) > (SELECT division_code, closed_before FROM book_close WHERE id = ")
            .push_bind(after)
            .push(")");
    }
    query
        .push(" ORDER BY division_code, closed_before LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}
