//! Households.

use sqlx::{FromRow, PgConnection, Result};

/// A household as it is stored.
#[derive(Debug, FromRow)]
pub struct Household {
    pub household_id: String,
    pub division_code: String,
    pub head_name: Vec<u8>,
    pub relief_class: Option<i16>,
    pub registered_persons: Option<i16>,
}

/// Gets a household.
pub async fn household_get(conn: &mut PgConnection, household_id: &str) -> Result<Option<Household>> {
    sqlx::query_as(
        "SELECT household_id, division_code, head_name, relief_class, registered_persons FROM household WHERE household_id = $1",
    )
    .bind(household_id)
    .fetch_optional(conn)
    .await
}
