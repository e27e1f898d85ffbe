//! Villages as areas to serve.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

use super::list::{Key, Listing, page};

/// A row of `service_areas`.
#[derive(Debug, Clone, FromRow)]
pub struct Area {
    pub division_code: String,
    pub display_name: String,
    pub household_count: i64,
    pub resident_count: i64,
    pub group_count: i64,
    pub lng: f64,
    pub lat: f64,
    pub updated_at: OffsetDateTime,
}

pub async fn area_get(conn: &mut PgConnection, code: &str) -> Result<Option<Area>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM service_areas WHERE division_code = $1")
        .bind(code)
        .fetch_optional(conn)
        .await
}

pub async fn area_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Area>, sqlx::Error> {
    page("SELECT * FROM service_areas", Key::Text("division_code"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// All areas of a division.
pub async fn areas_of(conn: &mut PgConnection, division: &str) -> Result<Vec<Area>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM service_areas WHERE division_code ^@ $1 ORDER BY division_code")
        .bind(division)
        .fetch_all(conn)
        .await
}

/// Names of areas by code.
pub async fn area_names(conn: &mut PgConnection, codes: &[String]) -> Result<Vec<(String, String)>, sqlx::Error> {
    sqlx::query_as("SELECT division_code, display_name FROM service_areas WHERE division_code = ANY($1)")
        .bind(codes)
        .fetch_all(conn)
        .await
}
