//! The routes of a plan, and what it leaves unserved.

use sanitation_core::{route::Trip, stream};
use sqlx::{FromRow, PgConnection, QueryBuilder, types::Json};
use uuid::Uuid;

/// The line of each trip: longitudes and latitudes.
pub type Lines = Vec<Vec<[f64; 2]>>;

/// A row of `routes` with the plate of its vehicle.
#[derive(Debug, Clone, FromRow)]
pub struct Route {
    pub route_plan_id: Uuid,
    pub ordinal: i32,
    pub vehicle_id: String,
    pub station_id: String,
    pub division_code: String,
    pub distance_m: i64,
    pub duration_s: i64,
    pub overtime_s: i64,
    pub load_kg: i64,
    pub trips: Json<Vec<Trip>>,
    pub plate: String,
    /// Where the trips drive, if the roads are known; long, so that only [`lines_of`] reads it.
    #[sqlx(skip)]
    pub lines: Option<Json<Lines>>,
}

/// A row of `unserved_points` with the position of the point.
#[derive(Debug, Clone, FromRow)]
pub struct Unserved {
    pub route_plan_id: Uuid,
    /// Of the point, or of its kitchen waste.
    pub call_id: String,
    /// `None`: its township has none.
    pub station_id: Option<String>,
    pub division_code: String,
    pub reason: String,
    pub load_kg: i64,
    /// What the load rests on.
    pub basis: String,
    pub lng: f64,
    pub lat: f64,
}

const ROUTES: &str = "SELECT r.route_plan_id, r.ordinal, r.vehicle_id, r.station_id, r.division_code, r.distance_m,
                            r.duration_s, r.overtime_s, r.load_kg, r.trips, v.plate
                     FROM routes r JOIN vehicles v USING (vehicle_id) WHERE r.route_plan_id = ";
const UNSERVED: &str = "SELECT u.*, p.lng, p.lat FROM unserved_points u JOIN collection_points p USING (point_id) WHERE u.route_plan_id = ";

pub async fn route_list(
    conn: &mut PgConnection,
    plan: Uuid,
    after: i32,
    limit: i64,
) -> Result<Vec<Route>, sqlx::Error> {
    let mut query = QueryBuilder::new(ROUTES);
    query.push_bind(plan).push(" AND r.ordinal > ").push_bind(after);
    query.push(" ORDER BY r.ordinal LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

pub async fn route_get(conn: &mut PgConnection, plan: Uuid, vehicle: &str) -> Result<Option<Route>, sqlx::Error> {
    let mut query = QueryBuilder::new(ROUTES);
    query
        .push_bind(plan)
        .push(" AND r.vehicle_id = ")
        .push_bind(vehicle.to_owned());
    query.build_query_as().fetch_optional(conn).await
}

/// The lines of a plan's routes by their ordinal; nothing where they are straight.
pub async fn lines_of(conn: &mut PgConnection, plan: Uuid) -> Result<Vec<(i32, Json<Lines>)>, sqlx::Error> {
    sqlx::query_as("SELECT ordinal, lines FROM routes WHERE route_plan_id = $1 AND lines IS NOT NULL")
        .bind(plan)
        .fetch_all(conn)
        .await
}

pub async fn unserved_list(
    conn: &mut PgConnection,
    plan: Uuid,
    after: &str,
    limit: i64,
) -> Result<Vec<Unserved>, sqlx::Error> {
    let mut query = QueryBuilder::new(UNSERVED);
    query
        .push_bind(plan)
        .push(" AND u.call_id > ")
        .push_bind(after.to_owned());
    query.push(" ORDER BY u.call_id LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

pub async fn routes_insert(conn: &mut PgConnection, routes: &[Route]) -> Result<(), sqlx::Error> {
    for part in routes.chunks(500) {
        let mut query = QueryBuilder::new(
            "INSERT INTO routes (route_plan_id, ordinal, vehicle_id, station_id, division_code, distance_m, duration_s,
                                 overtime_s, load_kg, trips, lines) ",
        );
        query.push_values(part, |mut row, route| {
            row.push_bind(route.route_plan_id)
                .push_bind(route.ordinal)
                .push_bind(&route.vehicle_id)
                .push_bind(&route.station_id)
                .push_bind(&route.division_code)
                .push_bind(route.distance_m)
                .push_bind(route.duration_s)
                .push_bind(route.overtime_s)
                .push_bind(route.load_kg)
                .push_bind(&route.trips)
                .push_bind(&route.lines);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

pub async fn unserved_insert(conn: &mut PgConnection, points: &[Unserved]) -> Result<(), sqlx::Error> {
    for part in points.chunks(1_000) {
        let mut query = QueryBuilder::new(
            "INSERT INTO unserved_points (route_plan_id, point_id, station_id, division_code, reason, load_kg,
                                          basis, stream) ",
        );
        query.push_values(part, |mut row, point| {
            let (point_id, stream) = stream::parts(&point.call_id).unwrap_or_default();
            row.push_bind(point.route_plan_id)
                .push_bind(point_id)
                .push_bind(&point.station_id)
                .push_bind(&point.division_code)
                .push_bind(&point.reason)
                .push_bind(point.load_kg)
                .push_bind(&point.basis)
                .push_bind(stream.name());
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}
