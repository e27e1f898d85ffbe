//! The loads of a day with everything that was weighed of them, in the newest versions.

mod course;

use std::collections::{BTreeMap, HashMap};

use sanitation_core::custody::{Collected, Kind, Load, Scale, Weighing};
use sqlx::{FromRow, PgConnection};
use time::{Date, OffsetDateTime};

#[derive(FromRow)]
struct Trip {
    trip_id: String,
    kind: String,
    division_code: String,
    vehicle_id: String,
    station_id: String,
    plant_id: Option<String>,
    departed_at: OffsetDateTime,
    arrived_at: OffsetDateTime,
    seal_number: String,
    sent_count: i32,
    payload_kg: Option<i64>,
    tare_kg: Option<i64>,
    carried_kg: Option<i64>,
}

#[derive(FromRow)]
struct Record {
    trip_id: String,
    kind: String,
    taker: String,
    at: OffsetDateTime,
    gross_kg: Option<i64>,
    tare_kg: Option<i64>,
    net_kg: Option<i64>,
    seal_number: String,
    seal_state: String,
    residue_kg: Option<i64>,
}

/// The loads of a division on a day, by trip.
pub async fn loads_of(conn: &mut PgConnection, division: &str, date: Date) -> Result<Vec<Load>, sqlx::Error> {
    let trips: Vec<Trip> = sqlx::query_as(
        "SELECT t.*, v.payload_kg,
                (SELECT r.tare_kg FROM tares r WHERE r.vehicle_id = t.vehicle_id AND r.weighed_on <= t.date
                 ORDER BY r.weighed_on DESC LIMIT 1) AS tare_kg,
                (SELECT h.residue_kg FROM current_hand_overs h
                 WHERE h.kind IN ('received', 'delivered') AND h.trip_id = (
                     SELECT p.trip_id FROM trips p WHERE p.vehicle_id = t.vehicle_id AND p.departed_at < t.departed_at
                     ORDER BY p.departed_at DESC LIMIT 1)) AS carried_kg
         FROM trips t LEFT JOIN vehicles v USING (vehicle_id)
         WHERE t.date = $1 AND t.division_code ^@ $2 ORDER BY t.trip_id",
    )
    .bind(date)
    .bind(division)
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<&str> = trips.iter().map(|trip| trip.trip_id.as_str()).collect();
    let records: Vec<Record> =
        sqlx::query_as("SELECT * FROM current_hand_overs WHERE trip_id = ANY($1) ORDER BY trip_id, position")
            .bind(&ids)
            .fetch_all(&mut *conn)
            .await?;
    let mut scales = scales_of(conn, &ids).await?;
    let mut late_keys = late_keys_of(conn, &ids).await?;
    let mut by_trip: HashMap<String, Vec<Record>> = HashMap::new();
    for record in records {
        by_trip.entry(record.trip_id.clone()).or_default().push(record);
    }
    let load = |trip: Trip| {
        let records = by_trip.remove(&trip.trip_id).unwrap_or_default();
        let scales = scales.remove(&trip.trip_id).unwrap_or_default();
        let late_keys = late_keys.remove(&trip.trip_id).unwrap_or_default();
        trip.load(date, &records, scales, late_keys)
    };
    Ok(trips.into_iter().map(load).collect())
}

/// What came back rejected to the stations of a division on a day, kg by station.
pub async fn returned_on(
    conn: &mut PgConnection,
    division: &str,
    date: Date,
) -> Result<BTreeMap<String, i64>, sqlx::Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT t.station_id, sum(coalesce(h.net_kg, r.net_kg, 0))::bigint
         FROM trips t JOIN current_hand_overs h ON h.trip_id = t.trip_id AND h.kind = 'returned'
         LEFT JOIN current_hand_overs r ON r.trip_id = t.trip_id AND r.kind = 'rejected'
         WHERE t.kind = 'haul' AND t.date = $1 AND t.division_code ^@ $2 GROUP BY 1",
    )
    .bind(date)
    .bind(division)
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().collect())
}

/// The scales that weighed some trips, with their calibration on the day.
async fn scales_of(conn: &mut PgConnection, trips: &[&str]) -> Result<HashMap<String, Vec<Scale>>, sqlx::Error> {
    let rows: Vec<(String, String, Date, Option<Date>, bool)> = sqlx::query_as(
        "SELECT DISTINCT u.trip_id, d.device_id, u.used_on, c.valid_until,
                coalesce('facilities/' || d.facility_id, 'vehicles/' || d.vehicle_id) IN (u.giver, u.taker)
         FROM (SELECT *, (at AT TIME ZONE 'Asia/Shanghai')::date AS used_on FROM current_hand_overs
               WHERE trip_id = ANY($1) AND device <> '') u
         JOIN devices d ON 'devices/' || d.device_id = u.device
         LEFT JOIN LATERAL (SELECT valid_until FROM calibrations
                            WHERE device_id = d.device_id AND calibrated_on <= u.used_on
                            ORDER BY calibrated_on DESC LIMIT 1) c ON true
         ORDER BY 1, 2, 3",
    )
    .bind(trips)
    .fetch_all(conn)
    .await?;
    let mut scales: HashMap<String, Vec<Scale>> = HashMap::new();
    for (trip, device, used_on, calibrated_until, in_place) in rows {
        scales.entry(trip).or_default().push(Scale {
            device,
            used_on,
            calibrated_until,
            in_place,
        });
    }
    Ok(scales)
}

/// Keys that signed records of some trips and had been revoked when these came, by trip.
async fn late_keys_of(conn: &mut PgConnection, trips: &[&str]) -> Result<HashMap<String, Vec<String>>, sqlx::Error> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT DISTINCT h.trip_id, k.key_id FROM current_hand_overs h
         CROSS JOIN LATERAL (VALUES (h.giver_signer, h.giver_value), (h.taker_signer, h.taker_value)) s (signer, value)
         JOIN signing_keys k ON 'signingKeys/' || k.key_id = s.signer AND s.value <> ''
         WHERE h.trip_id = ANY($1) AND k.revoked_at <= h.recorded_at ORDER BY 1, 2",
    )
    .bind(trips)
    .fetch_all(conn)
    .await?;
    let mut keys: HashMap<String, Vec<String>> = HashMap::new();
    for (trip, key) in rows {
        keys.entry(trip).or_default().push(key);
    }
    Ok(keys)
}

impl Trip {
    fn load(self, date: Date, records: &[Record], scales: Vec<Scale>, late_keys: Vec<String>) -> Load {
        let weighed = |kind| course::of_kind(records, kind).map(Record::weighing);
        let collected = records.iter().filter(|record| record.kind == "collected");
        let collection = self.kind == "collection";
        let course = course::course(&self, records, late_keys);
        Load {
            kind: if collection { Kind::Collection } else { Kind::Haul },
            date,
            township: self.division_code,
            vehicle: self.vehicle_id,
            payload_kg: self.payload_kg,
            tare_kg: self.tare_kg,
            scales,
            course,
            station: self.station_id,
            plant: self.plant_id,
            departed_at: self.departed_at,
            arrived_at: self.arrived_at,
            sent_count: i64::from(self.sent_count),
            collected: collected
                .map(|record| Collected {
                    at: record.at,
                    net_kg: record.net_kg,
                })
                .collect(),
            dispatched: weighed("dispatched"),
            received: weighed(if collection { "received" } else { "delivered" }),
            trip: self.trip_id,
        }
    }
}

impl Record {
    fn weighing(&self) -> Weighing {
        Weighing {
            gross_kg: self.gross_kg,
            tare_kg: self.tare_kg,
            net_kg: self.net_kg,
        }
    }
}
