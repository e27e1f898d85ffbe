//! Where vehicles are and were.

use sanitation_core::fence::{Place, Watch};
use sanitation_core::geo;
use sqlx::{FromRow, PgConnection, QueryBuilder, types::Json};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::list::{Key, Listing, page};

/// A row of `device_positions`.
#[derive(Debug, Clone, FromRow)]
pub struct DevicePosition {
    pub device_id: String,
    pub vehicle_id: String,
    pub division_code: String,
    pub sequence_number: i64,
    pub at: OffsetDateTime,
    pub lng: f64,
    pub lat: f64,
    pub speed_kmh: Option<i32>,
    pub kept_at: OffsetDateTime,
    pub kept_lng: f64,
    pub kept_lat: f64,
    pub watch: Json<Watch>,
    pub received_at: OffsetDateTime,
}

/// A row of `track_positions`.
#[derive(Debug, Clone, FromRow)]
pub struct TrackPosition {
    pub at: OffsetDateTime,
    pub lng: f64,
    pub lat: f64,
    pub speed_kmh: Option<i32>,
}

/// A row of `vehicle_visits`.
#[derive(Debug, Clone, FromRow)]
pub struct Visit {
    pub visit_id: Uuid,
    pub vehicle_id: String,
    pub division_code: String,
    pub place: String,
    pub date: Date,
    pub arrived_at: OffsetDateTime,
    pub left_at: Option<OffsetDateTime>,
}

/// Where a vehicle is, and how it stands to its plan.
#[derive(Debug, Clone, FromRow)]
pub struct Current {
    pub device_id: String,
    pub vehicle_id: String,
    pub division_code: String,
    pub at: OffsetDateTime,
    pub lng: f64,
    pub lat: f64,
    pub speed_kmh: Option<i32>,
    pub received_at: OffsetDateTime,
    pub open_stops: i64,
    pub next_stop: Option<String>,
    pub delay_s: i64,
    pub passed_over: i64,
}

pub async fn device_position_get(conn: &mut PgConnection, device: &str) -> Result<Option<DevicePosition>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM device_positions WHERE device_id = $1")
        .bind(device)
        .fetch_optional(conn)
        .await
}

pub async fn device_position_keep(conn: &mut PgConnection, row: &DevicePosition) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO device_positions (device_id, vehicle_id, division_code, sequence_number, at, lng, lat, speed_kmh, kept_at,
                                       kept_lng, kept_lat, watch, received_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (device_id) DO UPDATE SET
             vehicle_id = excluded.vehicle_id, division_code = excluded.division_code,
             sequence_number = excluded.sequence_number, at = excluded.at, lng = excluded.lng, lat = excluded.lat,
             speed_kmh = excluded.speed_kmh, kept_at = excluded.kept_at, kept_lng = excluded.kept_lng,
             kept_lat = excluded.kept_lat, watch = excluded.watch, received_at = excluded.received_at",
    )
    .bind(&row.device_id)
    .bind(&row.vehicle_id)
    .bind(&row.division_code)
    .bind(row.sequence_number)
    .bind(row.at)
    .bind(row.lng)
    .bind(row.lat)
    .bind(row.speed_kmh)
    .bind(row.kept_at)
    .bind(row.kept_lng)
    .bind(row.kept_lat)
    .bind(&row.watch)
    .bind(row.received_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The newest position of each vehicle with what it owes on `today`.
pub async fn current_list(
    conn: &mut PgConnection,
    listing: &Listing<'_>,
    today: Date,
    now: OffsetDateTime,
) -> Result<Vec<Current>, sqlx::Error> {
    let mut query = QueryBuilder::new(
        "WITH newest AS (
             SELECT DISTINCT ON (vehicle_id) * FROM device_positions ORDER BY vehicle_id, at DESC
         ), day AS (
             SELECT stop_id, vehicle_id, planned_at, state IN ('planned', 'arrived') AS open,
                    max(planned_at) FILTER (WHERE state IN ('collected', 'missed')) OVER (PARTITION BY vehicle_id) AS reached
             FROM stops WHERE served_at IS NULL AND date = ",
    );
    query.push_bind(today);
    query.push(
        "), owing AS (
             SELECT vehicle_id, count(*) AS open_stops, (array_agg(stop_id ORDER BY planned_at, stop_id))[1] AS next_stop,
                    greatest(0, extract(epoch FROM ",
    );
    query.push_bind(now);
    query.push(
        "::timestamptz - min(planned_at)))::bigint AS delay_s, count(*) FILTER (WHERE planned_at < reached) AS passed_over
             FROM day WHERE open GROUP BY vehicle_id
         ), current AS (
             SELECT n.device_id, n.vehicle_id, n.division_code, n.at, n.lng, n.lat, n.speed_kmh, n.received_at,
                    coalesce(o.open_stops, 0) AS open_stops, o.next_stop, coalesce(o.delay_s, 0) AS delay_s,
                    coalesce(o.passed_over, 0) AS passed_over
             FROM newest n LEFT JOIN owing o USING (vehicle_id)
         )
         SELECT * FROM current",
    );
    listing.push(&mut query, Key::Text("vehicle_id"));
    query.build_query_as().fetch_all(conn).await
}

/// Adds positions to a vehicle's track; one of the same instant is known.
pub async fn track_insert(
    conn: &mut PgConnection,
    (vehicle, division): (&str, &str),
    positions: &[TrackPosition],
) -> Result<(), sqlx::Error> {
    for part in positions.chunks(1_000) {
        let mut query =
            QueryBuilder::new("INSERT INTO track_positions (vehicle_id, division_code, at, lng, lat, speed_kmh) ");
        query.push_values(part, |mut row, position| {
            row.push_bind(vehicle)
                .push_bind(division)
                .push_bind(position.at)
                .push_bind(position.lng)
                .push_bind(position.lat)
                .push_bind(position.speed_kmh);
        });
        query.push(" ON CONFLICT DO NOTHING");
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

/// The track of a vehicle after an instant and before another.
pub async fn track_list(
    conn: &mut PgConnection,
    vehicle: &str,
    (after, before): (OffsetDateTime, OffsetDateTime),
    limit: i64,
) -> Result<Vec<TrackPosition>, sqlx::Error> {
    sqlx::query_as(
        "SELECT at, lng, lat, speed_kmh FROM track_positions WHERE vehicle_id = $1 AND at > $2 AND at < $3 ORDER BY at LIMIT $4",
    )
    .bind(vehicle)
    .bind(after)
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Deletes what is known of a vehicle's way before an instant.
pub async fn track_clear(conn: &mut PgConnection, vehicle: &str, before: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM track_positions WHERE vehicle_id = $1 AND at < $2")
        .bind(vehicle)
        .bind(before)
        .execute(&mut *conn)
        .await?;
    sqlx::query("DELETE FROM vehicle_visits WHERE vehicle_id = $1 AND arrived_at < $2")
        .bind(vehicle)
        .bind(before)
        .execute(conn)
        .await?;
    Ok(())
}

/// Where a vehicle may arrive on a day: the points of its stops, and facilities.
pub async fn places_of(conn: &mut PgConnection, vehicle: &str, date: Date) -> Result<Vec<Place>, sqlx::Error> {
    let rows: Vec<(String, f64, f64)> = sqlx::query_as(
        "SELECT 'collectionPoints/' || p.point_id, p.lng, p.lat FROM stops s JOIN collection_points p USING (point_id)
         WHERE s.date = $1 AND s.vehicle_id = $2 AND s.served_at IS NULL
         UNION ALL SELECT 'facilities/' || facility_id, lng, lat FROM facilities
         ORDER BY 1",
    )
    .bind(date)
    .bind(vehicle)
    .fetch_all(conn)
    .await?;
    let place = |(name, lng, lat)| Place {
        name,
        position: geo::Position { lng, lat },
    };
    Ok(rows.into_iter().map(place).collect())
}

/// Begins a visit, unless another terminal of the vehicle has begun it.
pub async fn visit_insert(conn: &mut PgConnection, visit: &Visit) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO vehicle_visits (visit_id, vehicle_id, division_code, place, date, arrived_at)
         SELECT $1, $2, $3, $4, $5, $6
         WHERE NOT EXISTS (SELECT FROM vehicle_visits WHERE vehicle_id = $2 AND place = $4 AND left_at IS NULL)",
    )
    .bind(visit.visit_id)
    .bind(&visit.vehicle_id)
    .bind(&visit.division_code)
    .bind(&visit.place)
    .bind(visit.date)
    .bind(visit.arrived_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the visit of a vehicle at a place.
pub async fn visit_end(
    conn: &mut PgConnection,
    vehicle: &str,
    place: &str,
    left_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE vehicle_visits SET left_at = $3 WHERE vehicle_id = $1 AND place = $2 AND left_at IS NULL AND arrived_at <= $3",
    )
    .bind(vehicle)
    .bind(place)
    .bind(left_at)
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn visit_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Visit>, sqlx::Error> {
    page("SELECT * FROM vehicle_visits", Key::Newest("visit_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}
