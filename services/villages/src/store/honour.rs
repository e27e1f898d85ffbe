//! Honours of households and the one-yuan scheme.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// An honour as it was nominated.
#[derive(Debug, Clone, FromRow)]
pub struct HonourRow {
    pub honour_id: Uuid,
    pub household_id: String,
    pub division_code: String,
    pub kind: String,
    pub season: String,
    pub content: Vec<u8>,
    pub nominated_at: OffsetDateTime,
}

/// What was done about an honour.
#[derive(Debug)]
pub struct EntryRow<'a> {
    pub honour_id: Uuid,
    pub number: i32,
    pub division_code: &'a str,
    pub state: &'a str,
    pub entry_date: Date,
    pub content: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// Which honours to list.
#[derive(Debug)]
pub struct HonourQuery<'a> {
    pub division: &'a str,
    /// Empty for all.
    pub household: &'a str,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Households of a village on a day, of the villages merged into it too.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct Figures {
    pub households: i64,
    pub honoured: i64,
    pub paying: i64,
    pub paid_fen: i64,
}

/// A household's yuan for a month.
#[derive(Debug, Clone, FromRow)]
pub struct PaymentRow {
    pub household_id: String,
    pub month: Date,
    pub division_code: String,
    pub amount_fen: i64,
    pub recorded_by: String,
    pub recorded_at: OffsetDateTime,
}

/// Which payments to list.
#[derive(Debug)]
pub struct PaymentQuery<'a> {
    pub division: &'a str,
    pub month: Option<Date>,
    /// Month and household of the last one of the page before.
    pub after: Option<(Date, &'a str)>,
    pub limit: i64,
}

/// Makes decisions about the honours of a village wait for one another until the end of the transaction.
pub async fn village_lock(conn: &mut PgConnection, village: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.honours ' || $1, 0))")
        .bind(village)
        .execute(conn)
        .await?;
    Ok(())
}

/// An honour.
pub async fn honour_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<HonourRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM honours WHERE honour_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Adds an honour; false if the household was nominated for it before.
pub async fn honour_insert(conn: &mut PgConnection, row: &HonourRow) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO honours (honour_id, household_id, division_code, kind, season, content, nominated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (household_id, kind, season) DO NOTHING",
    )
    .bind(row.honour_id)
    .bind(&row.household_id)
    .bind(&row.division_code)
    .bind(&row.kind)
    .bind(&row.season)
    .bind(&row.content)
    .bind(row.nominated_at)
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Honours of a division and below it, newest first.
pub async fn honours_list(
    conn: &mut PgConnection,
    list: &HonourQuery<'_>,
    filter: &Filter,
) -> Result<Vec<HonourRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT * FROM (SELECT h.*, coalesce((SELECT e.state FROM honour_entries e WHERE e.honour_id = h.honour_id
                                              ORDER BY e.number DESC LIMIT 1), 'NOMINATED') AS state
                        FROM honours h) honours
         WHERE division_code ^@ ",
    );
    query.push_bind(list.division);
    if !list.household.is_empty() {
        query.push(" AND household_id = ").push_bind(list.household);
    }
    if let Some(after) = list.after {
        query
            .push(" AND (nominated_at, honour_id) < (SELECT a.nominated_at, a.honour_id FROM honours a WHERE a.honour_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY nominated_at DESC, honour_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Honours and contents of what was done about them, in order.
pub async fn entries_of(conn: &mut PgConnection, honours: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as("SELECT honour_id, content FROM honour_entries WHERE honour_id = ANY($1) ORDER BY honour_id, number")
        .bind(honours)
        .fetch_all(conn)
        .await
}

/// Adds what was done about an honour.
pub async fn entry_insert(conn: &mut PgConnection, row: &EntryRow<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO honour_entries (honour_id, number, division_code, state, entry_date, content, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(row.honour_id)
    .bind(row.number)
    .bind(row.division_code)
    .bind(row.state)
    .bind(row.entry_date)
    .bind(&row.content)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The quota of a village for an honour of a season.
pub async fn quota_get(
    conn: &mut PgConnection,
    village: &str,
    kind: &str,
    season: &str,
) -> Result<Option<i32>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT households FROM honour_quotas WHERE division_code = $1 AND kind = $2 AND season = $3
         ORDER BY quota_id DESC LIMIT 1",
    )
    .bind(village)
    .bind(kind)
    .bind(season)
    .fetch_optional(conn)
    .await
}

/// Adds a quota, which holds from now on.
pub async fn quota_insert(
    conn: &mut PgConnection,
    village: &str,
    kind: &str,
    season: &str,
    households: i32,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO honour_quotas (division_code, kind, season, households, recorded_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(village)
    .bind(kind)
    .bind(season)
    .bind(households)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// What is known of the households of a village on `day`; without a season, honours of any are in force.
pub async fn figures(
    conn: &mut PgConnection,
    village: &str,
    day: Date,
    kind: &str,
    season: Option<&str>,
) -> Result<Figures, sqlx::Error> {
    sqlx::query_as("SELECT households, honoured, paying, paid_fen FROM honour_figures($1, $2, $3, $4)")
        .bind(village)
        .bind(day)
        .bind(kind)
        .bind(season)
        .fetch_one(conn)
        .await
}

/// Records payments of a month, and answers how many there were not before.
pub async fn payments_insert(
    conn: &mut PgConnection,
    households: &[(String, String)],
    month: Date,
    amount_fen: i64,
    recorder: &str,
    now: OffsetDateTime,
) -> Result<u64, sqlx::Error> {
    let (ids, divisions): (Vec<&str>, Vec<&str>) =
        households.iter().map(|(id, code)| (id.as_str(), code.as_str())).unzip();
    let inserted = sqlx::query(
        "INSERT INTO one_yuan_payments (household_id, division_code, month, amount_fen, recorded_by, recorded_at)
         SELECT id, code, $3, $4, $5, $6 FROM unnest($1::text[], $2::text[]) AS paid (id, code) ORDER BY id
         ON CONFLICT (month, household_id) DO NOTHING",
    )
    .bind(ids)
    .bind(divisions)
    .bind(month)
    .bind(amount_fen)
    .bind(recorder)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected())
}

/// Payments, newest month first, then by household.
pub async fn payments_list(conn: &mut PgConnection, list: &PaymentQuery<'_>) -> Result<Vec<PaymentRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT * FROM one_yuan_payments WHERE division_code ^@ ");
    query.push_bind(list.division);
    if let Some(month) = list.month {
        query.push(" AND month = ").push_bind(month);
    }
    if let Some((month, household)) = list.after {
        query.push(" AND (month < ").push_bind(month);
        query
            .push(" OR (month = ")
            .push_bind(month)
            .push(" AND household_id > ")
            .push_bind(household)
            .push("))");
    }
    query
        .push(" ORDER BY month DESC, household_id LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}
