//! The fleet.

use sanitation_core::stream::Stream;
use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

use super::list::{Key, Listing, page};

/// A row of `vehicles`.
#[derive(Debug, Clone, FromRow)]
pub struct Vehicle {
    pub vehicle_id: String,
    pub division_code: String,
    pub plate: String,
    pub depot_id: String,
    pub kind: String,
    pub model: String,
    pub payload_kg: i64,
    pub gross_kg: i64,
    pub volume_l: i64,
    pub shift_starts_s: i32,
    pub shift_ends_s: i32,
    pub speed_kmh: i32,
    pub stream: String,
    pub updated_at: OffsetDateTime,
}

pub async fn vehicle_get(conn: &mut PgConnection, id: &str) -> Result<Option<Vehicle>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM vehicles WHERE vehicle_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn vehicle_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Vehicle>, sqlx::Error> {
    page("SELECT * FROM vehicles", Key::Text("vehicle_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// Vehicles of a division that collect what is planned: not those for recyclables or hazardous waste.
pub async fn collectors_of(conn: &mut PgConnection, division: &str) -> Result<Vec<Vehicle>, sqlx::Error> {
    let mut vehicles = vehicles_of(conn, division, "compactor").await?;
    vehicles.retain(|row| {
        [Stream::Rest, Stream::Kitchen]
            .iter()
            .any(|stream| stream.carried_by(&row.stream))
    });
    Ok(vehicles)
}

/// Vehicles of a kind of a division.
pub async fn vehicles_of(conn: &mut PgConnection, division: &str, kind: &str) -> Result<Vec<Vehicle>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM vehicles WHERE kind = $2 AND division_code ^@ $1 ORDER BY vehicle_id")
        .bind(division)
        .bind(kind)
        .fetch_all(conn)
        .await
}

/// Hauling trucks of a division.
pub async fn haulers_of(conn: &mut PgConnection, division: &str) -> Result<Vec<Vehicle>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM vehicles WHERE kind = 'hook_lift' AND division_code ^@ $1 ORDER BY vehicle_id")
        .bind(division)
        .fetch_all(conn)
        .await
}

/// Gross mass of the lightest vehicle that collects what is not collected apart, of each of some townships.
pub async fn lightest_collectors(
    conn: &mut PgConnection,
    townships: &[String],
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT division_code, min(gross_kg) FROM vehicles
         WHERE kind = 'compactor' AND stream IN ('', 'residual') AND division_code = ANY($1) GROUP BY division_code",
    )
    .bind(townships)
    .fetch_all(conn)
    .await
}
