//! Collection points.

use sanitation_core::stream::Stream;
use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

use super::list::{Key, Listing, page};

/// A row of `collection_points`.
#[derive(Debug, Clone, FromRow)]
pub struct Point {
    pub point_id: String,
    pub division_code: String,
    pub kind: String,
    pub capacity_l: i64,
    pub bin_count: i32,
    pub daily_g: i64,
    pub access_max_gross_kg: Option<i64>,
    pub window_opens_s: i32,
    pub window_closes_s: i32,
    pub lng: f64,
    pub lat: f64,
    pub updated_at: OffsetDateTime,
    /// What is collected there, once a plan tells streams apart; `point_id` is then the id of the call.
    #[sqlx(skip)]
    pub stream: Stream,
}

pub async fn point_get(conn: &mut PgConnection, id: &str) -> Result<Option<Point>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM collection_points WHERE point_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn point_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Point>, sqlx::Error> {
    page("SELECT * FROM collection_points", Key::Text("point_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// All points of a division.
pub async fn points_of(conn: &mut PgConnection, division: &str) -> Result<Vec<Point>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM collection_points WHERE division_code ^@ $1 ORDER BY point_id")
        .bind(division)
        .fetch_all(conn)
        .await
}

/// All points of some townships.
pub async fn points_of_townships(conn: &mut PgConnection, townships: &[String]) -> Result<Vec<Point>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM collection_points WHERE left(division_code, 9) = ANY($1) ORDER BY point_id")
        .bind(townships)
        .fetch_all(conn)
        .await
}
