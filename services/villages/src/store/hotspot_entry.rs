//! What was done about hotspots, and what is counted of it.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;

use super::rating::end;

/// What was done about a hotspot.
#[derive(Debug, Clone)]
pub struct EntryRow {
    pub hotspot_id: Uuid,
    pub number: i32,
    pub division_code: String,
    pub state: &'static str,
    pub content: Vec<u8>,
    pub recorded_at: OffsetDateTime,
}

/// A hotspot that counts for a village, or once did.
#[derive(Debug, Clone, FromRow)]
pub struct CountedRow {
    pub hotspot_id: Uuid,
    pub observed_at: OffsetDateTime,
    pub counts: bool,
}

/// Hotspots of one grid and person.
#[derive(Debug, Clone, FromRow)]
pub struct StatisticRow {
    pub grid_code: String,
    pub cadre_id: String,
    pub cadre_name: String,
    pub raised: i64,
    pub counted: i64,
    pub exonerated: i64,
    pub fixed_source: i64,
    pub false_alarm: i64,
    pub open: i64,
    pub acknowledged: i64,
    pub acknowledge_s: i64,
    pub arrived: i64,
    pub arrive_s: i64,
}

/// Which hotspots to count.
#[derive(Debug)]
pub struct StatisticQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    /// Seen then or later.
    pub from: OffsetDateTime,
    /// Seen before.
    pub until: OffsetDateTime,
    /// Grid and person of the last row of the page before.
    pub after: Option<(&'a str, &'a str)>,
    pub limit: i64,
}

/// Hotspots and contents of what was done about them, in order.
pub async fn entries_of(conn: &mut PgConnection, hotspots: &[Uuid]) -> Result<Vec<(Uuid, Vec<u8>)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT hotspot_id, content FROM hotspot_entries WHERE hotspot_id = ANY($1) ORDER BY hotspot_id, number",
    )
    .bind(hotspots)
    .fetch_all(conn)
    .await
}

/// Adds what was done about a hotspot.
pub async fn entry_insert(conn: &mut PgConnection, row: &EntryRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO hotspot_entries (hotspot_id, number, division_code, state, content, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(row.hotspot_id)
    .bind(row.number)
    .bind(&row.division_code)
    .bind(row.state)
    .bind(&row.content)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The hotspots of a village, seen in a time, that count or once did, by time seen.
pub async fn counted(
    conn: &mut PgConnection,
    village: &str,
    from: OffsetDateTime,
    until: OffsetDateTime,
) -> Result<Vec<CountedRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT h.hotspot_id, h.observed_at, h.state = 'BURNING' AS counts FROM hotspot_standing h
         WHERE h.division_code = $1 AND h.observed_at >= $2 AND h.observed_at < $3
           AND EXISTS (SELECT FROM hotspot_entries e WHERE e.hotspot_id = h.hotspot_id AND e.state = 'BURNING')
         ORDER BY h.observed_at, h.hotspot_id",
    )
    .bind(village)
    .bind(from)
    .bind(until)
    .fetch_all(conn)
    .await
}

/// Hotspots by grid and person on duty.
pub async fn statistics(conn: &mut PgConnection, list: &StatisticQuery<'_>) -> Result<Vec<StatisticRow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT h.grid_code, h.cadre_id, max(h.cadre_name) AS cadre_name, count(*) AS raised,
                count(*) FILTER (WHERE h.state = 'BURNING') AS counted,
                count(*) FILTER (WHERE h.state = 'EXONERATED') AS exonerated,
                count(*) FILTER (WHERE h.state = 'FIXED_SOURCE') AS fixed_source,
                count(*) FILTER (WHERE h.state = 'FALSE') AS false_alarm,
                count(*) FILTER (WHERE h.state IN ('RAISED', 'ACKNOWLEDGED', 'ARRIVED')) AS open,
                count(t.acknowledged_at) AS acknowledged,
                coalesce(sum(greatest(0, floor(extract(epoch FROM t.acknowledged_at - h.raised_at)))), 0)::bigint
                    AS acknowledge_s,
                count(t.arrived_at) AS arrived,
                coalesce(sum(greatest(0, floor(extract(epoch FROM t.arrived_at - h.raised_at)))), 0)::bigint AS arrive_s
         FROM hotspot_standing h CROSS JOIN LATERAL (
             SELECT min(e.recorded_at) FILTER (WHERE e.state IN ('ACKNOWLEDGED', 'ARRIVED')) AS acknowledged_at,
                    min(e.recorded_at) FILTER (WHERE e.state = 'ARRIVED') AS arrived_at
             FROM hotspot_entries e WHERE e.hotspot_id = h.hotspot_id) t
         WHERE h.division_code >= $1 AND h.division_code < $2 AND h.observed_at >= $3 AND h.observed_at < $4
           AND ($5::text IS NULL OR (h.grid_code, h.cadre_id) > ($5, $6))
         GROUP BY h.grid_code, h.cadre_id ORDER BY h.grid_code, h.cadre_id LIMIT $7",
    )
    .bind(list.division)
    .bind(end(list.division))
    .bind(list.from)
    .bind(list.until)
    .bind(list.after.map(|(grid, _)| grid))
    .bind(list.after.map(|(_, cadre)| cadre))
    .bind(list.limit)
    .fetch_all(conn)
    .await
}
