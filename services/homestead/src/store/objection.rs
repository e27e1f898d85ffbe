//! Objections of households, and the plots that they dispute.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// An objection as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct Objection {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub ground: i16,
    pub parcel_id: Option<String>,
    pub bill_id: Option<Uuid>,
    pub text: String,
    pub filed_on: Date,
    pub filed_by: String,
    pub filed_at: OffsetDateTime,
    /// 1 open, 2 upheld, 3 rejected, 4 withdrawn.
    pub state: i16,
    pub decided_on: Option<Date>,
    pub reason: Option<String>,
    pub decided_by: Option<String>,
    pub decided_at: Option<OffsetDateTime>,
    pub resurvey_required: bool,
    /// Upheld, and not surveyed again yet.
    pub awaits_survey: bool,
    pub resurvey_id: Option<Uuid>,
}

const SELECT: &str =
    "SELECT id, division_code, household_id, ground, parcel_id, bill_id, text, filed_on, filed_by, filed_at, state,
    decided_on, reason, decided_by, decided_at, resurvey_required, awaits_survey, resurvey_id FROM objection WHERE true";

/// Gets an objection.
pub async fn objection_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Objection>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Gets an objection, held until the transaction ends.
pub async fn objection_hold(conn: &mut PgConnection, id: Uuid) -> Result<Option<Objection>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND id = ").push_bind(id).push(" FOR UPDATE");
    query.build_query_as().fetch_optional(conn).await
}

/// Objections of a division after `after`, by id.
pub async fn objection_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    open_only: bool,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Objection>> {
    let mut query = QueryBuilder::new(SELECT);
    if open_only {
        query.push(" AND state = 1");
    }
    super::page(&mut query, division, filter, after, limit);
    query.build_query_as().fetch_all(conn).await
}

/// Keeps an open objection; false if the household has an open one about the same.
pub async fn objection_insert(conn: &mut PgConnection, objection: &Objection) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO objection (id, division_code, household_id, ground, parcel_id, bill_id, text, filed_on, filed_by, filed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
    )
    .bind(objection.id)
    .bind(&objection.division_code)
    .bind(&objection.household_id)
    .bind(objection.ground)
    .bind(&objection.parcel_id)
    .bind(objection.bill_id)
    .bind(&objection.text)
    .bind(objection.filed_on)
    .bind(&objection.filed_by)
    .bind(objection.filed_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Keeps how an objection was decided.
pub async fn objection_decide(conn: &mut PgConnection, decided: &Objection) -> Result<()> {
    sqlx::query(
        "UPDATE objection SET state = $2, decided_on = $3, reason = $4, decided_by = $5, decided_at = $6, awaits_survey = $7,
             resurvey_id = $8
         WHERE id = $1",
    )
    .bind(decided.id)
    .bind(decided.state)
    .bind(decided.decided_on)
    .bind(&decided.reason)
    .bind(&decided.decided_by)
    .bind(decided.decided_at)
    .bind(decided.awaits_survey)
    .bind(decided.resurvey_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether an objection to the area of a plot is open, or upheld without a survey since.
pub async fn parcel_objected(conn: &mut PgConnection, parcel_id: &str) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM objection WHERE parcel_id = $1 AND (state = 1 OR awaits_survey))")
        .bind(parcel_id)
        .fetch_one(conn)
        .await
}

/// The last survey of a plot on `day` or later.
pub async fn surveyed_since(conn: &mut PgConnection, parcel_id: &str, day: Date) -> Result<Option<Uuid>> {
    sqlx::query_scalar(
        "SELECT id FROM survey WHERE parcel_id = $1 AND surveyed_on >= $2 ORDER BY recorded_at DESC, id DESC LIMIT 1",
    )
    .bind(parcel_id)
    .bind(day)
    .fetch_optional(conn)
    .await
}

/// Notes that a plot was surveyed on `day` as upheld objections asked for; false if none did.
pub async fn resurveyed(conn: &mut PgConnection, parcel_id: &str, survey: Uuid, day: Date) -> Result<bool> {
    let done = sqlx::query(
        "UPDATE objection SET awaits_survey = false, resurvey_id = $2
         WHERE parcel_id = $1 AND awaits_survey AND filed_on <= $3",
    )
    .bind(parcel_id)
    .bind(survey)
    .bind(day)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Keeps anybody else from changing a plot until the transaction ends.
pub async fn parcel_hold(conn: &mut PgConnection, parcel_id: &str) -> Result<()> {
    sqlx::query("SELECT FROM parcel WHERE parcel_id = $1 FOR UPDATE")
        .bind(parcel_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Marks a plot disputed, or no longer so, from `day` on. What was said of it before is kept, whatever columns it has.
pub async fn parcel_dispute(
    conn: &mut PgConnection,
    parcel_id: &str,
    disputed: bool,
    day: Date,
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO parcel_past
         SELECT (jsonb_populate_record(NULL::parcel_past, to_jsonb(p) || jsonb_build_object('superseded_at', $3::timestamptz))).*
         FROM parcel p WHERE p.parcel_id = $1 AND p.disputed <> $2",
    )
    .bind(parcel_id)
    .bind(disputed)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "UPDATE parcel SET disputed = $2, valid_from = greatest(valid_from, $3) WHERE parcel_id = $1 AND disputed <> $2",
    )
    .bind(parcel_id)
    .bind(disputed)
    .bind(day)
    .execute(conn)
    .await?;
    Ok(())
}
