//! Notices that provably reached debtors.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A served notice as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct Served {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub notice_id: Uuid,
    pub service_method: i16,
    pub served_at: OffsetDateTime,
    pub proof: String,
    pub delivery_event: Option<Uuid>,
    pub bills: Vec<Uuid>,
    pub recorded_by: String,
    pub recorded_at: OffsetDateTime,
}

/// What serving a notice asks of it.
#[derive(Debug, FromRow)]
pub struct Servable {
    pub division_code: String,
    pub household_id: String,
    pub stage: i16,
    pub notice_on: Date,
}

/// Gets a notice.
pub async fn notice_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Servable>> {
    sqlx::query_as("SELECT division_code, household_id, stage, notice_on FROM dunning_notice WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Keeps that a notice was served; false if that is kept already.
pub async fn served_insert(conn: &mut PgConnection, served: &Served) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO served_notice (id, division_code, household_id, notice_id, service_method, served_at, proof, delivery_event,
                                    bills, recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (notice_id) DO NOTHING",
    )
    .bind(served.id)
    .bind(&served.division_code)
    .bind(&served.household_id)
    .bind(served.notice_id)
    .bind(served.service_method)
    .bind(served.served_at)
    .bind(&served.proof)
    .bind(served.delivery_event)
    .bind(&served.bills)
    .bind(&served.recorded_by)
    .bind(served.recorded_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Served notices of a division after `after`, by id.
pub async fn served_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Served>> {
    let mut query = QueryBuilder::new(
        "SELECT id, division_code, household_id, notice_id, service_method, served_at, proof, delivery_event, bills, recorded_by,
                recorded_at
         FROM served_notice WHERE true",
    );
    super::page(&mut query, division, filter, after, limit);
    query.build_query_as().fetch_all(conn).await
}
