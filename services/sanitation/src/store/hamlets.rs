//! Where the households of villages stand.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

use super::{
    list::{Key, Listing, page},
    upsert::Upsert,
};

/// A row of `hamlets`.
#[derive(Debug, Clone, FromRow)]
pub struct Hamlet {
    pub hamlet_id: String,
    pub division_code: String,
    pub display_name: String,
    pub household_count: i64,
    pub clustered: Option<bool>,
    pub lng: f64,
    pub lat: f64,
    pub updated_at: OffsetDateTime,
}

/// How the staged register becomes hamlets.
pub const HAMLETS: Upsert = Upsert {
    table: "hamlets",
    key: &["hamlet_id"],
    columns: &[
        "division_code",
        "display_name",
        "household_count",
        "clustered",
        "lng",
        "lat",
    ],
    source: "SELECT hamlet_id, village AS division_code, name AS display_name, households::bigint AS household_count,
                    clustered::boolean AS clustered, lng::float8 AS lng, lat::float8 AS lat
             FROM staged",
};

pub async fn hamlet_get(conn: &mut PgConnection, id: &str) -> Result<Option<Hamlet>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM hamlets WHERE hamlet_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn hamlet_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Hamlet>, sqlx::Error> {
    page("SELECT * FROM hamlets", Key::Text("hamlet_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// The hamlets of some villages, by id.
pub async fn hamlets_of(conn: &mut PgConnection, villages: &[String]) -> Result<Vec<Hamlet>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM hamlets WHERE division_code = ANY($1) ORDER BY hamlet_id")
        .bind(villages)
        .fetch_all(conn)
        .await
}
