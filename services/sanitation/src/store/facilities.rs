//! The fixed places of the network.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

use super::list::{Key, Listing, page};

/// A row of `facilities`.
#[derive(Debug, Clone, FromRow)]
pub struct Facility {
    pub facility_id: String,
    pub kind: String,
    pub division_code: String,
    pub display_name: String,
    pub capacity_kg_per_day: i64,
    pub equipment: String,
    pub opens_s: i32,
    pub closes_s: i32,
    pub lng: f64,
    pub lat: f64,
    /// What it may hold at a time; `None`: what it is designed for a day.
    pub storage_kg: Option<i64>,
    /// Empty: all.
    pub streams: Vec<String>,
    pub updated_at: OffsetDateTime,
}

pub async fn facility_get(conn: &mut PgConnection, id: &str) -> Result<Option<Facility>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM facilities WHERE facility_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn facility_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Facility>, sqlx::Error> {
    page("SELECT * FROM facilities", Key::Text("facility_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// Transfer stations of a division.
pub async fn stations_of(conn: &mut PgConnection, division: &str) -> Result<Vec<Facility>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM facilities WHERE kind = 'transfer_station' AND division_code ^@ $1 ORDER BY facility_id",
    )
    .bind(division)
    .fetch_all(conn)
    .await
}

/// Plants of a division, of those above it and of those below it.
pub async fn plants_for(conn: &mut PgConnection, division: &str) -> Result<Vec<Facility>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM facilities WHERE kind = 'plant' AND (division_code ^@ $1 OR $1 ^@ division_code)
         ORDER BY facility_id",
    )
    .bind(division)
    .fetch_all(conn)
    .await
}

/// Facilities by id.
pub async fn facilities_by_id(conn: &mut PgConnection, ids: &[String]) -> Result<Vec<Facility>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM facilities WHERE facility_id = ANY($1) ORDER BY facility_id")
        .bind(ids)
        .fetch_all(conn)
        .await
}

/// Transfer stations of some townships.
pub async fn stations_of_townships(
    conn: &mut PgConnection,
    townships: &[String],
) -> Result<Vec<Facility>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM facilities WHERE kind = 'transfer_station' AND left(division_code, 9) = ANY($1)
         ORDER BY facility_id",
    )
    .bind(townships)
    .fetch_all(conn)
    .await
}

/// Names of facilities by id.
pub async fn facility_names(conn: &mut PgConnection, ids: &[String]) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as("SELECT facility_id, display_name FROM facilities WHERE facility_id = ANY($1)")
        .bind(ids)
        .fetch_all(conn)
        .await
}
