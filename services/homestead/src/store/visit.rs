//! Visits to debtors.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A visit as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct Visit {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub cadre_id: String,
    pub visited_at: OffsetDateTime,
    pub outcome: i16,
    pub promise_on: Option<Date>,
    pub promise_fen: Option<i64>,
    pub text: String,
    pub recorded_by: String,
    pub recorded_at: OffsetDateTime,
}

/// Keeps a visit.
pub async fn visit_insert(conn: &mut PgConnection, visit: &Visit) -> Result<()> {
    sqlx::query(
        "INSERT INTO visit (id, division_code, household_id, cadre_id, visited_at, outcome, promise_on, promise_fen, text,
                            recorded_by, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(visit.id)
    .bind(&visit.division_code)
    .bind(&visit.household_id)
    .bind(&visit.cadre_id)
    .bind(visit.visited_at)
    .bind(visit.outcome)
    .bind(visit.promise_on)
    .bind(visit.promise_fen)
    .bind(&visit.text)
    .bind(&visit.recorded_by)
    .bind(visit.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Visits of a division after `after`, by id.
pub async fn visit_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Visit>> {
    let mut query = QueryBuilder::new(
        "SELECT id, division_code, household_id, cadre_id, visited_at, outcome, promise_on, promise_fen, text, recorded_by,
                recorded_at
         FROM visit WHERE true",
    );
    super::page(&mut query, division, filter, after, limit);
    query.build_query_as().fetch_all(conn).await
}
