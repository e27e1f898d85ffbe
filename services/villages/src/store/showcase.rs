//! Showcases, what became of them, and the groups that answer for publicity.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

/// A showcase with what became of it.
#[derive(Debug, Clone, FromRow)]
pub struct ShowcaseRow {
    pub showcase_id: Uuid,
    pub division_code: String,
    pub kind: String,
    /// Sealed.
    pub person_name: Vec<u8>,
    pub content: Vec<u8>,
    pub nominated_at: OffsetDateTime,
    pub approval: Option<Vec<u8>>,
    pub withdrawal: Option<Vec<u8>>,
}

/// Which showcases to list.
#[derive(Debug)]
pub struct ShowcaseQuery<'a> {
    pub division: &'a str,
    pub after: Option<Uuid>,
    pub limit: i64,
}

const SELECT: &str = "SELECT * FROM (
    SELECT s.*, a.content AS approval, w.content AS withdrawal, coalesce(w.state, a.state, 'NOMINATED') AS state
    FROM showcases s
    LEFT JOIN showcase_decisions a ON a.showcase_id = s.showcase_id AND a.state = 'APPROVED'
    LEFT JOIN showcase_decisions w ON w.showcase_id = s.showcase_id AND w.state = 'WITHDRAWN') showcases";

/// Adds a showcase.
pub async fn showcase_insert(conn: &mut PgConnection, row: &ShowcaseRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO showcases (showcase_id, division_code, kind, person_name, content, nominated_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.showcase_id)
    .bind(&row.division_code)
    .bind(&row.kind)
    .bind(&row.person_name)
    .bind(&row.content)
    .bind(row.nominated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// A showcase.
pub async fn showcase_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<ShowcaseRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push(" WHERE showcase_id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// A showcase, after waiting for other decisions about it to end.
pub async fn showcase_lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<ShowcaseRow>, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.showcases ' || $1::uuid, 0))")
        .bind(id)
        .execute(&mut *conn)
        .await?;
    showcase_get(conn, id).await
}

/// Showcases of a division and below it, newest first.
pub async fn showcases_list(
    conn: &mut PgConnection,
    list: &ShowcaseQuery<'_>,
    filter: &Filter,
) -> Result<Vec<ShowcaseRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(SELECT);
    query.push(" WHERE division_code ^@ ").push_bind(list.division);
    if let Some(after) = list.after {
        query
            .push(" AND (nominated_at, showcase_id) < (SELECT b.nominated_at, b.showcase_id FROM showcases b WHERE b.showcase_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY nominated_at DESC, showcase_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Adds what became of a showcase.
pub async fn decision_insert(
    conn: &mut PgConnection,
    showcase: &ShowcaseRow,
    state: &str,
    content: &[u8],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO showcase_decisions (showcase_id, state, division_code, content, decided_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(showcase.showcase_id)
    .bind(state)
    .bind(&showcase.division_code)
    .bind(content)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Appoints a group, which holds from now on.
pub async fn group_insert(
    conn: &mut PgConnection,
    division: &str,
    content: &[u8],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO publicity_groups (division_code, content, recorded_at) VALUES ($1, $2, $3)")
        .bind(division)
        .bind(content)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// The group of the nearest division at or above a village that has one.
pub async fn group_of(conn: &mut PgConnection, village: &str) -> Result<Option<(String, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT division_code, content FROM publicity_groups WHERE $1 ^@ division_code
         ORDER BY length(division_code) DESC, group_id DESC LIMIT 1",
    )
    .bind(village)
    .fetch_optional(conn)
    .await
}
