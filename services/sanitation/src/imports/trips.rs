//! Register `trips`: collections, with their weighing at the station. A line that comes again unchanged is the same trip sent
//! again; that is noted, not refused.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError},
};

use super::{cell, reference::Found};
use crate::store::{chain, checks, trips, weighings};

/// The register.
pub struct Trips;

const COLUMNS: &[Column] = &[
    Column::required("trip_id", "id of the sender, 1–40 letters, digits, - or _"),
    Column::required("date", "day it counts for, YYYY-MM-DD"),
    Column::required("vehicle_id", "id of the vehicle"),
    Column::required("station_id", "id of the transfer station"),
    Column::required(
        "departed_at",
        "departure by the vehicle's clock, YYYY-MM-DDTHH:MM:SS in Asia/Shanghai",
    ),
    Column::required(
        "arrived_at",
        "arrival by the scale's clock, YYYY-MM-DDTHH:MM:SS in Asia/Shanghai",
    ),
    Column::required("gross_kg", "gross mass, kg; empty: no reading"),
    Column::required("tare_kg", "tare mass, kg; empty: no reading"),
    Column::required("net_kg", "net mass, kg; empty: no reading"),
    Column::optional("seal_no", "number of the seal"),
    Column::optional("device_id", "id of the weighbridge"),
    Column::optional(
        "stream",
        "what it carried: residual, kitchen, recyclable or hazardous; empty: as the register of vehicles states",
    ),
];

#[tonic::async_trait]
impl Register for Trips {
    fn name(&self) -> &'static str {
        "trips"
    }

    fn permission(&self) -> &'static str {
        "sanitation.trips.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "trip_id",
            "date",
            "vehicle_id",
            "station_id",
            "plant_id",
            "departed_at",
            "arrived_at",
            "seal_number",
            "gross_kg",
            "tare_kg",
            "net_kg",
            "device_id",
            "stream",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let mass = |column| Ok(row.integer(column, 0..=200_000_i64)?.map(|kg| kg.to_string()));
        Ok(vec![
            Some(cell::id(row, "trip_id")?),
            Some(cell::day(row, "date")?),
            Some(cell::id(row, "vehicle_id")?),
            Some(cell::id(row, "station_id")?),
            None,
            Some(cell::instant(row, "departed_at")?),
            Some(cell::instant(row, "arrived_at")?),
            row.optional("seal_no")
                .map(|_| cell::text(row, "seal_no"))
                .transpose()?,
            mass("gross_kg")?,
            mass("tare_kg")?,
            mass("net_kg")?,
            cell::optional_id(row, "device_id")?,
            row.optional("stream")
                .map(|_| cell::stream(row, "stream"))
                .transpose()?,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        let repeated = checks::contradicting(tx, "trip_id", &self.staged()[1..]).await?;
        found.add(
            repeated,
            "trip_id",
            "DUPLICATE",
            "stands in the file before with other values",
            "与文件中前面的同号记录不一致",
        );
        found.vehicle(tx, "vehicle_id").await?;
        found.scale(tx, ("device_id", "device_id")).await?;
        let station = ("station_id", "station_id");
        found
            .facility(
                tx,
                station,
                " AND t.kind = 'transfer_station'",
                Some(import.division.code()),
            )
            .await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        trips::incoming_prepare(tx, "collection").await?;
        chain::prepare(tx).await?;
        weighings::received(tx).await?;
        merge_trips(tx, "trip_id").await
    }
}

/// Merges `incoming` and `fresh`; `column` is the name of the trip's id in the file.
pub(super) async fn merge_trips(tx: &mut Tx, column: &str) -> Result<Outcome> {
    let mut found = Found::default();
    found.recorded_otherwise(trips::incoming_contradicting(tx).await?, column);
    found.recorded_otherwise(chain::contradicting(tx).await?, column);
    if let Some(refusal) = found.refusal() {
        return Ok(refusal);
    }
    let now = tx.now();
    let staged = checks::staged_count(tx).await?;
    let (inserted, updated) = trips::incoming_merge(tx, now).await?;
    chain::append(tx, now).await?;
    Ok(Outcome {
        inserted,
        updated,
        unchanged: staged - inserted - updated,
        ..Outcome::default()
    })
}
