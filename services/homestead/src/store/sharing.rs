//! What sharing households among the cadres of a village goes by.

use sqlx::{FromRow, PgConnection, Result};
use uuid::Uuid;

/// A household of a village with what it owes and who answers for it.
#[derive(Debug, FromRow)]
pub struct Held {
    pub household_id: String,
    pub group_code: Option<String>,
    pub outstanding_fen: i64,
    /// Who answers for it, or will once the hand-over that waits is accepted.
    pub cadre_id: String,
    /// The hand-over that waits.
    pub pending: Option<Uuid>,
}

/// The cadres of the village itself, by id.
pub async fn cadres_of(conn: &mut PgConnection, village: &str) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT cadre_id FROM cadre WHERE division_code = $1 ORDER BY cadre_id")
        .bind(village)
        .fetch_all(conn)
        .await
}

/// Every household of the village that has a cadre, by id.
pub async fn held_in(conn: &mut PgConnection, village: &str) -> Result<Vec<Held>> {
    sqlx::query_as(
        "SELECT f.household_id, h.group_code,
                (SELECT coalesce(sum(b.outstanding_fen), 0)::bigint FROM bill b
                 WHERE b.household_id = f.household_id AND b.open) AS outstanding_fen,
                coalesce(o.to_cadre_id, f.cadre_id) AS cadre_id, o.id AS pending
         FROM portfolio f JOIN household h USING (household_id)
         LEFT JOIN hand_over o ON o.household_id = f.household_id AND o.state = 1
         WHERE f.division_code = $1 ORDER BY f.household_id",
    )
    .bind(village)
    .fetch_all(conn)
    .await
}

/// The village groups of `households` as far as known, by id.
pub async fn groups_of(conn: &mut PgConnection, households: &[&str]) -> Result<Vec<(String, String)>> {
    sqlx::query_as(
        "SELECT household_id, group_code FROM household WHERE household_id = ANY ($1) AND group_code IS NOT NULL ORDER BY household_id",
    )
    .bind(households)
    .fetch_all(conn)
    .await
}
