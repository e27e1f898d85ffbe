//! Mediations between households and their villages.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A mediation as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct Mediation {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub held_on: Date,
    pub mediator: String,
    pub parties: Vec<String>,
    pub outcome: i16,
    pub agreed_fen: Option<i64>,
    pub last_on: Option<Date>,
    pub bills: Vec<Uuid>,
    pub text: String,
    pub recorded_by: String,
    pub recorded_at: OffsetDateTime,
}

/// Keeps a mediation.
pub async fn mediation_insert(conn: &mut PgConnection, mediation: &Mediation) -> Result<()> {
    sqlx::query(
        "INSERT INTO mediation (id, division_code, household_id, held_on, mediator, parties, outcome, agreed_fen, last_on, bills,
                                text, recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
    )
    .bind(mediation.id)
    .bind(&mediation.division_code)
    .bind(&mediation.household_id)
    .bind(mediation.held_on)
    .bind(&mediation.mediator)
    .bind(&mediation.parties)
    .bind(mediation.outcome)
    .bind(mediation.agreed_fen)
    .bind(mediation.last_on)
    .bind(&mediation.bills)
    .bind(&mediation.text)
    .bind(&mediation.recorded_by)
    .bind(mediation.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Mediations of a division after `after`, by id.
pub async fn mediation_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Mediation>> {
    let mut query = QueryBuilder::new(
        "SELECT id, division_code, household_id, held_on, mediator, parties, outcome, agreed_fen, last_on, bills, text, recorded_by,
                recorded_at
         FROM mediation WHERE true",
    );
    super::page(&mut query, division, filter, after, limit);
    query.build_query_as().fetch_all(conn).await
}
