//! Cadres, who answers for whom, and hand-overs.

use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A cadre as it is stored.
#[derive(Debug, FromRow)]
pub struct Cadre {
    pub cadre_id: String,
    pub division_code: String,
    pub name: Vec<u8>,
    pub post: String,
}

/// An assignment with what the household owes and the hand-over that waits.
#[derive(Debug, FromRow)]
pub struct Portfolio {
    pub household_id: String,
    pub division_code: String,
    pub cadre_id: String,
    pub from_on: Date,
    pub outstanding_fen: i64,
    pub pending: Option<Uuid>,
}

/// A hand-over as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct HandOver {
    pub id: Uuid,
    pub household_id: String,
    pub division_code: String,
    pub from_cadre_id: String,
    pub to_cadre_id: String,
    pub state: i16,
    pub reason: String,
    pub offered_at: OffsetDateTime,
    pub answered_at: Option<OffsetDateTime>,
}

const SELECT: &str = "SELECT * FROM (
    SELECT f.household_id, f.division_code, f.cadre_id, f.from_on,
        coalesce((SELECT sum(outstanding_fen) FROM bill b WHERE b.household_id = f.household_id AND open), 0)::bigint
            AS outstanding_fen,
        (SELECT id FROM hand_over o WHERE o.household_id = f.household_id AND o.state = 1) AS pending
    FROM portfolio f) f WHERE true";

/// Gets an assignment.
pub async fn portfolio_get(conn: &mut PgConnection, household_id: &str) -> Result<Option<Portfolio>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND household_id = ").push_bind(household_id.to_owned());
    query.build_query_as().fetch_optional(conn).await
}

/// Assignments of a division after (village, household), by village and household.
pub async fn portfolio_list(
    conn: &mut PgConnection,
    division: &str,
    cadre: &str,
    debtors_only: bool,
    after: Option<(&str, &str)>,
    limit: i64,
) -> Result<Vec<Portfolio>> {
    let mut query = QueryBuilder::new(SELECT);
    super::within(&mut query, division);
    if !cadre.is_empty() {
        query.push(" AND cadre_id = ").push_bind(cadre.to_owned());
    }
    if debtors_only {
        query.push(" AND outstanding_fen > 0");
    }
    if let Some((village, household)) = after {
        query
            .push(" AND (division_code, household_id) > (")
            .push_bind(village.to_owned());
        query.push(", ").push_bind(household.to_owned()).push(")");
    }
    query
        .push(" ORDER BY division_code, household_id LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Cadres of a division after (division, id), by division and id.
pub async fn cadre_list(
    conn: &mut PgConnection,
    division: &str,
    after: Option<(&str, &str)>,
    limit: i64,
) -> Result<Vec<Cadre>> {
    let mut query = QueryBuilder::new("SELECT cadre_id, division_code, name, post FROM cadre WHERE true");
    super::within(&mut query, division);
    if let Some((division, cadre)) = after {
        query
            .push(" AND (division_code, cadre_id) > (")
            .push_bind(division.to_owned());
        query.push(", ").push_bind(cadre.to_owned()).push(")");
    }
    query.push(" ORDER BY division_code, cadre_id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Whether a cadre's office covers `village`.
pub async fn cadre_serves(conn: &mut PgConnection, cadre_id: &str, village: &str) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM cadre WHERE cadre_id = $1 AND $2 ^@ division_code)")
        .bind(cadre_id)
        .bind(village)
        .fetch_one(conn)
        .await
}

const HAND_OVER: &str =
    "SELECT id, household_id, division_code, from_cadre_id, to_cadre_id, state, reason, offered_at, answered_at
    FROM hand_over";

/// Gets a hand-over, held until the transaction ends.
pub async fn hand_over_hold(conn: &mut PgConnection, id: Uuid) -> Result<Option<HandOver>> {
    let mut query = QueryBuilder::new(HAND_OVER);
    query.push(" WHERE id = ").push_bind(id).push(" FOR UPDATE");
    query.build_query_as().fetch_optional(conn).await
}

/// Offers a household; false if another offer waits.
pub async fn hand_over_insert(conn: &mut PgConnection, offer: &HandOver) -> Result<bool> {
    let done = sqlx::query(
        "INSERT INTO hand_over (id, household_id, division_code, from_cadre_id, to_cadre_id, state, reason, offered_at)
         VALUES ($1, $2, $3, $4, $5, 1, $6, $7) ON CONFLICT (household_id) WHERE state = 1 DO NOTHING",
    )
    .bind(offer.id)
    .bind(&offer.household_id)
    .bind(&offer.division_code)
    .bind(&offer.from_cadre_id)
    .bind(&offer.to_cadre_id)
    .bind(&offer.reason)
    .bind(offer.offered_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes the answer to a hand-over.
pub async fn hand_over_answer(conn: &mut PgConnection, id: Uuid, state: i16, now: OffsetDateTime) -> Result<()> {
    sqlx::query("UPDATE hand_over SET state = $2, answered_at = $3 WHERE id = $1")
        .bind(id)
        .bind(state)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Makes another cadre responsible from `day` on and keeps who was before. False if `from_cadre` no longer is.
pub async fn portfolio_move(
    conn: &mut PgConnection,
    household_id: &str,
    from_cadre: &str,
    to_cadre: &str,
    day: Date,
) -> Result<bool> {
    // An assignment that began today or later never held a full day: nothing of it is to be kept.
    sqlx::query(
        "INSERT INTO portfolio_past (household_id, division_code, cadre_id, from_on, until_on)
         SELECT household_id, division_code, cadre_id, from_on, $3 FROM portfolio
         WHERE household_id = $1 AND cadre_id = $2 AND from_on < $3",
    )
    .bind(household_id)
    .bind(from_cadre)
    .bind(day)
    .execute(&mut *conn)
    .await?;
    let moved = sqlx::query(
        "UPDATE portfolio SET cadre_id = $3, from_on = greatest(from_on, $4) WHERE household_id = $1 AND cadre_id = $2",
    )
    .bind(household_id)
    .bind(from_cadre)
    .bind(to_cadre)
    .bind(day)
    .execute(conn)
    .await?;
    Ok(moved.rows_affected() == 1)
}
