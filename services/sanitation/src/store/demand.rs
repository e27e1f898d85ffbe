//! What forecasts learn from.

use sqlx::{FromRow, PgConnection};
use time::Date;

use super::{areas::Area, points::Point};

/// All that was taken of a stream from a village on a day.
#[derive(Debug, Clone, FromRow)]
pub struct Collected {
    pub village: String,
    pub date: Date,
    /// It is kitchen waste.
    pub kitchen: bool,
    /// `None` where a weighing gave nothing.
    pub net_kg: Option<i64>,
}

/// What was weighed on board from `first` until the day before `until` in the villages of some townships, by village, day and
/// whether it was kitchen waste.
pub async fn collected_by_day(
    conn: &mut PgConnection,
    townships: &[String],
    first: Date,
    until: Date,
) -> Result<Vec<Collected>, sqlx::Error> {
    sqlx::query_as(
        "SELECT substr(h.giver, 11, 12) AS village, t.date, t.stream = 'kitchen' AS kitchen,
                CASE WHEN count(*) = count(h.net_kg) THEN sum(h.net_kg)::bigint END AS net_kg
         FROM trips t JOIN current_hand_overs h USING (trip_id)
         WHERE t.kind = 'collection' AND t.date >= $2 AND t.date < $3
           AND t.stream IN ('', 'residual', 'kitchen')
           AND h.kind = 'collected' AND substr(h.giver, 11, 9) = ANY($1)
         GROUP BY 1, 2, 3 ORDER BY 1, 2",
    )
    .bind(townships)
    .bind(first)
    .bind(until)
    .fetch_all(conn)
    .await
}

/// How many trips with kitchen waste, or with all of it where nothing is sorted, collected in each village of a division on each day from `first` until the day before `until`.
pub async fn collections_by_day(
    conn: &mut PgConnection,
    division: &str,
    first: Date,
    until: Date,
) -> Result<Vec<(String, Date, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT substr(h.giver, 11, 12), t.date, count(DISTINCT t.trip_id)
         FROM trips t JOIN current_hand_overs h USING (trip_id)
         WHERE t.kind = 'collection' AND t.date >= $2 AND t.date < $3
           AND t.stream IN ('', 'kitchen') AND h.kind = 'collected' AND substr(h.giver, 11) ^@ $1
         GROUP BY 1, 2",
    )
    .bind(division)
    .bind(first)
    .bind(until)
    .fetch_all(conn)
    .await
}

/// What came into each of some stations, kg, on the days from `first` until the day before `until` on which anything did.
pub async fn received_by_day(
    conn: &mut PgConnection,
    stations: &[String],
    first: Date,
    until: Date,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    sqlx::query_as(
        "SELECT t.station_id, coalesce(sum(h.net_kg), 0)::bigint
         FROM trips t JOIN current_hand_overs h USING (trip_id)
         WHERE t.kind = 'collection' AND t.date >= $2 AND t.date < $3
           AND h.kind = 'received' AND t.station_id = ANY($1)
         GROUP BY t.station_id, t.date ORDER BY 1, t.date",
    )
    .bind(stations)
    .bind(first)
    .bind(until)
    .fetch_all(conn)
    .await
}

/// All areas of some townships.
pub async fn areas_of_townships(conn: &mut PgConnection, townships: &[String]) -> Result<Vec<Area>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM service_areas WHERE left(division_code, 9) = ANY($1) ORDER BY division_code")
        .bind(townships)
        .fetch_all(conn)
        .await
}

/// Townships in a division that have a village to serve.
pub async fn townships_of(conn: &mut PgConnection, division: &str) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT DISTINCT left(division_code, 9) FROM service_areas WHERE division_code ^@ $1 ORDER BY 1")
        .bind(division)
        .fetch_all(conn)
        .await
}

/// Points of a division by township and id, beginning with the one named.
pub async fn points_from(
    conn: &mut PgConnection,
    division: &str,
    (township, point): (&str, &str),
    limit: i64,
) -> Result<Vec<Point>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM collection_points
         WHERE division_code ^@ $1 AND (left(division_code, 9), point_id) >= ($2, $3)
         ORDER BY left(division_code, 9), point_id LIMIT $4",
    )
    .bind(division)
    .bind(township)
    .bind(point)
    .bind(limit)
    .fetch_all(conn)
    .await
}
