//! Staged weighings as records of the chains of custody: fills `fresh`.

use sqlx::PgConnection;

/// Weighings of collections at the station.
pub async fn received(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO fresh
         SELECT DISTINCT ON (trip_id) line, trip_id, 0, 'received', 'received', 'vehicles/' || vehicle_id,
                'facilities/' || station_id, arrived_at::timestamptz, gross_kg::bigint, tare_kg::bigint, net_kg::bigint,
                NULL, coalesce('devices/' || device_id, '')
         FROM staged ORDER BY trip_id, line",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Weighings on board at the villages.
pub async fn collected(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO fresh
         SELECT s.line, s.trip_id, s.seq::bigint, 'stop/' || s.seq, 'collected', 'divisions/' || s.village,
                'vehicles/' || t.vehicle_id, s.at::timestamptz, NULL, NULL, s.net_kg::bigint, s.bins::int,
                coalesce('devices/' || s.device_id, '')
         FROM staged s JOIN trips t USING (trip_id)",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Weighings of hauls at the station and at the plant.
pub async fn hauled(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO fresh
         SELECT DISTINCT ON (trip_id) line, trip_id, 0, 'dispatched', 'dispatched', 'facilities/' || station_id,
                'vehicles/' || vehicle_id, departed_at::timestamptz, NULL::bigint, NULL::bigint, station_net_kg::bigint,
                NULL, coalesce('devices/' || station_device_id, '')
         FROM staged ORDER BY trip_id, line",
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO fresh
         SELECT DISTINCT ON (trip_id) line, trip_id, 1, 'delivered', 'delivered', 'vehicles/' || vehicle_id,
                'facilities/' || plant_id, arrived_at::timestamptz, gross_kg::bigint, tare_kg::bigint, net_kg::bigint,
                NULL, coalesce('devices/' || device_id, '')
         FROM staged ORDER BY trip_id, line",
    )
    .execute(conn)
    .await?;
    Ok(())
}
