//! How much of what was billed is paid, village by village.

use sqlx::{FromRow, PgConnection, Result};
use time::Date;

/// A book that has changed since it was last stated.
#[derive(Debug, FromRow)]
pub struct Changed {
    pub division_code: String,
    pub entries: i64,
    /// Billed less what was credited, remitted and written off.
    pub due_fen: i64,
    pub settled_fen: i64,
    pub overdue_households: i64,
}

/// Books that have changed since they were last stated, at most `limit`.
pub async fn changed(conn: &mut PgConnection, day: Date, limit: i64) -> Result<Vec<Changed>> {
    sqlx::query_as(
        "SELECT b.division_code, b.entries, b.billed_fen - b.relieved_fen - b.written_off_fen AS due_fen, b.settled_fen,
                (SELECT count(DISTINCT household_id) FROM bill
                 WHERE division_code = b.division_code AND open AND due_on < $1) AS overdue_households
         FROM book b LEFT JOIN collection_stated s USING (division_code)
         WHERE b.entries > coalesce(s.entries, 0) ORDER BY b.division_code LIMIT $2",
    )
    .bind(day)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Notes up to which entry the books were stated.
pub async fn stated(conn: &mut PgConnection, books: &[Changed]) -> Result<()> {
    let divisions: Vec<&str> = books.iter().map(|book| book.division_code.as_str()).collect();
    let entries: Vec<i64> = books.iter().map(|book| book.entries).collect();
    sqlx::query(
        "INSERT INTO collection_stated (division_code, entries) SELECT * FROM unnest($1::text[], $2::bigint[])
         ON CONFLICT (division_code) DO UPDATE SET entries = excluded.entries",
    )
    .bind(divisions)
    .bind(entries)
    .execute(conn)
    .await?;
    Ok(())
}
