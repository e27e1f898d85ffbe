//! What is done on roads, and where sprinklers refill.

use sqlx::{FromRow, PgConnection};

/// A row of `road_tasks`.
#[derive(Debug, Clone, FromRow)]
pub struct RoadTask {
    pub edge_id: String,
    pub work: String,
    pub both_sides: bool,
    pub times_a_week: i32,
    pub litres_per_km: i64,
    pub speed_kmh: i32,
    pub penalty_fen: Option<i64>,
}

/// A row of `water_flows`.
#[derive(Debug, Clone, FromRow)]
pub struct WaterFlow {
    pub facility_id: String,
    pub litres_per_hour: i64,
    pub closed_months: Vec<i32>,
}

/// A water point that has water.
#[derive(Debug, Clone, FromRow)]
pub struct WaterPoint {
    pub facility_id: String,
    pub litres_per_hour: i64,
    pub lng: f64,
    pub lat: f64,
}

/// The tasks of a division for a work, in the order of their roads.
pub async fn tasks_of(conn: &mut PgConnection, division: &str, work: &str) -> Result<Vec<RoadTask>, sqlx::Error> {
    sqlx::query_as(
        "SELECT edge_id, work, both_sides, times_a_week, litres_per_km, speed_kmh, penalty_fen
         FROM road_tasks WHERE division_code = $1 AND work = $2 ORDER BY edge_id",
    )
    .bind(division)
    .bind(work)
    .fetch_all(conn)
    .await
}

/// All tasks of the roads after one, in the order of these.
pub async fn task_page(
    conn: &mut PgConnection,
    division: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<RoadTask>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (
             SELECT edge_id, work, both_sides, times_a_week, litres_per_km, speed_kmh, penalty_fen
             FROM road_tasks WHERE division_code = $1 AND edge_id > $2
             ORDER BY edge_id FETCH FIRST $3 ROWS WITH TIES
         ) t ORDER BY edge_id, work",
    )
    .bind(division)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// The flows of a division's water points after one, by id.
pub async fn water_flow_page(
    conn: &mut PgConnection,
    division: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<WaterFlow>, sqlx::Error> {
    sqlx::query_as(
        "SELECT facility_id, litres_per_hour, closed_months FROM water_flows
         WHERE division_code ^@ $1 AND facility_id > $2 ORDER BY facility_id LIMIT $3",
    )
    .bind(division)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// The water points of a division that have water in a month. Where no flow is registered it is what they give in a day, spread over
/// the hours in which they are open.
pub async fn open_water_points(
    conn: &mut PgConnection,
    division: &str,
    month: u8,
) -> Result<Vec<WaterPoint>, sqlx::Error> {
    sqlx::query_as(
        "SELECT f.facility_id, f.lng, f.lat,
                coalesce(w.litres_per_hour, greatest(1, f.capacity_kg_per_day * 3600 / greatest(1, f.closes_s - f.opens_s)))
                    AS litres_per_hour
         FROM facilities f LEFT JOIN water_flows w USING (facility_id)
         WHERE f.kind = 'water_point' AND f.division_code ^@ $1
             AND (w.closed_months IS NULL OR $2 <> ALL (w.closed_months))
         ORDER BY f.facility_id",
    )
    .bind(division)
    .bind(i32::from(month))
    .fetch_all(conn)
    .await
}
