//! Rules of household points, and goods of points shops.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A version of the rules of a division.
#[derive(Debug, Clone, FromRow)]
pub struct RulesRow {
    pub division_code: String,
    pub version: i32,
    pub effective_from: Date,
    pub content: Vec<u8>,
    pub applied_at: OffsetDateTime,
}

/// Goods of a shop.
#[derive(Debug, Clone, FromRow)]
pub struct GoodsRow {
    pub goods_id: Uuid,
    pub division_code: String,
    pub display_name: String,
    pub price_points: i64,
    pub stock: i32,
    pub closed: bool,
    pub created_at: OffsetDateTime,
}

/// The latest version of a division, after waiting for other versions of it to be added.
pub async fn rules_lock(conn: &mut PgConnection, division: &str) -> Result<Option<RulesRow>, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.point_rules ' || $1, 0))")
        .bind(division)
        .execute(&mut *conn)
        .await?;
    sqlx::query_as("SELECT * FROM point_rules WHERE division_code = $1 ORDER BY version DESC LIMIT 1")
        .bind(division)
        .fetch_optional(conn)
        .await
}

/// Adds a version.
pub async fn rules_insert(conn: &mut PgConnection, row: &RulesRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO point_rules (division_code, version, effective_from, content, applied_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(&row.division_code)
    .bind(row.version)
    .bind(row.effective_from)
    .bind(&row.content)
    .bind(row.applied_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// One version.
pub async fn rules_get(conn: &mut PgConnection, division: &str, version: i32) -> Result<Option<RulesRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM point_rules WHERE division_code = $1 AND version = $2")
        .bind(division)
        .bind(version)
        .fetch_optional(conn)
        .await
}

/// Versions of a division and below it, by division and version.
pub async fn rules_list(
    conn: &mut PgConnection,
    division: &str,
    after: Option<(&str, i32)>,
    limit: i64,
) -> Result<Vec<RulesRow>, sqlx::Error> {
    let (after_division, after_version) = after.unwrap_or_default();
    sqlx::query_as(
        "SELECT * FROM point_rules WHERE division_code ^@ $1 AND (division_code, version) > ($2, $3)
         ORDER BY division_code, version LIMIT $4",
    )
    .bind(division)
    .bind(after_division)
    .bind(after_version)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Adds goods.
pub async fn goods_insert(conn: &mut PgConnection, row: &GoodsRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO point_goods (goods_id, division_code, display_name, price_points, stock, closed, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.goods_id)
    .bind(&row.division_code)
    .bind(&row.display_name)
    .bind(row.price_points)
    .bind(row.stock)
    .bind(row.closed)
    .bind(row.created_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Goods that concern the caller.
pub async fn goods_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<GoodsRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM point_goods WHERE goods_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Goods of the caller's own division, after waiting for other changes to end.
pub async fn goods_lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<GoodsRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM point_goods WHERE goods_id = $1 FOR UPDATE")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Keeps price, stock and whether they are offered.
pub async fn goods_update(conn: &mut PgConnection, row: &GoodsRow) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE point_goods SET price_points = $2, stock = $3, closed = $4 WHERE goods_id = $1")
        .bind(row.goods_id)
        .bind(row.price_points)
        .bind(row.stock)
        .bind(row.closed)
        .execute(conn)
        .await?;
    Ok(())
}

/// Takes pieces out of stock, or puts them back if negative; false if fewer are there.
pub async fn goods_take(conn: &mut PgConnection, id: Uuid, pieces: i32) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT point_goods_take($1, $2)")
        .bind(id)
        .bind(pieces)
        .fetch_one(conn)
        .await
}

/// Goods of a division and below it, newest first.
pub async fn goods_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<GoodsRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT * FROM point_goods WHERE division_code ^@ ");
    query.push_bind(division);
    if let Some(after) = after {
        query
            .push(
                " AND (created_at, goods_id) < (SELECT a.created_at, a.goods_id FROM point_goods a WHERE a.goods_id = ",
            )
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY created_at DESC, goods_id DESC LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}
