//! Public notices: who is to be posted, and what was.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A notice as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct PublicNotice {
    pub id: Uuid,
    pub division_code: String,
    pub notice_number: i64,
    pub as_of: Date,
    pub from_on: Date,
    pub last_on: Date,
    pub overdue_fen: i64,
    pub lines: i64,
    pub drafted_by: String,
    pub created_at: OffsetDateTime,
}

/// A line of a notice, and what has become of it.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub line_number: i32,
    pub household_id: String,
    pub masked_name: String,
    pub overdue_fen: i64,
    pub oldest_due_on: Date,
    /// Of it still to pay.
    pub open_fen: i64,
    pub objecting: bool,
}

/// A household that has come to the step of public notice.
#[derive(Debug, FromRow)]
pub struct Posted {
    pub household_id: String,
    pub head_name: Vec<u8>,
    pub overdue_fen: i64,
    pub oldest_due_on: Date,
}

const SELECT: &str =
    "SELECT id, division_code, notice_number, as_of, from_on, last_on, overdue_fen, lines, drafted_by, created_at
    FROM public_notice WHERE true";

/// Households of a village that owe something overdue on `day`, were taken to the step `stage` or beyond since these arrears
/// began, and dispute nothing; the largest amount first.
pub async fn debtors_at(conn: &mut PgConnection, village: &str, day: Date, stage: i16) -> Result<Vec<Posted>> {
    sqlx::query_as(
        "SELECT b.household_id, h.head_name, b.overdue_fen, b.oldest_due_on
         FROM (
             SELECT household_id, min(due_on) AS oldest_due_on, sum(outstanding_fen)::bigint AS overdue_fen
             FROM bill WHERE division_code = $1 AND open AND due_on < $2 GROUP BY household_id
         ) b
         JOIN household h USING (household_id)
         CROSS JOIN LATERAL (
             SELECT stage, notice_on FROM dunning_notice n WHERE n.household_id = b.household_id AND n.notice_on <= $2
             ORDER BY notice_on DESC LIMIT 1
         ) n
         WHERE n.stage >= $3 AND n.notice_on > b.oldest_due_on
             AND NOT EXISTS (SELECT FROM parcel p WHERE p.household_id = b.household_id AND p.disputed)
             AND NOT EXISTS (SELECT FROM objection o WHERE o.household_id = b.household_id AND o.state = 1)
         ORDER BY b.overdue_fen DESC, b.household_id",
    )
    .bind(village)
    .bind(day)
    .bind(stage)
    .fetch_all(conn)
    .await
}

/// The number of the next notice of a village, whose book the caller holds.
pub async fn number_next(conn: &mut PgConnection, village: &str) -> Result<i64> {
    sqlx::query_scalar("SELECT coalesce(max(notice_number), 0) + 1 FROM public_notice WHERE division_code = $1")
        .bind(village)
        .fetch_one(conn)
        .await
}

/// Keeps a notice and its lines.
pub async fn notice_insert(conn: &mut PgConnection, notice: &PublicNotice, lines: &[Line]) -> Result<()> {
    sqlx::query(
        "INSERT INTO public_notice (id, division_code, notice_number, as_of, from_on, last_on, overdue_fen, lines, drafted_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(notice.id)
    .bind(&notice.division_code)
    .bind(notice.notice_number)
    .bind(notice.as_of)
    .bind(notice.from_on)
    .bind(notice.last_on)
    .bind(notice.overdue_fen)
    .bind(notice.lines)
    .bind(&notice.drafted_by)
    .bind(notice.created_at)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO public_notice_line (notice_id, line_number, division_code, household_id, masked_name, overdue_fen, oldest_due_on)
         SELECT $1, x.line_number, $2, x.household_id, x.masked_name, x.overdue_fen, x.oldest_due_on
         FROM unnest($3::integer[], $4::text[], $5::text[], $6::bigint[], $7::date[])
             AS x (line_number, household_id, masked_name, overdue_fen, oldest_due_on)",
    )
    .bind(notice.id)
    .bind(&notice.division_code)
    .bind(lines.iter().map(|line| line.line_number).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.household_id.as_str()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.masked_name.as_str()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.overdue_fen).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.oldest_due_on).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Gets a notice.
pub async fn notice_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<PublicNotice>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// The lines of a notice of `as_of`, with what is still open of the bills behind them.
pub async fn lines_of(conn: &mut PgConnection, notice_id: Uuid, as_of: Date) -> Result<Vec<Line>> {
    sqlx::query_as(
        "SELECT l.line_number, l.household_id, l.masked_name, l.overdue_fen, l.oldest_due_on,
                (SELECT coalesce(sum(b.outstanding_fen), 0)::bigint FROM bill b
                 WHERE b.household_id = l.household_id AND b.open AND b.due_on < $2) AS open_fen,
                EXISTS (SELECT FROM objection o WHERE o.household_id = l.household_id AND o.state = 1) AS objecting
         FROM public_notice_line l WHERE l.notice_id = $1 ORDER BY l.line_number",
    )
    .bind(notice_id)
    .bind(as_of)
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
) -> Result<Vec<PublicNotice>> {
    let mut query = QueryBuilder::new(SELECT);
    super::page(&mut query, division, filter, after, limit);
    query.build_query_as().fetch_all(conn).await
}
