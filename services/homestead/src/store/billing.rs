//! Billing: what is to be charged, and issuing it.

use std::ops::Range;

use homestead_core::{occupation::Since, span::Span};
use sqlx::{FromRow, PgConnection, QueryBuilder, Result};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// A village and how many plots in it may be charged.
#[derive(Debug, Clone, FromRow)]
pub struct Village {
    pub division_code: String,
    pub parcels: i64,
}

/// A household that over-occupies, or did within the days asked for.
#[derive(Debug)]
pub struct Occupier {
    pub household_id: String,
    pub division_code: String,
    pub relief_class: Option<i16>,
    /// What is known of its plots.
    pub known: Vec<Since<String>>,
    pub disputed: bool,
    /// The cadre who answers for it, if any.
    pub cadre_id: Option<String>,
    /// Days billed already by other runs, and by this one.
    pub billed: Vec<Span>,
    pub own: Vec<Span>,
}

/// A bill to be issued.
#[derive(Debug, Clone)]
pub struct NewBill {
    pub id: Uuid,
    pub division_code: String,
    pub household_id: String,
    pub tariff_id: Uuid,
    pub from_on: Date,
    pub until_on: Date,
    pub over_dm2: i64,
    pub relief_class: Option<i16>,
    pub gross_fen: i64,
    pub relief_fen: i64,
    /// The bill for the same days that this one adds to.
    pub corrects: Option<Uuid>,
}

/// What was issued in one village.
#[derive(Debug, Clone, FromRow)]
pub struct Issued {
    pub division_code: String,
    pub bills: i64,
    pub gross_fen: i64,
    pub relief_fen: i64,
    pub advance_fen: i64,
}

/// The circumstances of issuing.
#[derive(Debug, Clone, Copy)]
pub struct Issue<'a> {
    pub run_id: Uuid,
    pub issued_on: Date,
    pub due_on: Date,
    pub principal: &'a str,
    pub now: OffsetDateTime,
}

/// Villages of a division in which something is or was over-occupied, by code.
pub async fn villages(conn: &mut PgConnection, division: &str) -> Result<Vec<Village>> {
    let mut query = QueryBuilder::new(
        "SELECT h.division_code, count(*) AS parcels FROM occupation o JOIN household h USING (household_id)
         WHERE o.superseded_at IS NULL AND o.over_dm2 > 0",
    );
    if !division.is_empty() {
        query.push(" AND h.division_code >= ").push_bind(division.to_owned());
        query.push(" AND h.division_code < ").push_bind(super::end(division));
    }
    query.push(" GROUP BY h.division_code ORDER BY h.division_code");
    query.build_query_as().fetch_all(conn).await
}

/// The households of `villages` that over-occupy at some time before the end of `days`, by village and id.
pub async fn occupiers(
    conn: &mut PgConnection,
    villages: &[&str],
    days: &Range<Date>,
    run_id: Uuid,
) -> Result<Vec<Occupier>> {
    #[derive(FromRow)]
    struct Row {
        household_id: String,
        division_code: String,
        relief_class: Option<i16>,
        plots: Vec<String>,
        begins: Vec<Date>,
        areas: Vec<i64>,
        disputed: bool,
        cadre_id: Option<String>,
        bill_runs: Option<Vec<Uuid>>,
        bill_begins: Option<Vec<Date>>,
        bill_ends: Option<Vec<Date>>,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT o.household_id, o.division_code, o.relief_class, o.plots, o.begins, o.areas, f.cadre_id,
                o.household_id IN (SELECT household_id FROM parcel WHERE disputed) AS disputed,
                b.bill_runs, b.bill_begins, b.bill_ends
         FROM (
             SELECT h.household_id, h.division_code, h.relief_class,
                    array_agg(o.parcel_id ORDER BY o.id) AS plots, array_agg(o.from_on ORDER BY o.id) AS begins,
                    array_agg(o.over_dm2 ORDER BY o.id) AS areas
             FROM household h JOIN occupation o USING (household_id)
             WHERE h.division_code = ANY ($1) AND o.superseded_at IS NULL AND o.from_on < $3
             GROUP BY h.household_id HAVING max(o.over_dm2) > 0
         ) o
         LEFT JOIN portfolio f USING (household_id)
         CROSS JOIN LATERAL (
             -- By household, or every portion would go through the bills of all villages.
             SELECT array_agg(run_id) AS bill_runs, array_agg(from_on) AS bill_begins, array_agg(until_on) AS bill_ends
             FROM bill b WHERE b.household_id = o.household_id AND from_on < $3 AND $2 < until_on AND corrects IS NULL
         ) b
         ORDER BY o.division_code, o.household_id",
    )
    .bind(villages)
    .bind(days.start)
    .bind(days.end)
    .fetch_all(conn)
    .await?;
    let occupier = |row: Row| {
        let since = |((plot, from_on), over_dm2)| Since {
            plot,
            from_on,
            over_dm2,
        };
        let known = row
            .plots
            .into_iter()
            .zip(row.begins)
            .zip(row.areas)
            .map(since)
            .collect();
        let (begins, ends) = (row.bill_begins.unwrap_or_default(), row.bill_ends.unwrap_or_default());
        let spans = begins
            .into_iter()
            .zip(ends)
            .filter_map(|(from, until)| Span::new(from, until));
        let (own, billed): (Vec<_>, Vec<_>) = row
            .bill_runs
            .unwrap_or_default()
            .into_iter()
            .zip(spans)
            .partition(|(run, _)| *run == run_id);
        let only = |spans: Vec<(Uuid, Span)>| spans.into_iter().map(|(_, span)| span).collect();
        Occupier {
            household_id: row.household_id,
            division_code: row.division_code,
            relief_class: row.relief_class,
            known,
            disputed: row.disputed,
            cadre_id: row.cadre_id,
            billed: only(billed),
            own: only(own),
        }
    };
    Ok(rows.into_iter().map(occupier).collect())
}

/// Makes cadres responsible for households of `village` that have nobody.
pub async fn portfolio_assign(
    conn: &mut PgConnection,
    village: &str,
    shared: &[(String, String)],
    from_on: Date,
) -> Result<()> {
    let households: Vec<&str> = shared.iter().map(|(household, _)| household.as_str()).collect();
    let cadres: Vec<&str> = shared.iter().map(|(_, cadre)| cadre.as_str()).collect();
    sqlx::query(
        "INSERT INTO portfolio (household_id, division_code, cadre_id, from_on)
         SELECT x.household_id, $1, x.cadre_id, $2 FROM unnest($3::text[], $4::text[]) AS x (household_id, cadre_id)
         ON CONFLICT (household_id) DO NOTHING",
    )
    .bind(village)
    .bind(from_on)
    .bind(households)
    .bind(cadres)
    .execute(conn)
    .await?;
    Ok(())
}

/// Issues `bills` whose days are not billed yet.
pub async fn issue(conn: &mut PgConnection, issue: Issue<'_>, bills: &[NewBill]) -> Result<Vec<Issued>> {
    fn column<'a, T>(bills: &'a [NewBill], get: impl Fn(&'a NewBill) -> T) -> Vec<T> {
        bills.iter().map(get).collect()
    }
    sqlx::query_as("SELECT * FROM issue_bills($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)")
        .bind(issue.run_id)
        .bind(issue.issued_on)
        .bind(issue.due_on)
        .bind(issue.principal)
        .bind(issue.now)
        .bind(column(bills, |bill| bill.id))
        .bind(column(bills, |bill| bill.division_code.as_str()))
        .bind(column(bills, |bill| bill.household_id.as_str()))
        .bind(column(bills, |bill| bill.tariff_id))
        .bind(column(bills, |bill| bill.from_on))
        .bind(column(bills, |bill| bill.until_on))
        .bind(column(bills, |bill| bill.over_dm2))
        .bind(column(bills, |bill| bill.relief_class))
        .bind(column(bills, |bill| bill.gross_fen))
        .bind(column(bills, |bill| bill.relief_fen))
        .bind(column(bills, |bill| bill.corrects))
        .fetch_all(conn)
        .await
}

/// A run as it is stored.
#[derive(Debug, FromRow)]
pub struct Run {
    pub id: Uuid,
    pub summary: Vec<u8>,
}

/// Notes that a run has begun, or goes on.
pub async fn run_begin(
    conn: &mut PgConnection,
    id: Uuid,
    division: &str,
    summary: &[u8],
    now: OffsetDateTime,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO billing_run (id, division_code, started_at, summary) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
    )
    .bind(id)
    .bind(division)
    .bind(now)
    .bind(summary)
    .execute(conn)
    .await?;
    Ok(())
}

/// Tells the planner how much was read in or billed.
pub async fn statistics_refresh(conn: &mut PgConnection) -> Result<()> {
    sqlx::query("SELECT refresh_statistics()").execute(conn).await?;
    Ok(())
}

/// Notes what a run has come to.
pub async fn run_finish(conn: &mut PgConnection, id: Uuid, summary: &[u8], now: OffsetDateTime) -> Result<()> {
    sqlx::query("UPDATE billing_run SET summary = $2, finished_at = $3 WHERE id = $1")
        .bind(id)
        .bind(summary)
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Gets a run.
pub async fn run_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<Run>> {
    sqlx::query_as("SELECT id, summary FROM billing_run WHERE id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Runs of a division before `before`, newest first.
pub async fn run_list(conn: &mut PgConnection, division: &str, before: Option<Uuid>, limit: i64) -> Result<Vec<Run>> {
    let mut query = QueryBuilder::new("SELECT id, summary FROM billing_run WHERE true");
    super::within(&mut query, division);
    if let Some(before) = before {
        query.push(" AND id < ").push_bind(before);
    }
    query.push(" ORDER BY id DESC LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// Bills, gross, relief and applied advances of a run, whoever issued them: this process or one that was killed.
pub async fn run_totals(conn: &mut PgConnection, id: Uuid) -> Result<(i64, i64, i64, i64)> {
    sqlx::query_as(
        "SELECT count(*), coalesce(sum(b.gross_fen), 0)::bigint, coalesce(sum(b.relief_fen), 0)::bigint,
                coalesce(sum(t.amount_fen), 0)::bigint
         FROM bill b LEFT JOIN transfer t ON t.entry_id = b.id AND t.line = 3 WHERE b.run_id = $1",
    )
    .bind(id)
    .fetch_one(conn)
    .await
}
