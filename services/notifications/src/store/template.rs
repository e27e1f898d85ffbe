//! Versions of templates.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

/// One version.
#[derive(Debug, Clone, FromRow)]
#[expect(missing_docs, reason = "named as the columns")]
pub struct TemplateRow {
    pub division_code: String,
    pub id: String,
    pub version: i32,
    pub definition: Vec<u8>,
    pub digest: Vec<u8>,
    pub created_at: OffsetDateTime,
}

/// The given version, or the latest.
pub async fn template_get(
    conn: &mut PgConnection,
    division_code: &str,
    id: &str,
    version: Option<i32>,
) -> Result<Option<TemplateRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM template WHERE division_code = $1 AND id = $2 AND ($3::int IS NULL OR version = $3)
         ORDER BY version DESC LIMIT 1",
    )
    .bind(division_code)
    .bind(id)
    .bind(version)
    .fetch_optional(conn)
    .await
}

/// Latest versions after the given division and id, in their order.
pub async fn template_list(
    conn: &mut PgConnection,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<TemplateRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT DISTINCT ON (division_code, id) * FROM template WHERE (division_code, id) > ($1, $2)
         ORDER BY division_code, id, version DESC LIMIT $3",
    )
    .bind(after.0)
    .bind(after.1)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Adds a version. A version that exists already is a unique violation.
pub async fn template_insert(conn: &mut PgConnection, row: &TemplateRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO template (division_code, id, version, definition, digest, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&row.division_code)
    .bind(&row.id)
    .bind(row.version)
    .bind(&row.definition)
    .bind(&row.digest)
    .bind(row.created_at)
    .execute(conn)
    .await?;
    Ok(())
}
