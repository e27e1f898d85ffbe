//! The trips of a haulage plan, and the stocks of its stations.

use haulage::Cure;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, PgConnection, QueryBuilder, types::Json};
use uuid::Uuid;

/// A row of `haulage_trips` with the plate of its truck.
#[derive(Debug, Clone, FromRow)]
pub struct HaulageTrip {
    pub haulage_plan_id: Uuid,
    pub ordinal: i32,
    pub vehicle_id: String,
    pub station_id: String,
    pub plant_id: String,
    pub division_code: String,
    pub trip: Json<Trip>,
    pub plate: String,
}

/// One load; times are seconds after midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Trip of the truck's day, from 1.
    pub number: i32,
    pub kg: i64,
    pub depart_s: i64,
    pub arrive_s: i64,
    pub load_s: i64,
    pub loaded_s: i64,
    pub plant_s: i64,
    pub unload_s: i64,
    pub unloaded_s: i64,
    pub empty_m: i64,
    pub loaded_m: i64,
    /// When the truck is back at its depot after its last load, and how far that is.
    pub home: Option<(i64, i64)>,
}

/// A row of `haulage_stocks`.
#[derive(Debug, Clone, FromRow)]
pub struct HaulageStock {
    pub haulage_plan_id: Uuid,
    pub station_id: String,
    pub division_code: String,
    pub stock: Json<Stock>,
}

/// A station's day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    pub storage_kg: i64,
    pub start_kg: i64,
    pub arriving_kg: i64,
    pub hauled_kg: i64,
    pub left_kg: i64,
    pub late_kg: i64,
    /// Stock after each change, by time.
    pub curve: Vec<(i64, i64)>,
    pub over_kg: i64,
    pub over_at_s: Option<i64>,
    pub cures: Vec<Cure>,
}

const TRIPS: &str =
    "SELECT t.*, v.plate FROM haulage_trips t JOIN vehicles v USING (vehicle_id) WHERE t.haulage_plan_id = ";

pub async fn haulage_trip_list(
    conn: &mut PgConnection,
    plan: Uuid,
    after: i32,
    limit: i64,
) -> Result<Vec<HaulageTrip>, sqlx::Error> {
    let mut query = QueryBuilder::new(TRIPS);
    query.push_bind(plan).push(" AND t.ordinal > ").push_bind(after);
    query.push(" ORDER BY t.ordinal LIMIT ").push_bind(limit);
    query.build_query_as().fetch_all(conn).await
}

/// The trips of one truck.
pub async fn haulage_trips_of(
    conn: &mut PgConnection,
    plan: Uuid,
    vehicle: &str,
) -> Result<Vec<HaulageTrip>, sqlx::Error> {
    let mut query = QueryBuilder::new(TRIPS);
    query
        .push_bind(plan)
        .push(" AND t.vehicle_id = ")
        .push_bind(vehicle.to_owned());
    query.push(" ORDER BY t.ordinal");
    query.build_query_as().fetch_all(conn).await
}

pub async fn haulage_stock_list(
    conn: &mut PgConnection,
    plan: Uuid,
    after: &str,
    limit: i64,
) -> Result<Vec<HaulageStock>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM haulage_stocks WHERE haulage_plan_id = $1 AND station_id > $2 ORDER BY station_id LIMIT $3",
    )
    .bind(plan)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

pub async fn haulage_trips_insert(conn: &mut PgConnection, trips: &[HaulageTrip]) -> Result<(), sqlx::Error> {
    for part in trips.chunks(1_000) {
        let mut query = QueryBuilder::new(
            "INSERT INTO haulage_trips (haulage_plan_id, ordinal, vehicle_id, station_id, plant_id, division_code,
                                        trip) ",
        );
        query.push_values(part, |mut row, trip| {
            row.push_bind(trip.haulage_plan_id)
                .push_bind(trip.ordinal)
                .push_bind(&trip.vehicle_id)
                .push_bind(&trip.station_id)
                .push_bind(&trip.plant_id)
                .push_bind(&trip.division_code)
                .push_bind(trip.trip);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}

pub async fn haulage_stocks_insert(conn: &mut PgConnection, stocks: &[HaulageStock]) -> Result<(), sqlx::Error> {
    for part in stocks.chunks(1_000) {
        let mut query =
            QueryBuilder::new("INSERT INTO haulage_stocks (haulage_plan_id, station_id, division_code, stock) ");
        query.push_values(part, |mut row, stock| {
            row.push_bind(stock.haulage_plan_id)
                .push_bind(&stock.station_id)
                .push_bind(&stock.division_code)
                .push_bind(&stock.stock);
        });
        query.build().execute(&mut *conn).await?;
    }
    Ok(())
}
