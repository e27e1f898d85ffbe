//! Surveys and vacating, and what they change in the register of plots.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A survey as it is stored.
#[derive(Debug, FromRow)]
pub struct Survey {
    pub id: Uuid,
    pub parcel_id: String,
    pub household_id: String,
    pub division_code: String,
    pub surveyed_on: Date,
    pub effective_on: Date,
    pub area_dm2: i64,
    pub over_dm2: i64,
    pub surveyor: String,
    pub evidence: Vec<String>,
    pub reason: String,
    pub area_before_dm2: Option<i64>,
    pub over_before_dm2: Option<i64>,
    pub recorded_at: OffsetDateTime,
}

/// A vacating as it is stored.
#[derive(Debug, FromRow)]
pub struct Vacating {
    pub id: Uuid,
    pub parcel_id: String,
    pub household_id: String,
    pub division_code: String,
    pub vacated_on: Date,
    pub vacated_dm2: i64,
    pub over_before_dm2: i64,
    pub over_dm2: i64,
    pub reward_fen: i64,
    pub resolution: String,
    pub evidence: Vec<String>,
    pub recorded_at: OffsetDateTime,
}

/// Adds a survey; false if its id is taken.
pub async fn survey_insert(conn: &mut PgConnection, survey: &Survey) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO survey (id, parcel_id, household_id, division_code, surveyed_on, effective_on, area_dm2, over_dm2, surveyor,
                             evidence, reason, area_before_dm2, over_before_dm2, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING",
    )
    .bind(survey.id)
    .bind(&survey.parcel_id)
    .bind(&survey.household_id)
    .bind(&survey.division_code)
    .bind(survey.surveyed_on)
    .bind(survey.effective_on)
    .bind(survey.area_dm2)
    .bind(survey.over_dm2)
    .bind(&survey.surveyor)
    .bind(&survey.evidence)
    .bind(&survey.reason)
    .bind(survey.area_before_dm2)
    .bind(survey.over_before_dm2)
    .bind(survey.recorded_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

const SURVEY: &str = "SELECT id, parcel_id, household_id, division_code, surveyed_on, effective_on, area_dm2, over_dm2, surveyor, evidence,
    reason, area_before_dm2, over_before_dm2, recorded_at FROM survey WHERE true";

/// Gets a survey.
pub async fn survey_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Survey>> {
    let mut query = QueryBuilder::new(SURVEY);
    query.push(" AND id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Surveys of a division after `after`, by id.
pub async fn survey_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Survey>> {
    let mut query = QueryBuilder::new(SURVEY);
    page(&mut query, division, filter, after, limit);
    query.build_query_as().fetch_all(conn).await
}

/// Adds a vacating; false if its id is taken.
pub async fn vacating_insert(conn: &mut PgConnection, vacating: &Vacating) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO vacating (id, parcel_id, household_id, division_code, vacated_on, vacated_dm2, over_before_dm2, over_dm2,
                               reward_fen, resolution, evidence, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING",
    )
    .bind(vacating.id)
    .bind(&vacating.parcel_id)
    .bind(&vacating.household_id)
    .bind(&vacating.division_code)
    .bind(vacating.vacated_on)
    .bind(vacating.vacated_dm2)
    .bind(vacating.over_before_dm2)
    .bind(vacating.over_dm2)
    .bind(vacating.reward_fen)
    .bind(&vacating.resolution)
    .bind(&vacating.evidence)
    .bind(vacating.recorded_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Vacatings of a division after `after`, by id.
pub async fn vacating_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Vacating>> {
    let mut query = QueryBuilder::new(
        "SELECT id, parcel_id, household_id, division_code, vacated_on, vacated_dm2, over_before_dm2, over_dm2, reward_fen, resolution,
                evidence, recorded_at FROM vacating WHERE true",
    );
    page(&mut query, division, filter, after, limit);
    query.build_query_as().fetch_all(conn).await
}

fn page(query: &mut QueryBuilder<sqlx::Postgres>, division: &str, filter: &Filter, after: Option<Uuid>, limit: i64) {
    super::within(query, division);
    filter.push(query);
    if let Some(after) = after {
        query.push(" AND id > ").push_bind(after);
    }
    query.push(" ORDER BY id LIMIT ").push_bind(limit);
}

/// Changes what the register says of a plot, and keeps what it said.
pub async fn parcel_measure(
    conn: &mut PgConnection,
    parcel_id: &str,
    area_dm2: i64,
    over_dm2: i64,
    valid_from: Date,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO parcel_past
         SELECT (jsonb_populate_record(NULL::parcel_past, to_jsonb(p) || jsonb_build_object('superseded_at', $2::timestamptz))).*
         FROM parcel p WHERE p.parcel_id = $1",
    )
    .bind(parcel_id)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    sqlx::query("UPDATE parcel SET area_dm2 = $2, over_dm2 = $3, valid_from = $4 WHERE parcel_id = $1")
        .bind(parcel_id)
        .bind(area_dm2)
        .bind(over_dm2)
        .bind(valid_from)
        .execute(conn)
        .await?;
    Ok(())
}
