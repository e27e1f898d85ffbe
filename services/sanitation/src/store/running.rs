//! What is on record of a day that is under way.

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

/// What a vehicle has collected in a village on a trip of the day.
#[derive(Debug, Clone, FromRow)]
pub struct Collected {
    pub vehicle_id: String,
    pub trip_id: String,
    pub arrived_at: OffsetDateTime,
    pub village: String,
    /// The last time there.
    pub at: OffsetDateTime,
}

/// What was collected on a day until an instant, trip by trip in the order of departure.
pub async fn collected_until(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
    until: OffsetDateTime,
) -> Result<Vec<Collected>, sqlx::Error> {
    sqlx::query_as(
        "SELECT t.vehicle_id, t.trip_id, t.arrived_at, substr(h.giver, 11, 12) AS village, max(h.at) AS at
         FROM trips t JOIN current_hand_overs h USING (trip_id)
         WHERE t.kind = 'collection' AND t.date = $1 AND t.division_code ^@ $2 AND h.kind = 'collected' AND h.at <= $3
         GROUP BY t.trip_id, 4 ORDER BY t.vehicle_id, t.departed_at, t.trip_id",
    )
    .bind(date)
    .bind(division)
    .bind(until)
    .fetch_all(conn)
    .await
}

/// Calls that stand as missed since an instant, but where the waste was refused.
pub async fn missed_since(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
    since: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT CASE stream WHEN '' THEN point_id ELSE point_id || '.' || stream END FROM missed_collections
         WHERE date = $1 AND division_code ^@ $2 AND reported_at > $3
           AND withdrawn_at IS NULL AND reason <> 'waste_refused'",
    )
    .bind(date)
    .bind(division)
    .bind(since)
    .fetch_all(conn)
    .await
}

/// What is decided of a stop, with the report that decided it.
#[derive(Debug, Clone, FromRow)]
pub struct Decided {
    pub call_id: String,
    pub state: String,
    pub missed_reason: String,
    pub collected_kg: Option<i64>,
    pub vehicle_id: String,
    pub at: OffsetDateTime,
    pub received_at: OffsetDateTime,
}

/// What terminals reported of the stops of a day, in the order of time.
pub async fn decided(conn: &mut PgConnection, division: &str, date: Date) -> Result<Vec<Decided>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (
             SELECT DISTINCT ON (s.stop_id) split_part(s.stop_id, '/', 2) AS call_id, s.state, s.missed_reason, s.collected_kg, s.trip_number, s.stop_number,
                    e.vehicle_id, e.event_at AS at, e.received_at
             FROM stops s JOIN stop_events e ON e.stop_id = s.stop_id AND e.kind = s.state
                  AND e.event_at = coalesce(s.done_at, s.arrived_at)
             WHERE s.date = $1 AND s.division_code ^@ $2 AND s.served_at IS NULL
             ORDER BY s.stop_id, e.record_id
         ) told ORDER BY at, trip_number, stop_number",
    )
    .bind(date)
    .bind(division)
    .fetch_all(conn)
    .await
}

/// When vehicles of a division reported that they unloaded between two instants, in order.
pub async fn unloaded_between(
    conn: &mut PgConnection,
    division: &str,
    from: OffsetDateTime,
    to: OffsetDateTime,
) -> Result<Vec<(String, OffsetDateTime)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT vehicle_id, event_at FROM stop_events
         WHERE kind = 'unloaded' AND division_code ^@ $1 AND event_at >= $2 AND event_at < $3 ORDER BY event_at",
    )
    .bind(division)
    .bind(from)
    .bind(to)
    .fetch_all(conn)
    .await
}
