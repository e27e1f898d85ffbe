//! Hotspots and their sightings.

use kit::filter::Filter;
use sqlx::{FromRow, PgConnection, Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{grid::BoxRow, rating::end};

/// A hotspot as it was raised.
#[derive(Debug, Clone, FromRow)]
pub struct HotspotRow {
    pub hotspot_id: Uuid,
    pub division_code: String,
    pub county_code: String,
    pub grid_code: String,
    pub large_grid_code: String,
    /// Empty if nobody was found.
    pub cadre_id: String,
    pub cadre_name: String,
    pub location_rule: String,
    /// What the contract states of who answers.
    pub duty: Vec<u8>,
    pub longitude: i32,
    pub latitude: i32,
    pub observed_at: OffsetDateTime,
    pub source: String,
    pub external_id: String,
    pub fixed_source_id: Option<Uuid>,
    pub raised_at: OffsetDateTime,
}

/// One time that a hotspot was seen.
#[derive(Debug, Clone, FromRow)]
pub struct SightingRow {
    pub sighting_id: Uuid,
    pub hotspot_id: Uuid,
    pub division_code: String,
    pub county_code: String,
    pub source: String,
    pub external_id: String,
    pub longitude: i32,
    pub latitude: i32,
    pub observed_at: OffsetDateTime,
    pub note: String,
    pub reporter: String,
    pub recorded_at: OffsetDateTime,
}

/// Which hotspots to list.
#[derive(Debug)]
pub struct HotspotQuery<'a> {
    /// Of it and below it; empty for all.
    pub division: &'a str,
    /// Seen then or later.
    pub from: Option<OffsetDateTime>,
    /// Seen before.
    pub until: Option<OffsetDateTime>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Where and when to look for a hotspot that a sighting may belong to.
#[derive(Debug)]
pub struct Nearby<'a> {
    pub county: &'a str,
    pub bounds: BoxRow,
    /// One of its sightings is not earlier.
    pub from: OffsetDateTime,
    /// And not later.
    pub until: OffsetDateTime,
}

const COLUMNS: &str = "h.hotspot_id, h.division_code, h.county_code, h.grid_code, h.large_grid_code, h.cadre_id, h.cadre_name,
    h.location_rule, h.duty, h.longitude, h.latitude, h.observed_at, h.source, h.external_id, h.fixed_source_id, h.raised_at";

/// A hotspot.
pub async fn hotspot_get(conn: &mut PgConnection, id: Uuid) -> Result<Option<HotspotRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM hotspots h WHERE h.hotspot_id = ")
        .push_bind(id);
    query.build_query_as().fetch_optional(conn).await
}

/// A hotspot, after waiting for other entries and sightings of its county to end.
pub async fn hotspot_lock(conn: &mut PgConnection, id: Uuid) -> Result<Option<HotspotRow>, sqlx::Error> {
    let Some(row) = hotspot_get(conn, id).await? else {
        return Ok(None);
    };
    county_lock(conn, &row.county_code).await?;
    Ok(Some(row))
}

/// Makes whatever happens to the hotspots of a county wait for one another until the end of the transaction.
pub async fn county_lock(conn: &mut PgConnection, county: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('villages.hotspots ' || $1, 0))")
        .bind(county)
        .execute(conn)
        .await?;
    Ok(())
}

/// Hotspots, last raised first.
pub async fn hotspots_list(
    conn: &mut PgConnection,
    list: &HotspotQuery<'_>,
    filter: &Filter,
) -> Result<Vec<HotspotRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM hotspot_standing h WHERE h.division_code >= ")
        .push_bind(list.division);
    query.push(" AND h.division_code < ").push_bind(end(list.division));
    if let Some(from) = list.from {
        query.push(" AND h.observed_at >= ").push_bind(from);
    }
    if let Some(until) = list.until {
        query.push(" AND h.observed_at < ").push_bind(until);
    }
    if let Some(after) = list.after {
        query
            .push(" AND (h.raised_at, h.hotspot_id) < (SELECT a.raised_at, a.hotspot_id FROM hotspots a WHERE a.hotspot_id = ")
            .push_bind(after)
            .push(")");
    }
    filter.push(&mut query);
    query
        .push(" ORDER BY h.raised_at DESC, h.hotspot_id DESC LIMIT ")
        .push_bind(list.limit);
    query.build_query_as().fetch_all(conn).await
}

/// Hotspots that are open or burning and were seen near a place and time, the first raised first.
pub async fn hotspots_near(conn: &mut PgConnection, near: &Nearby<'_>) -> Result<Vec<HotspotRow>, sqlx::Error> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT ");
    query
        .push(COLUMNS)
        .push(" FROM hotspot_standing h WHERE h.county_code = ")
        .push_bind(near.county);
    query.push(" AND h.latitude >= ").push_bind(near.bounds.south);
    query.push(" AND h.latitude <= ").push_bind(near.bounds.north);
    query.push(" AND h.longitude >= ").push_bind(near.bounds.west);
    query.push(" AND h.longitude <= ").push_bind(near.bounds.east);
    query
        .push(" AND EXISTS (SELECT FROM hotspot_sightings s WHERE s.hotspot_id = h.hotspot_id AND s.observed_at >= ")
        .push_bind(near.from);
    query
        .push(" AND s.observed_at <= ")
        .push_bind(near.until)
        .push(") AND h.state IN ('RAISED', 'ACKNOWLEDGED', 'ARRIVED', 'BURNING')");
    query.push(" ORDER BY h.raised_at, h.hotspot_id");
    query.build_query_as().fetch_all(conn).await
}

/// Keeps a hotspot.
pub async fn hotspot_insert(conn: &mut PgConnection, row: &HotspotRow) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO hotspots (hotspot_id, division_code, county_code, grid_code, large_grid_code, cadre_id, cadre_name,
             location_rule, duty, longitude, latitude, observed_at, source, external_id, fixed_source_id, raised_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(row.hotspot_id)
    .bind(&row.division_code)
    .bind(&row.county_code)
    .bind(&row.grid_code)
    .bind(&row.large_grid_code)
    .bind(&row.cadre_id)
    .bind(&row.cadre_name)
    .bind(&row.location_rule)
    .bind(&row.duty)
    .bind(row.longitude)
    .bind(row.latitude)
    .bind(row.observed_at)
    .bind(&row.source)
    .bind(&row.external_id)
    .bind(row.fixed_source_id)
    .bind(row.raised_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The hotspot that a number of a source belongs to.
pub async fn external_get(
    conn: &mut PgConnection,
    county: &str,
    source: &str,
    external_id: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT hotspot_id FROM hotspot_sightings
         WHERE county_code = $1 AND source = $2 AND external_id = $3 AND external_id <> ''",
    )
    .bind(county)
    .bind(source)
    .bind(external_id)
    .fetch_optional(conn)
    .await
}

/// Keeps a sighting; false if its number is known in the county already.
pub async fn sighting_insert(conn: &mut PgConnection, row: &SightingRow) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query(
        "INSERT INTO hotspot_sightings (sighting_id, hotspot_id, division_code, county_code, source, external_id, longitude,
             latitude, observed_at, note, reporter, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
         ON CONFLICT DO NOTHING",
    )
    .bind(row.sighting_id)
    .bind(row.hotspot_id)
    .bind(&row.division_code)
    .bind(&row.county_code)
    .bind(&row.source)
    .bind(&row.external_id)
    .bind(row.longitude)
    .bind(row.latitude)
    .bind(row.observed_at)
    .bind(&row.note)
    .bind(&row.reporter)
    .bind(row.recorded_at)
    .execute(conn)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The sightings of hotspots in order of recording.
pub async fn sightings_of(conn: &mut PgConnection, hotspots: &[Uuid]) -> Result<Vec<SightingRow>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM hotspot_sightings WHERE hotspot_id = ANY($1) ORDER BY hotspot_id, sighting_id")
        .bind(hotspots)
        .fetch_all(conn)
        .await
}

/// Those of `hotspots` that are the first of their county and year to count.
pub async fn first_fires(conn: &mut PgConnection, hotspots: &[Uuid]) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT hotspot_id FROM first_fires($1)")
        .bind(hotspots)
        .fetch_all(conn)
        .await
}
