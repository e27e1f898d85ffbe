//! Scales and terminals with their calibrations.

use std::collections::HashMap;

use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

use super::{
    list::{Key, Listing, page},
    upsert::Upsert,
};

/// A row of `devices`.
#[derive(Debug, Clone, FromRow)]
pub struct Device {
    pub device_id: String,
    pub division_code: String,
    pub kind: String,
    pub facility_id: Option<String>,
    pub vehicle_id: Option<String>,
    pub model: String,
    pub updated_at: OffsetDateTime,
}

/// A row of `calibrations`.
#[derive(Debug, Clone, FromRow)]
pub struct Calibration {
    pub device_id: String,
    pub calibrated_on: Date,
    pub valid_until: Date,
}

/// How the staged register becomes devices.
pub const DEVICES: Upsert = Upsert {
    table: "devices",
    key: &["device_id"],
    columns: &["division_code", "kind", "facility_id", "vehicle_id", "model"],
    source: "SELECT s.device_id, coalesce(f.division_code, v.division_code) AS division_code, s.kind, s.facility_id,
                    s.vehicle_id, coalesce(s.model, '') AS model
             FROM staged s LEFT JOIN facilities f USING (facility_id) LEFT JOIN vehicles v USING (vehicle_id)",
};

pub async fn device_get(conn: &mut PgConnection, id: &str) -> Result<Option<Device>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM devices WHERE device_id = $1")
        .bind(id)
        .fetch_optional(conn)
        .await
}

/// Holds a device until the transaction ends, so that what it sent is taken one batch at a time.
pub async fn device_hold(conn: &mut PgConnection, id: &str) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT FROM devices WHERE device_id = $1 FOR UPDATE")
        .bind(id)
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn device_list(conn: &mut PgConnection, listing: &Listing<'_>) -> Result<Vec<Device>, sqlx::Error> {
    page("SELECT * FROM devices", Key::Text("device_id"), listing)
        .build_query_as()
        .fetch_all(conn)
        .await
}

/// Calibrations of some devices, newest first.
pub async fn calibrations_of(conn: &mut PgConnection, devices: &[&str]) -> Result<Vec<Calibration>, sqlx::Error> {
    sqlx::query_as("SELECT * FROM calibrations WHERE device_id = ANY($1) ORDER BY device_id, calibrated_on DESC")
        .bind(devices)
        .fetch_all(conn)
        .await
}

/// How many devices in `staged` are new, and how many differ in themselves or in their calibration.
pub async fn devices_changing(conn: &mut PgConnection) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE d.device_id IS NULL),
                count(*) FILTER (WHERE d.device_id IS NOT NULL AND (
                    (d.kind, d.facility_id, d.vehicle_id, d.model)
                        IS DISTINCT FROM (s.kind, s.facility_id, s.vehicle_id, coalesce(s.model, ''))
                    OR c.valid_until IS DISTINCT FROM s.calibrated_until::date))
         FROM staged s LEFT JOIN devices d USING (device_id)
         LEFT JOIN calibrations c ON c.device_id = s.device_id AND c.calibrated_on = s.calibrated_on::date",
    )
    .fetch_one(conn)
    .await
}

/// Records the calibrations in `staged`.
pub async fn calibrations_merge(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO calibrations (device_id, calibrated_on, valid_until, division_code)
         SELECT s.device_id, s.calibrated_on::date, s.calibrated_until::date, d.division_code
         FROM staged s JOIN devices d USING (device_id) WHERE s.calibrated_on IS NOT NULL
         ON CONFLICT (device_id, calibrated_on) DO UPDATE SET valid_until = EXCLUDED.valid_until",
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Devices of a division with the newest of their calibrations up to a day, by device.
pub async fn devices_on(
    conn: &mut PgConnection,
    division: &str,
    day: Date,
    after: &str,
    limit: i64,
) -> Result<Vec<(Device, Option<Calibration>)>, sqlx::Error> {
    let listing: Vec<Device> = sqlx::query_as(
        "SELECT * FROM devices WHERE division_code ^@ $1 AND device_id > $2 ORDER BY device_id LIMIT $3",
    )
    .bind(division)
    .bind(after)
    .bind(limit)
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<&str> = listing.iter().map(|device| device.device_id.as_str()).collect();
    let mut newest: HashMap<String, Calibration> = HashMap::new();
    for calibration in calibrations_of(conn, &ids).await? {
        if calibration.calibrated_on <= day {
            newest.entry(calibration.device_id.clone()).or_insert(calibration);
        }
    }
    let with = |device: Device| {
        let calibration = newest.remove(&device.device_id);
        (device, calibration)
    };
    Ok(listing.into_iter().map(with).collect())
}
