//! Driven trips.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

use super::list::{Key, Listing, page};

/// A row of `trips`.
#[derive(Debug, Clone, FromRow)]
pub struct Trip {
    pub trip_id: String,
    pub kind: String,
    pub division_code: String,
    pub date: Date,
    pub vehicle_id: String,
    pub station_id: String,
    pub plant_id: Option<String>,
    pub departed_at: OffsetDateTime,
    pub arrived_at: OffsetDateTime,
    pub seal_number: String,
    pub stream: String,
    pub sent_count: i32,
    pub recorded_at: OffsetDateTime,
}

pub async fn trip_get(conn: &mut PgConnection, id: &str) -> Result<Option<Trip>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM trips WHERE trip_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Gets a trip and holds it until the transaction ends, so that its chain grows one record at a time.
pub async fn trip_hold(conn: &mut PgConnection, id: &str) -> Result<Option<Trip>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM trips WHERE trip_id = $1 FOR UPDATE")
        .bind(id)
        .fetch_optional(conn)
        .await
}

pub async fn trip_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Trip>, sqlx::Error> {
    page("SELECT * FROM trips", Key::Text("trip_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// Adds a trip; false if its id is taken.
pub async fn trip_insert(conn: &mut PgConnection, trip: &Trip) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO trips (trip_id, kind, division_code, date, vehicle_id, station_id, plant_id, departed_at, arrived_at,
                            seal_number, sent_count, recorded_at, stream)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (trip_id) DO NOTHING",
    )
    .bind(&trip.trip_id)
    .bind(&trip.kind)
    .bind(&trip.division_code)
    .bind(trip.date)
    .bind(&trip.vehicle_id)
    .bind(&trip.station_id)
    .bind(&trip.plant_id)
    .bind(trip.departed_at)
    .bind(trip.arrived_at)
    .bind(&trip.seal_number)
    .bind(trip.sent_count)
    .bind(trip.recorded_at)
    .bind(&trip.stream)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes `incoming` from `staged`, which has one line for each time a trip was sent: one row a trip, typed, with the township
/// of its station.
pub async fn incoming_prepare(conn: &mut PgConnection, kind: &str) -> Result<(), sqlx::Error> {
    sqlx::query(
        "CREATE TEMP TABLE incoming ON COMMIT DROP AS
         SELECT min(s.line) AS line, s.trip_id, $1::text AS kind, f.division_code, s.date::date AS date, s.vehicle_id,
                s.station_id, s.plant_id, s.departed_at::timestamptz AS departed_at,
                s.arrived_at::timestamptz AS arrived_at, coalesce(s.seal_number, '') AS seal_number,
                s.stream AS stated_stream, coalesce(s.stream, v.stream) AS stream, count(*)::int AS sent_count
         FROM staged s JOIN facilities f ON f.facility_id = s.station_id JOIN vehicles v USING (vehicle_id)
         GROUP BY s.trip_id, f.division_code, s.date, s.vehicle_id, s.station_id, s.plant_id, s.departed_at,
                  s.arrived_at, s.seal_number, s.stream, v.stream",
    )
    .bind(kind)
    .execute(&mut *conn)
    .await?;
    sqlx::query("ANALYZE incoming").execute(conn).await?;
    Ok(())
}

/// Lines of `incoming` whose trip is recorded otherwise.
pub async fn incoming_contradicting(conn: &mut PgConnection) -> Result<Vec<(i64, String)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT i.line, i.trip_id FROM incoming i JOIN trips t USING (trip_id)
         WHERE (t.kind, t.date, t.vehicle_id, t.station_id, t.plant_id, t.departed_at, t.arrived_at, t.seal_number)
            IS DISTINCT FROM (i.kind, i.date, i.vehicle_id, i.station_id, i.plant_id, i.departed_at, i.arrived_at, i.seal_number)
            -- Vehicles may carry another stream since; what a file does not state is as it was recorded.
            OR t.stream <> i.stated_stream
         ORDER BY i.line LIMIT 200",
    )
    .fetch_all(conn)
    .await
}

/// Adds the trips of `incoming` that are new and notes those that were sent more often than known. Answers how many of each.
pub async fn incoming_merge(conn: &mut PgConnection, now: OffsetDateTime) -> Result<(u64, u64), sqlx::Error> {
    let updated = sqlx::query(
        "UPDATE trips t SET sent_count = i.sent_count FROM incoming i
         WHERE t.trip_id = i.trip_id AND t.sent_count < i.sent_count",
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    let inserted = sqlx::query(
        "INSERT INTO trips (trip_id, kind, division_code, date, vehicle_id, station_id, plant_id, departed_at, arrived_at,
                            seal_number, stream, sent_count, recorded_at)
         SELECT trip_id, kind, division_code, date, vehicle_id, station_id, plant_id, departed_at, arrived_at,
                seal_number, stream, sent_count, $1
         FROM incoming i WHERE NOT EXISTS (SELECT FROM trips t WHERE t.trip_id = i.trip_id)",
    )
    .bind(now)
    .execute(conn)
    .await?
    .rows_affected();
    Ok((inserted, updated))
}
