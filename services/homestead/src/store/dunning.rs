//! Debtors and the steps taken towards them.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::billing::Village;

/// A household that owes something beyond its due date.
#[derive(Debug, FromRow)]
pub struct Debtor {
    pub household_id: String,
    pub division_code: String,
    pub cadre_id: String,
    pub oldest_due_on: Date,
    pub overdue_fen: i64,
    pub disputed: bool,
    /// Whether an objection of it is open.
    pub objecting: bool,
    pub visited_on: Option<Date>,
    pub last_stage: Option<i16>,
    pub last_on: Option<Date>,
}

/// A notice as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct Notice {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub cadre_id: String,
    pub stage: i16,
    pub overdue_fen: i64,
    pub oldest_due_on: Date,
    pub notice_on: Date,
    pub created_at: OffsetDateTime,
}

/// Villages of a division in which something is overdue on `day`, by code, with the number of bills.
pub async fn overdue_villages(conn: &mut PgConnection, division: &str, day: Date) -> Result<Vec<Village>> {
    let mut query = QueryBuilder::new("SELECT division_code, count(*) AS parcels FROM bill WHERE open AND due_on < ");
    query.push_bind(day);
    super::within(&mut query, division);
    query.push(" GROUP BY division_code ORDER BY division_code");
    query.build_query_as().fetch_all(conn).await
}

/// The debtors of `villages` on `day`.
pub async fn debtors(conn: &mut PgConnection, villages: &[&str], day: Date) -> Result<Vec<Debtor>> {
    sqlx::query_as(
        "SELECT b.household_id, b.division_code, f.cadre_id, b.oldest_due_on, b.overdue_fen,
                EXISTS (SELECT FROM parcel p WHERE p.household_id = b.household_id AND p.disputed) AS disputed,
                EXISTS (SELECT FROM objection o WHERE o.household_id = b.household_id AND o.state = 1) AS objecting,
                (SELECT (max(visited_at) AT TIME ZONE 'Asia/Shanghai')::date FROM visit v WHERE v.household_id = b.household_id)
                    AS visited_on,
                n.stage AS last_stage, n.notice_on AS last_on
         FROM (
             SELECT household_id, division_code, min(due_on) AS oldest_due_on, sum(outstanding_fen)::bigint AS overdue_fen
             FROM bill WHERE division_code = ANY ($1) AND open AND due_on < $2 GROUP BY household_id, division_code
         ) b
         JOIN portfolio f USING (household_id)
         LEFT JOIN LATERAL (
             SELECT stage, notice_on FROM dunning_notice n WHERE n.household_id = b.household_id ORDER BY notice_on DESC LIMIT 1
         ) n ON true
         ORDER BY b.division_code, f.cadre_id, b.household_id",
    )
    .bind(villages)
    .bind(day)
    .fetch_all(conn)
    .await
}

/// Adds notices and gives the ids of those that were not there yet.
pub async fn notices_insert(conn: &mut PgConnection, notices: &[Notice]) -> Result<Vec<Uuid>> {
    fn column<'a, T>(notices: &'a [Notice], get: impl Fn(&'a Notice) -> T) -> Vec<T> {
        notices.iter().map(get).collect()
    }
    sqlx::query_scalar(
        "INSERT INTO dunning_notice (id, division_code, household_id, cadre_id, stage, overdue_fen, oldest_due_on, notice_on, created_at)
         SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::bigint[], $7::date[], $8::date[],
                              $9::timestamptz[])
         ON CONFLICT (household_id, notice_on) DO NOTHING RETURNING id",
    )
    .bind(column(notices, |notice| notice.id))
    .bind(column(notices, |notice| notice.division_code.as_str()))
    .bind(column(notices, |notice| notice.household_id.as_str()))
    .bind(column(notices, |notice| notice.cadre_id.as_str()))
    .bind(column(notices, |notice| notice.stage))
    .bind(column(notices, |notice| notice.overdue_fen))
    .bind(column(notices, |notice| notice.oldest_due_on))
    .bind(column(notices, |notice| notice.notice_on))
    .bind(column(notices, |notice| notice.created_at))
    .fetch_all(conn)
    .await
}

/// Notices of a division after `after`, by id.
pub async fn notice_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Notice>> {
    let mut query = QueryBuilder::new(
        "SELECT id, division_code, household_id, cadre_id, stage, overdue_fen, oldest_due_on, notice_on, created_at
         FROM dunning_notice WHERE true",
    );
    super::within(&mut query, division);
    filter.push(&mut query);
    if let Some(after) = after {
        query.push(" AND id > ").push_bind(after);
    }
    query.push(" ORDER BY id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}
