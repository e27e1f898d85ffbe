//! The events of the suite.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

/// An event as it came.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct EventRow {
    pub sequence: i64,
    pub event: Vec<u8>,
}

/// An event to keep.
#[derive(Debug)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct NewEvent<'a> {
    pub source: &'a str,
    pub sequence: i64,
    pub division_code: &'a str,
    pub r#type: &'a str,
    pub event: Vec<u8>,
    pub received_at: OffsetDateTime,
}

/// Keeps one; one that is kept already stays as it is.
pub async fn event_insert(conn: &mut PgConnection, event: &NewEvent<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO event (source, sequence, division_code, type, event, received_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
    )
    .bind(event.source)
    .bind(event.sequence)
    .bind(event.division_code)
    .bind(event.r#type)
    .bind(&event.event)
    .bind(event.received_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Events of `source` after `sequence`, in order. No type means all types.
pub async fn event_after(
    conn: &mut PgConnection,
    source: &str,
    sequence: i64,
    division: &str,
    types: &[String],
    limit: i64,
) -> Result<Vec<EventRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT sequence, event FROM event WHERE source = $1 AND sequence > $2 AND division_code ^@ $3
           AND (cardinality($4::text[]) = 0 OR type = ANY ($4)) ORDER BY sequence LIMIT $5",
    )
    .bind(source)
    .bind(sequence)
    .bind(division)
    .bind(types)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Forgets what came before `until`, at most `limit` of it; answers how much it was.
pub async fn event_forget(conn: &mut PgConnection, until: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    let forgotten = sqlx::query(
        "DELETE FROM event WHERE ctid = ANY (ARRAY(
             SELECT ctid FROM event WHERE received_at < $1 ORDER BY received_at LIMIT $2))",
    )
    .bind(until)
    .bind(limit)
    .execute(conn)
    .await?;
    Ok(forgotten.rows_affected())
}
