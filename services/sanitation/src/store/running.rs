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

/// Points that were missed for want of a vehicle, reported since an instant.
pub async fn missed_since(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
    since: OffsetDateTime,
) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT point_id FROM missed_collections
         WHERE date = $1 AND division_code ^@ $2 AND reported_at > $3
           AND reason IN ('breakdown', 'vehicle_full', 'out_of_time')",
    )
    .bind(date)
    .bind(division)
    .bind(since)
    .fetch_all(conn)
    .await
}
