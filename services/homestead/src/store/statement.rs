//! Lines of bank statements.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A line as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub id: Uuid,
    pub division_code: String,
    pub bank_reference: String,
    pub booked_on: Date,
    pub amount_fen: i64,
    pub payer_name: Option<Vec<u8>>,
    pub payer_name_index: Option<Vec<u8>>,
    pub payer_account_tail: String,
    pub remark: Option<Vec<u8>>,
    /// `BANK_STATEMENT_LINE_STATE`.
    pub state: i16,
    pub entry_id: Option<Uuid>,
    /// Kind of that entry.
    pub entry_kind: Option<i16>,
    pub household_id: Option<String>,
    pub reason: String,
    pub resolver: String,
    pub undone: bool,
    pub created_at: OffsetDateTime,
    pub resolved_at: Option<OffsetDateTime>,
}

/// What becomes of a line.
#[derive(Debug, Clone, Default)]
pub struct Ruling<'a> {
    pub state: i16,
    pub entry_id: Option<Uuid>,
    pub household_id: Option<&'a str>,
    pub reason: &'a str,
    pub resolver: &'a str,
}

pub const OPEN: i16 = 1;
pub const PROPOSED: i16 = 2;
pub const MATCHED: i16 = 3;
pub const POSTED: i16 = 4;
pub const IGNORED: i16 = 5;

const SELECT: &str = "SELECT s.id, s.division_code, s.bank_reference, s.booked_on, s.amount_fen, s.payer_name, s.payer_name_index,
    s.payer_account_tail, s.remark, s.state, s.entry_id, (SELECT kind FROM journal_entry e WHERE e.id = s.entry_id) AS entry_kind,
    s.household_id, s.reason, s.resolver, s.undone, s.created_at, s.resolved_at FROM statement_line s WHERE true";

/// Gets a line.
pub async fn line_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Line>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND s.id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Gets a line, held until the transaction ends.
pub async fn line_hold(conn: &mut PgConnection, id: Uuid) -> Result<Option<Line>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND s.id = ").push_bind(id).push(" FOR UPDATE OF s");
    query.build_query_as().fetch_optional(conn).await
}

/// Notes what became of a line. What has once been undone stays so.
pub async fn line_rule(conn: &mut PgConnection, id: Uuid, ruling: &Ruling<'_>, now: OffsetDateTime) -> Result<()> {
    let resolved_at = (![OPEN, PROPOSED].contains(&ruling.state)).then_some(now);
    sqlx::query(
        "UPDATE statement_line SET state = $2, entry_id = $3, household_id = $4, reason = $5, resolver = $6, resolved_at = $7,
             undone = undone OR EXISTS (SELECT FROM journal_entry r WHERE r.reverses = entry_id AND state IN (3, 4))
         WHERE id = $1",
    )
    .bind(id)
    .bind(ruling.state)
    .bind(ruling.entry_id)
    .bind(ruling.household_id)
    .bind(ruling.reason)
    .bind(ruling.resolver)
    .bind(resolved_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Opens the lines of a division again whose payment has been undone.
pub async fn reopen_undone(conn: &mut PgConnection, division: &str) -> Result<()> {
    sqlx::query(
        "UPDATE statement_line s SET state = 1, entry_id = NULL, reason = 'PAYMENT_REVERSED', resolver = '', resolved_at = NULL,
             undone = true
         WHERE division_code >= $1 AND division_code < $2 AND state IN (3, 4)
           AND EXISTS (SELECT FROM journal_entry r WHERE r.reverses = s.entry_id)",
    )
    .bind(division)
    .bind(super::end(division))
    .execute(conn)
    .await?;
    Ok(())
}

/// Villages of a division with open or proposed lines, and how many.
pub async fn open_villages(conn: &mut PgConnection, division: &str) -> Result<Vec<(String, i64)>> {
    sqlx::query_as(
        "SELECT division_code, count(*) FROM statement_line
         WHERE division_code >= $1 AND division_code < $2 AND state IN (1, 2) GROUP BY 1 ORDER BY 1",
    )
    .bind(division)
    .bind(super::end(division))
    .fetch_all(conn)
    .await
}

/// Open and proposed lines of a village, by day and id.
pub async fn open_lines(conn: &mut PgConnection, village: &str) -> Result<Vec<Uuid>> {
    sqlx::query_scalar(
        "SELECT id FROM statement_line WHERE division_code = $1 AND state IN (1, 2) ORDER BY booked_on, id",
    )
    .bind(village)
    .fetch_all(conn)
    .await
}

/// Lines of a division after `after`, by village, day and id.
pub async fn line_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    state: Option<i16>,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Line>> {
    let mut query = QueryBuilder::new(SELECT);
    super::within(&mut query, division);
    filter.push(&mut query);
    if let Some(state) = state {
        query.push(" AND state = ").push_bind(state);
    }
    if let Some(after) = after {
        query
            .push(" AND (division_code, booked_on, id) > (SELECT division_code, booked_on, id FROM statement_line WHERE id = ")
            .push_bind(after)
            .push(")");
    }
    query
        .push(" ORDER BY division_code, booked_on, id LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// How a payment under one of a line's own ids stands.
#[derive(Debug, Clone, FromRow)]
pub struct Own {
    pub household_id: String,
    pub reversed: bool,
}

/// The payment under `id`, whoever may see it.
pub async fn own(conn: &mut PgConnection, id: Uuid) -> Result<Option<Own>> {
    sqlx::query_as(
        "SELECT household_id, EXISTS (SELECT FROM journal_entry r WHERE r.reverses = e.id) AS reversed
         FROM journal_entry e WHERE id = $1",
    )
    .bind(id)
    .fetch_optional(conn)
    .await
}

/// The id under which a line posts next, and whether a payment stands under it already. `id_of` gives the id of each attempt,
/// of which there is another one only after the payment of the one before was undone.
pub async fn own_id(conn: &mut PgConnection, id_of: impl Fn(u32) -> Uuid) -> Result<(Uuid, bool)> {
    let mut attempt = 0;
    loop {
        let id = id_of(attempt);
        match own(conn, id).await? {
            Some(own) if own.reversed => attempt += 1,
            found => return Ok((id, found.is_some())),
        }
    }
}

/// Whether another line is that entry.
pub async fn taken(conn: &mut PgConnection, entry: Uuid, line: Uuid) -> Result<bool> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM statement_line WHERE entry_id = $1 AND state IN (3, 4) AND id <> $2)",
    )
    .bind(entry)
    .bind(line)
    .fetch_one(conn)
    .await
}
