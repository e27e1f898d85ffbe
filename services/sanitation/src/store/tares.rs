//! What vehicles weigh empty.

use sqlx::{FromRow, PgConnection};
use time::Date;

/// A row of `tares`.
#[derive(Debug, Clone, FromRow)]
pub struct Tare {
    pub vehicle_id: String,
    pub weighed_on: Date,
    pub tare_kg: i64,
}

/// The tares of a vehicle, newest first.
pub async fn tare_list(
    conn: &mut PgConnection,
    vehicle: &str,
    before: Option<Date>,
    limit: i64,
) -> Result<Vec<Tare>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM tares WHERE vehicle_id = $1 AND ($2::date IS NULL OR weighed_on < $2)
         ORDER BY weighed_on DESC LIMIT $3",
    )
    .bind(vehicle)
    .bind(before)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// The tares of a division's vehicles that hold on a day, by vehicle.
pub async fn tares_on(
    conn: &mut PgConnection,
    division: &str,
    day: Date,
    after: &str,
    limit: i64,
) -> Result<Vec<Tare>, sqlx::Error> {
    sqlx::query_as(
        "SELECT DISTINCT ON (vehicle_id) * FROM tares
         WHERE division_code ^@ $1 AND weighed_on <= $2 AND vehicle_id > $3
         ORDER BY vehicle_id, weighed_on DESC LIMIT $4",
    )
    .bind(division)
    .bind(day)
    .bind(after)
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Records the tares in `staged`; answers how many are new and how many differ.
pub async fn tares_merge(conn: &mut PgConnection) -> Result<(u64, u64), sqlx::Error> {
    let merged: (i64, i64) = sqlx::query_as(
        "WITH merged AS (
             INSERT INTO tares AS t (vehicle_id, weighed_on, tare_kg, division_code)
             SELECT s.vehicle_id, s.weighed_on::date, s.tare_kg::bigint, v.division_code
             FROM staged s JOIN vehicles v USING (vehicle_id)
             ON CONFLICT (vehicle_id, weighed_on) DO UPDATE SET tare_kg = EXCLUDED.tare_kg
             WHERE t.tare_kg <> EXCLUDED.tare_kg RETURNING xmax = 0 AS fresh
         )
         SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM merged",
    )
    .fetch_one(conn)
    .await?;
    let count = |n: i64| u64::try_from(n).unwrap_or(0);
    Ok((count(merged.0), count(merged.1)))
}
