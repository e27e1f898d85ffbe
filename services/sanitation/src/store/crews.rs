//! Crews.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;

use super::{
    list::{Key, Listing, page},
    upsert::Upsert,
};

/// A row of `crews`.
#[derive(Debug, Clone, FromRow)]
pub struct Crew {
    pub crew_id: String,
    pub division_code: String,
    pub display_name: String,
    pub kind: String,
    pub contract_id: Option<String>,
    pub updated_at: OffsetDateTime,
}

/// How the staged register becomes crews.
pub const CREWS: Upsert = Upsert {
    table: "crews",
    key: &["crew_id"],
    columns: &["division_code", "display_name", "kind", "contract_id"],
    source: "SELECT crew_id, division_code, name AS display_name, kind, contract_id FROM staged",
};

pub async fn crew_get(conn: &mut PgConnection, id: &str) -> Result<Option<Crew>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM crews WHERE crew_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn crew_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Crew>, sqlx::Error> {
    page("SELECT * FROM crews", Key::Text("crew_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}
