//! Road networks.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

/// A row of `road_nodes`.
#[derive(Debug, Clone, FromRow)]
pub struct RoadNode {
    pub node_id: String,
    pub lng: f64,
    pub lat: f64,
}

/// A row of `road_edges`.
#[derive(Debug, Clone, FromRow)]
pub struct RoadEdge {
    pub edge_id: String,
    pub from_node: String,
    pub to_node: String,
    pub length_mm: i64,
    pub speed_kmh: i32,
    pub max_gross_kg: Option<i64>,
    pub oneway: bool,
    pub closed: bool,
    /// `lng lat;lng lat`.
    pub bends: String,
}

/// The division whose network another one drives on: its own, or that of the nearest above it that has roads.
pub async fn network_of(conn: &mut PgConnection, division: &str) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT division_code FROM road_networks WHERE $1 ^@ division_code ORDER BY length(division_code) DESC LIMIT 1",
    )
    .bind(division)
    .fetch_optional(conn)
    .await
}

/// The version of a network, which does not change until the transaction ends.
pub async fn network_hold(conn: &mut PgConnection, division: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT version FROM road_networks WHERE division_code = $1 FOR SHARE")
        .bind(division)
        .fetch_one(conn)
        .await
}

/// Raises the version of a network whose junctions have changed, if it has roads.
pub async fn nodes_changed(conn: &mut PgConnection, division: &str, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE road_networks SET version = version + 1, changed_at = $2 WHERE division_code = $1")
        .bind(division)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Raises the version of a network whose roads have changed.
pub async fn edges_changed(conn: &mut PgConnection, division: &str, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO road_networks (division_code, version, changed_at) VALUES ($1, 1, $2)
         ON CONFLICT (division_code) DO UPDATE SET version = road_networks.version + 1, changed_at = $2",
    )
    .bind(division)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The rows after a key, in the order of their ids.
pub async fn node_page(
    conn: &mut PgConnection,
    division: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<RoadNode>, sqlx::Error> {
    sqlx::query_as(
        "SELECT node_id, lng, lat FROM road_nodes WHERE division_code = $1 AND node_id > $2 ORDER BY node_id LIMIT $3",
    )
    .bind(division)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// The rows after a key, in the order of their ids.
pub async fn edge_page(
    conn: &mut PgConnection,
    division: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<RoadEdge>, sqlx::Error> {
    sqlx::query_as(
        "SELECT edge_id, from_node, to_node, length_mm, speed_kmh, max_gross_kg, oneway, closed, bends
         FROM road_edges WHERE division_code = $1 AND edge_id > $2 ORDER BY edge_id LIMIT $3",
    )
    .bind(division)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// The junctions of a network.
pub async fn nodes_of(conn: &mut PgConnection, division: &str) -> Result<Vec<RoadNode>, sqlx::Error> {
    sqlx::query_as("SELECT node_id, lng, lat FROM road_nodes WHERE division_code = $1 ORDER BY node_id")
        .bind(division)
        .fetch_all(conn)
        .await
}

/// The open roads of a network, at most `limit`.
pub async fn open_edges_of(conn: &mut PgConnection, division: &str, limit: i64) -> Result<Vec<RoadEdge>, sqlx::Error> {
    sqlx::query_as(
        "SELECT edge_id, from_node, to_node, length_mm, speed_kmh, max_gross_kg, oneway, closed, bends
         FROM road_edges WHERE division_code = $1 AND NOT closed ORDER BY edge_id LIMIT $2",
    )
    .bind(division)
    .bind(limit)
    .fetch_all(conn)
    .await
}
