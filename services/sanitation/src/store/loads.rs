//! The loads of a day with everything that was weighed of them.

use std::collections::HashMap;

use sanitation_core::custody::{Collected, Kind, Load, Weighing};
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
    sent_count: i32,
    payload_kg: Option<i64>,
}

#[derive(FromRow)]
struct Record {
    trip_id: String,
    kind: String,
    at: OffsetDateTime,
    gross_kg: Option<i64>,
    tare_kg: Option<i64>,
    net_kg: Option<i64>,
}

/// The loads of a division on a day, by trip.
pub async fn loads_of(conn: &mut PgConnection, division: &str, date: Date) -> Result<Vec<Load>, sqlx::Error> {
    let trips: Vec<Trip> = sqlx::query_as(
        "SELECT t.*, v.payload_kg FROM trips t LEFT JOIN vehicles v USING (vehicle_id)
         WHERE t.date = $1 AND t.division_code ^@ $2 ORDER BY t.trip_id",
    )
    .bind(date)
    .bind(division)
    .fetch_all(&mut *conn)
    .await?;
    let ids: Vec<&str> = trips.iter().map(|trip| trip.trip_id.as_str()).collect();
    let records: Vec<Record> = sqlx::query_as(
        "SELECT trip_id, kind, at, gross_kg, tare_kg, net_kg FROM hand_overs
         WHERE trip_id = ANY($1) ORDER BY trip_id, position",
    )
    .bind(&ids)
    .fetch_all(conn)
    .await?;
    let mut by_trip: HashMap<String, Vec<Record>> = HashMap::new();
    for record in records {
        by_trip.entry(record.trip_id.clone()).or_default().push(record);
    }
    let load = |trip: Trip| {
        let records = by_trip.remove(&trip.trip_id).unwrap_or_default();
        trip.load(date, &records)
    };
    Ok(trips.into_iter().map(load).collect())
}

impl Trip {
    fn load(self, date: Date, records: &[Record]) -> Load {
        let weighed = |kind| records.iter().find(|record| record.kind == kind).map(Record::weighing);
        let collected = records.iter().filter(|record| record.kind == "collected");
        let collection = self.kind == "collection";
        Load {
            kind: if collection { Kind::Collection } else { Kind::Haul },
            date,
            township: self.division_code,
            vehicle: self.vehicle_id,
            payload_kg: self.payload_kg,
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
