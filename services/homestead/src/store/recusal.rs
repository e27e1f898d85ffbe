//! Cadres who must not meet households.

use sqlx::{PgConnection, Result};

/// Whether `cadre_id` must not meet `household_id`.
pub async fn recused(conn: &mut PgConnection, cadre_id: &str, household_id: &str) -> Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM recusal WHERE cadre_id = $1 AND household_id = $2 AND relation <> 'none')",
    )
    .bind(cadre_id)
    .bind(household_id)
    .fetch_one(conn)
    .await
}

/// Household and cadre of every pair of a village that must not meet.
pub async fn recused_in(conn: &mut PgConnection, village: &str) -> Result<Vec<(String, String)>> {
    sqlx::query_as("SELECT household_id, cadre_id FROM recusal WHERE division_code = $1 AND relation <> 'none'")
        .bind(village)
        .fetch_all(conn)
        .await
}
