//! Register `transfers`: hauls, weighed out of the station and into the plant.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError},
};

use super::{cell, reference::Found, trips::merge_trips};
use crate::store::{chain, checks, trips, weighings};

/// The register.
pub struct Transfers;

const COLUMNS: &[Column] = &[
    Column::required("transfer_id", "id of the sender, 1–40 letters, digits, - or _"),
    Column::required("date", "day it counts for, YYYY-MM-DD"),
    Column::required("vehicle_id", "id of the vehicle"),
    Column::required("station_id", "id of the transfer station"),
    Column::required("plant_id", "id of the plant"),
    Column::required("left_at", "departure, YYYY-MM-DDTHH:MM:SS in Asia/Shanghai"),
    Column::required("arrived_at", "arrival, YYYY-MM-DDTHH:MM:SS in Asia/Shanghai"),
    Column::required("station_net_kg", "net mass leaving the station, kg; empty: no reading"),
    Column::required("plant_gross_kg", "gross mass at the plant, kg; empty: no reading"),
    Column::required("plant_tare_kg", "tare mass at the plant, kg; empty: no reading"),
    Column::required("plant_net_kg", "net mass at the plant, kg; empty: no reading"),
    Column::optional("seal_no", "number of the seal"),
    Column::optional("station_device_id", "id of the station's weighbridge"),
    Column::optional("plant_device_id", "id of the plant's weighbridge"),
    Column::optional(
        "stream",
        "what it carried: residual, kitchen, recyclable or hazardous; empty: as the register of vehicles states",
    ),
];

#[tonic::async_trait]
impl Register for Transfers {
    fn name(&self) -> &'static str {
        "transfers"
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
            "station_net_kg",
            "gross_kg",
            "tare_kg",
            "net_kg",
            "station_device_id",
            "device_id",
            "stream",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let mass = |column| Ok(row.integer(column, 0..=200_000_i64)?.map(|kg| kg.to_string()));
        Ok(vec![
            Some(cell::id(row, "transfer_id")?),
            Some(cell::day(row, "date")?),
            Some(cell::id(row, "vehicle_id")?),
            Some(cell::id(row, "station_id")?),
            Some(cell::id(row, "plant_id")?),
            Some(cell::instant(row, "left_at")?),
            Some(cell::instant(row, "arrived_at")?),
            row.optional("seal_no")
                .map(|_| cell::text(row, "seal_no"))
                .transpose()?,
            mass("station_net_kg")?,
            mass("plant_gross_kg")?,
            mass("plant_tare_kg")?,
            mass("plant_net_kg")?,
            cell::optional_id(row, "station_device_id")?,
            cell::optional_id(row, "plant_device_id")?,
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
            "transfer_id",
            "DUPLICATE",
            "stands in the file before with other values",
            "与文件中前面的同号记录不一致",
        );
        found.vehicle(tx, "vehicle_id").await?;
        found.scale(tx, ("station_device_id", "station_device_id")).await?;
        found.scale(tx, ("device_id", "plant_device_id")).await?;
        let station = ("station_id", "station_id");
        found
            .facility(
                tx,
                station,
                " AND t.kind = 'transfer_station'",
                Some(import.division.code()),
            )
            .await?;
        found
            .facility(tx, ("plant_id", "plant_id"), " AND t.kind = 'plant'", None)
            .await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        trips::incoming_prepare(tx, "haul").await?;
        chain::prepare(tx).await?;
        weighings::hauled(tx).await?;
        merge_trips(tx, "transfer_id").await
    }
}
