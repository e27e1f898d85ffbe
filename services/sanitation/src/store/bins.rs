//! Waste bins.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

use super::list::{Key, Listing, page};

/// A row of `bins`.
#[derive(Debug, Clone, FromRow)]
pub struct Bin {
    pub bin_id: String,
    pub division_code: String,
    pub group_code: String,
    pub volume_l: i32,
    pub sealed: bool,
    pub households_served_count: i32,
    pub point_id: Option<String>,
    pub stream: String,
    pub lng: f64,
    pub lat: f64,
    pub updated_at: OffsetDateTime,
}

/// A bin as compliance sees it.
#[derive(Debug, Clone, FromRow)]
pub struct Standing {
    pub division_code: String,
    pub sealed: bool,
    pub lng: f64,
    pub lat: f64,
    pub point_lng: Option<f64>,
    pub point_lat: Option<f64>,
}

pub async fn bin_get(conn: &mut PgConnection, id: &str) -> Result<Option<Bin>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM bins WHERE bin_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn bin_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Bin>, sqlx::Error> {
    page("SELECT * FROM bins", Key::Text("bin_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// The bins of some villages with their points.
pub async fn bins_standing(conn: &mut PgConnection, villages: &[String]) -> Result<Vec<Standing>, sqlx::Error> {
    sqlx::query_as(
        "SELECT b.division_code, b.sealed, b.lng, b.lat, p.lng AS point_lng, p.lat AS point_lat
         FROM bins b LEFT JOIN collection_points p USING (point_id)
         WHERE b.division_code = ANY($1) ORDER BY b.bin_id",
    )
    .bind(villages)
    .fetch_all(conn)
    .await
}

/// The bins of some villages.
pub async fn bins_of(conn: &mut PgConnection, villages: &[String]) -> Result<Vec<Bin>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM bins WHERE division_code = ANY($1) ORDER BY bin_id")
        .bind(villages)
        .fetch_all(conn)
        .await
}

/// The bins of a point that sorts.
#[derive(Debug, Clone, FromRow)]
pub struct Sorting {
    pub point_id: String,
    /// Bins for kitchen waste.
    pub bins: i64,
    /// What they hold.
    pub litres: i64,
    /// What bins hold whose waste is collected with what is not sorted.
    pub other_l: i64,
}

/// The bins of points of some townships that have any for kitchen waste.
pub async fn bins_sorting(conn: &mut PgConnection, townships: &[String]) -> Result<Vec<Sorting>, sqlx::Error> {
    sqlx::query_as(
        "WITH sorting AS (
             SELECT DISTINCT point_id FROM bins WHERE stream = 'kitchen' AND left(division_code, 9) = ANY($1)
         )
         SELECT point_id, count(*) FILTER (WHERE stream = 'kitchen') AS bins,
                coalesce(sum(volume_l) FILTER (WHERE stream = 'kitchen'), 0)::bigint AS litres,
                coalesce(sum(volume_l) FILTER (WHERE stream IN ('', 'residual')), 0)::bigint AS other_l
         FROM bins JOIN sorting USING (point_id) GROUP BY point_id ORDER BY point_id",
    )
    .bind(townships)
    .fetch_all(conn)
    .await
}
