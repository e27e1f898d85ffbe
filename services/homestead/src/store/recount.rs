//! What recounts found.

use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::OffsetDateTime;
use uuid::Uuid;

/// A recount as it is stored.
#[derive(Debug, FromRow)]
pub struct Recount {
    pub id: Uuid,
    pub division_code: String,
    pub outcome: Vec<u8>,
    pub recounted_at: OffsetDateTime,
}

/// Counties that have books, by code.
pub async fn counties(conn: &mut PgConnection) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT DISTINCT left(division_code, 6) FROM book ORDER BY 1")
        .fetch_all(conn)
        .await
}

/// Keeps a recount.
pub async fn insert(conn: &mut PgConnection, recount: &Recount) -> Result<()> {
    sqlx::query("INSERT INTO recount (id, division_code, outcome, recounted_at) VALUES ($1, $2, $3, $4)")
        .bind(recount.id)
        .bind(&recount.division_code)
        .bind(&recount.outcome)
        .bind(recount.recounted_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Recounts before `before`, newest first.
pub async fn list(conn: &mut PgConnection, before: Option<Uuid>, limit: i64) -> Result<Vec<Recount>> {
    let mut query = QueryBuilder::new("SELECT id, division_code, outcome, recounted_at FROM recount WHERE true");
    if let Some(before) = before {
        query.push(" AND id < ").push_bind(before);
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}
