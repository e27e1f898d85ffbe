//! Versions of the plan section.

use homestead_core::waterfall::Order;
use sqlx::{FromRow, PgConnection, Result};
use time::{Date, OffsetDateTime};

/// A version as it is stored; the section is a message of the contract.
#[derive(Debug, FromRow)]
pub struct Plan {
    pub version: i64,
    pub division_code: String,
    pub effective_on: Date,
    pub section: Vec<u8>,
    pub applied_at: OffsetDateTime,
}

/// A transaction-long lock, so that plans are applied one after another. Any constant of ours.
const LOCK: i64 = 0x7869_616e_6774_7511;

/// Waits until no other plan is being applied.
pub async fn plan_lock(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(conn)
        .await?;
    Ok(())
}

/// Gets a version.
pub async fn plan_get(conn: &mut PgConnection, version: i64) -> Result<Option<Plan>> {
    sqlx::query_as("SELECT version, division_code, effective_on, section, applied_at FROM plan WHERE version = $1")
        .bind(version)
        .fetch_optional(conn)
        .await
}

/// The latest version applied for exactly `division`, whenever it takes effect.
pub async fn plan_latest(conn: &mut PgConnection, division: &str) -> Result<Option<Plan>> {
    sqlx::query_as(
        "SELECT version, division_code, effective_on, section, applied_at FROM plan
         WHERE division_code = $1 ORDER BY version DESC LIMIT 1",
    )
    .bind(division)
    .fetch_optional(conn)
    .await
}

/// For every division that has a plan: the version in force on `day`, the longest division first.
pub async fn plans_in_force(conn: &mut PgConnection, day: Date) -> Result<Vec<Plan>> {
    sqlx::query_as(
        "SELECT * FROM (
             SELECT DISTINCT ON (division_code) version, division_code, effective_on, section, applied_at FROM plan
             WHERE effective_on <= $1 ORDER BY division_code, effective_on DESC, version DESC
         ) p ORDER BY length(division_code) DESC, division_code",
    )
    .bind(day)
    .fetch_all(conn)
    .await
}

/// Versions that concern a caller inside `scope`, older than `before`, newest first.
pub async fn plan_list(conn: &mut PgConnection, scope: &str, before: Option<i64>, limit: i64) -> Result<Vec<Plan>> {
    sqlx::query_as(
        "SELECT version, division_code, effective_on, section, applied_at FROM plan
         WHERE version < coalesce($1, 9223372036854775807) AND (division_code ^@ $2 OR $2 ^@ division_code)
         ORDER BY version DESC LIMIT $3",
    )
    .bind(before)
    .bind(scope)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Adds a version and gives its number; `order` is what it states about the order in which money settles bills.
pub async fn plan_insert(
    conn: &mut PgConnection,
    division: &str,
    effective_on: Date,
    section: &[u8],
    order: Option<&Order>,
    applied_at: OffsetDateTime,
) -> Result<i64> {
    let weights = order.map(Order::weights);
    sqlx::query_scalar(
        "INSERT INTO plan (division_code, effective_on, section, applied_at, due_weight, period_weight, agreed_weight, adds_weight,
                           ignores_named)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING version",
    )
    .bind(division)
    .bind(effective_on)
    .bind(section)
    .bind(applied_at)
    .bind(weights.map(|weights| weights.due))
    .bind(weights.map(|weights| weights.period))
    .bind(weights.map(|weights| weights.agreed))
    .bind(weights.map(|weights| weights.adds))
    .bind(order.is_some_and(|order| order.ignores_named))
    .fetch_one(conn)
    .await
}

/// Makes the books of a division look up before their next payment in which order money settles bills. Holds them.
pub async fn orders_forget(conn: &mut PgConnection, division: &str) -> Result<()> {
    sqlx::query("SELECT forget_orders($1)")
        .bind(division)
        .execute(conn)
        .await?;
    Ok(())
}

/// How many households in `division` over-occupy.
pub async fn over_occupying_count(conn: &mut PgConnection, division: &str) -> Result<i64> {
    sqlx::query_scalar(
        "SELECT count(DISTINCT household_id) FROM parcel WHERE division_code >= $1 AND division_code < $2 AND over_dm2 > 0",
    )
    .bind(division)
    .bind(super::end(division))
    .fetch_one(conn)
    .await
}
