//! Tariffs.

use homestead_core::tariff::Tariff;
use sqlx::{FromRow, PgConnection, Result, types::Json};
use uuid::Uuid;

/// A tariff with its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTariff {
    pub id: Uuid,
    pub plan_version: i64,
    pub tariff: Tariff,
}

impl AsRef<Tariff> for StoredTariff {
    fn as_ref(&self) -> &Tariff {
        &self.tariff
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    plan_version: i64,
    body: Json<Tariff>,
}

impl From<Row> for StoredTariff {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            plan_version: row.plan_version,
            tariff: row.body.0,
        }
    }
}

/// Gets a tariff.
pub async fn tariff_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<StoredTariff>> {
    let row: Option<Row> = sqlx::query_as("SELECT id, plan_version, body FROM tariff WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await?;
    Ok(row.map(StoredTariff::from))
}

/// All tariffs, by division and newest first. There are a few dozen in a county.
pub async fn tariff_all(conn: &mut PgConnection) -> Result<Vec<StoredTariff>> {
    let sql = "SELECT id, plan_version, body FROM tariff ORDER BY division_code, effective_on DESC";
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(conn).await?;
    Ok(rows.into_iter().map(StoredTariff::from).collect())
}

/// All tariffs, held against change until the transaction ends: bills are about to quote them.
pub async fn tariff_hold(conn: &mut PgConnection) -> Result<Vec<StoredTariff>> {
    let sql = "SELECT id, plan_version, body FROM tariff ORDER BY division_code, effective_on DESC FOR SHARE";
    let rows: Vec<Row> = sqlx::query_as(sql).fetch_all(conn).await?;
    Ok(rows.into_iter().map(StoredTariff::from).collect())
}

/// The tariffs that plans of `division` brought, held for change.
pub async fn tariff_of_plan(conn: &mut PgConnection, division: &str) -> Result<Vec<StoredTariff>> {
    let sql = "SELECT id, plan_version, body FROM tariff WHERE plan_division = $1 ORDER BY division_code, effective_on FOR UPDATE";
    let rows: Vec<Row> = sqlx::query_as(sql).bind(division).fetch_all(conn).await?;
    Ok(rows.into_iter().map(StoredTariff::from).collect())
}

/// Whether a bill quotes the tariff.
pub async fn tariff_used(conn: &mut PgConnection, id: Uuid) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM bill WHERE tariff_id = $1)")
        .bind(id)
        .fetch_one(conn)
        .await
}

/// Adds a tariff, or changes the one with its id.
pub async fn tariff_put(conn: &mut PgConnection, plan_division: &str, stored: &StoredTariff) -> Result<()> {
    sqlx::query(
        "INSERT INTO tariff (id, plan_version, plan_division, division_code, effective_on, body) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET plan_version = excluded.plan_version, body = excluded.body",
    )
    .bind(stored.id)
    .bind(stored.plan_version)
    .bind(plan_division)
    .bind(&stored.tariff.division)
    .bind(stored.tariff.effective_on)
    .bind(Json(&stored.tariff))
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a tariff that no bill quotes.
pub async fn tariff_delete(conn: &mut PgConnection, id: Uuid) -> Result<()> {
    sqlx::query("DELETE FROM tariff WHERE id = $1")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}
