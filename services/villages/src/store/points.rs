//! The ledger of household points.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// One entry.
#[derive(Debug, Clone, FromRow)]
pub struct EntryRow {
    pub entry_id: Uuid,
    pub household_id: String,
    pub number: i32,
    pub division_code: String,
    pub kind: String,
    pub points: i64,
    pub entry_date: Date,
    pub occurrence_date: Date,
    pub last_day: Option<Date>,
    pub item: String,
    pub reverses: Option<Uuid>,
    pub request_id: Uuid,
    pub content: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// A household of the register over all its time; `until` is the first day on which it no longer exists.
#[derive(Debug, Clone, FromRow)]
pub struct Home {
    pub household_id: String,
    pub division_code: String,
    pub since: Date,
    pub until: Option<Date>,
}

impl Home {
    /// Whether it is on the register on `day`.
    pub fn stands(&self, day: Date) -> bool {
        self.since <= day && self.until.is_none_or(|until| until > day)
    }
}

/// Rules that hold in a village on a day.
#[derive(Debug, Clone, FromRow)]
pub struct Governing {
    pub village: String,
    pub day: Date,
    /// The village, or the one that took it in.
    pub governed: String,
    pub content: Option<Vec<u8>>,
}

/// Which entries to list.
#[derive(Debug)]
pub struct EntryQuery<'a> {
    pub division: &'a str,
    /// Empty for all.
    pub household: &'a str,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// An entry with the one that took it back.
#[derive(Debug, Clone, FromRow)]
pub struct Listed {
    pub entry_id: Uuid,
    pub content: Vec<u8>,
    pub reversed_by: Option<Uuid>,
}

/// A household in the public list; its name is sealed.
#[derive(Debug, Clone, FromRow)]
pub struct LeagueRow {
    pub rank: i64,
    pub household_id: String,
    pub head_name: Vec<u8>,
    pub earned: i64,
}

/// Which households of the public list.
#[derive(Debug)]
pub struct LeagueQuery<'a> {
    /// Registered in or below one of these.
    pub divisions: &'a [String],
    pub from: Date,
    pub until: Date,
    /// Points and id of the last household of the page before.
    pub after: Option<(i64, &'a str)>,
    pub limit: i64,
}

/// Makes bookings of `households` wait for one another until the end of the transaction.
pub async fn accounts_lock(conn: &mut PgConnection, households: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query(
        "SELECT pg_advisory_xact_lock(hashtextextended('villages.points ' || id, 0))
         FROM (SELECT DISTINCT id FROM unnest($1::text[]) id ORDER BY id) ordered",
    )
    .bind(households)
    .execute(conn)
    .await?;
    Ok(())
}

/// Those of `households` that are registered inside the caller's division on `day`, or were at their end.
pub async fn homes(conn: &mut PgConnection, households: &[String], day: Date) -> Result<Vec<Home>, sqlx::Error> {
    sqlx::query_as("SELECT household_id, division_code, since, until FROM household_homes($1, $2)")
        .bind(households)
        .bind(day)
        .fetch_all(conn)
        .await
}

/// The rules that hold in each village on the day beside it.
pub async fn governing(
    conn: &mut PgConnection,
    villages: &[&str],
    days: &[Date],
) -> Result<Vec<Governing>, sqlx::Error> {
    sqlx::query_as("SELECT village, day, governed, content FROM point_rules_governing($1, $2)")
        .bind(villages)
        .bind(days)
        .fetch_all(conn)
        .await
}

/// Entries of `households`, which the caller may see, in order.
pub async fn accounts(conn: &mut PgConnection, households: &[String]) -> Result<Vec<EntryRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM point_accounts($1)")
        .bind(households)
        .fetch_all(conn)
        .await
}

/// The household of an entry.
pub async fn entry_household(conn: &mut PgConnection, id: Uuid) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT household_id FROM point_entries WHERE entry_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Entries of a division and below it, newest first.
pub async fn entries_list(
    conn: &mut PgConnection,
    list: &EntryQuery<'_>,
    filter: &Filter,
) -> Result<Vec<Listed>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT e.entry_id, e.content,
             (SELECT r.entry_id FROM point_entries r WHERE r.reverses = e.entry_id) AS reversed_by
         FROM point_entries e WHERE e.division_code ^@ ",
    );
    query.push_bind(list.division);
    if !list.household.is_empty() {
        query.push(" AND e.household_id = ").push_bind(list.household);
    }
    if let Some(after) = list.after {
        query
            .push(" AND (e.recorded_at, e.entry_id) < (SELECT a.recorded_at, a.entry_id FROM point_entries a WHERE a.entry_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY e.recorded_at DESC, e.entry_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Adds entries.
pub async fn entries_insert(conn: &mut PgConnection, rows: &[EntryRow]) -> Result<(), sqlx::Error> {
    // One statement binds at most 65,535 values.
    for rows in rows.chunks(1_000) {
        let mut query = QueryBuilder::<Postgres>::new(
            "INSERT INTO point_entries (entry_id, household_id, number, division_code, kind, points, entry_date,
                 occurrence_date, last_day, item, reverses, request_id, content, recorded_at) ",
        );
        query.push_values(rows, |mut values, row| {
            values
                .push_bind(row.entry_id)
                .push_bind(&row.household_id)
                .push_bind(row.number)
                .push_bind(&row.division_code)
                .push_bind(&row.kind)
                .push_bind(row.points)
                .push_bind(row.entry_date)
                .push_bind(row.occurrence_date)
                .push_bind(row.last_day)
                .push_bind(&row.item)
                .push_bind(row.reverses)
                .push_bind(row.request_id)
                .push_bind(&row.content)
                .push_bind(row.recorded_at);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// Households by points earned between two days, whatever became of them; equal points share a rank.
pub async fn league(conn: &mut PgConnection, list: &LeagueQuery<'_>) -> Result<Vec<LeagueRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new(
        "WITH earned AS (
             SELECT e.household_id, sum(CASE WHEN t.points IS NULL THEN e.points ELSE -t.points END)::bigint AS points
             FROM point_entries e LEFT JOIN point_entries t ON t.entry_id = e.reverses
             WHERE coalesce(t.kind, e.kind) IN ('AWARD', 'DEDUCT', 'ADJUST') AND e.occurrence_date >= ",
    );
    query
        .push_bind(list.from)
        .push(" AND e.occurrence_date <= ")
        .push_bind(list.until)
        .push(" AND e.entry_date <= ")
        .push_bind(list.until);
    // Of a household that moved here, what it earned elsewhere does not count, whether the caller may see it or not.
    within(&mut query, "e.division_code", list.divisions);
    query.push(
        " GROUP BY e.household_id), ranked AS (
             SELECT h.household_id, h.head_name, coalesce(p.points, 0) AS earned,
                 rank() OVER (ORDER BY coalesce(p.points, 0) DESC) AS rank
             FROM households h LEFT JOIN earned p USING (household_id) WHERE h.known_until IS NULL AND h.valid_from <= ",
    );
    query
        .push_bind(list.until)
        .push(" AND (h.valid_until IS NULL OR h.valid_until > ")
        .push_bind(list.until)
        .push(")");
    within(&mut query, "h.division_code", list.divisions);
    query.push(") SELECT * FROM ranked");
    if let Some((points, id)) = list.after {
        query
            .push(" WHERE (-earned, household_id) > (")
            .push_bind(-points)
            .push("::bigint, ")
            .push_bind(id)
            .push(")");
    }
    query
        .push(" ORDER BY earned DESC, household_id LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Adds ` AND …`: the code in `column` begins with one of `divisions`.
fn within(query: &mut QueryBuilder<Postgres>, column: &str, divisions: &[String]) {
    let mut either = query.push(" AND (").separated(" OR ");
    for division in divisions {
        either
            .push(column)
            .push_unseparated(" ^@ ")
            .push_bind_unseparated(division.clone());
    }
    query.push(")");
}
