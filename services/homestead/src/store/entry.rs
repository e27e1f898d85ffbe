//! Reading the journal.

use std::ops::Range;

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// An entry as it is stored.
#[derive(Debug, Clone, FromRow)]
pub struct Entry {
    pub id: Uuid,
    pub division_code: String,
    pub entry_number: i64,
    pub kind: i16,
    pub household_id: String,
    pub effective_on: Date,
    pub posted_at: OffsetDateTime,
    pub receipt_number: Option<i64>,
    pub document: String,
    pub reverses: Option<Uuid>,
}

/// One side of a transfer.
#[derive(Debug, Clone, FromRow)]
pub struct PostingRow {
    pub entry_id: Uuid,
    pub account: i16,
    pub holder: String,
    pub amount_fen: i64,
    pub bill_id: Option<Uuid>,
}

const SELECT: &str = "SELECT id, division_code, entry_number, kind, household_id, effective_on, posted_at, receipt_number, document, reverses
    FROM journal_entry WHERE true";

/// Gets an entry.
pub async fn entry_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Entry>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND id = ").push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// Those of `ids` that there are, by village and number.
pub async fn entries_by_id(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Entry>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND id = ANY (").push_bind(ids.to_vec());
    query.push(") ORDER BY division_code, entry_number");
    query.build_query_as().fetch_all(conn).await
}

/// Entries of a division after (village, number), by village and number.
pub async fn entry_list(
    conn: &mut PgConnection,
    division: &str,
    filter: &Filter,
    after: Option<(&str, i64)>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let mut query = QueryBuilder::new(SELECT);
    super::within(&mut query, division);
    filter.push(&mut query);
    if let Some((village, number)) = after {
        query
            .push(" AND (division_code, entry_number) > (")
            .push_bind(village.to_owned());
        query.push(", ").push_bind(number).push(")");
    }
    query
        .push(" ORDER BY division_code, entry_number LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Entries of a household that take effect within `days`, by day and number.
pub async fn entries_of(
    conn: &mut PgConnection,
    household_id: &str,
    days: &Range<Date>,
    limit: i64,
) -> Result<Vec<Entry>> {
    let mut query = QueryBuilder::new(SELECT);
    query.push(" AND household_id = ").push_bind(household_id.to_owned());
    query.push(" AND effective_on >= ").push_bind(days.start);
    query.push(" AND effective_on < ").push_bind(days.end);
    query
        .push(" ORDER BY effective_on, entry_number LIMIT ")
        .push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Both sides of the transfers of `entries`, in order.
pub async fn postings_of(conn: &mut PgConnection, entries: &[Uuid]) -> Result<Vec<PostingRow>> {
    sqlx::query_as(
        "SELECT entry_id, account, holder, amount_fen, bill_id FROM posting WHERE entry_id = ANY ($1) ORDER BY entry_id, line",
    )
    .bind(entries)
    .fetch_all(conn)
    .await
}

/// What a household owed less its advance before `day`: its receivable and its advance account together.
pub async fn balance_before(conn: &mut PgConnection, household_id: &str, day: Date) -> Result<i64> {
    sqlx::query_scalar(
        "SELECT coalesce(sum(p.amount_fen), 0)::bigint FROM journal_entry e JOIN posting p ON p.entry_id = e.id
         WHERE e.household_id = $1 AND e.effective_on < $2 AND p.account IN (1, 6)",
    )
    .bind(household_id)
    .bind(day)
    .fetch_one(conn)
    .await
}
