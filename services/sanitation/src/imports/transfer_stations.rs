//! Register `transfer_stations`.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::upsert::Upsert;

/// The register.
pub struct TransferStations;

const COLUMNS: &[Column] = &[
    Column::required("station_id", "id, 1–40 letters, digits, - or _"),
    Column::required(
        "township_code",
        "code of the township, 9 digits (12 with trailing zeros)",
    ),
    Column::required("name", "name in Chinese"),
    Column::required("capacity_t_day", "design capacity, t a day, at most 3 decimals"),
    Column::required("equipment", "equipment, for example vertical_compactor"),
    Column::required("open", "opening time HH:MM"),
    Column::required("close", "closing time HH:MM"),
    Column::required("lng", "longitude, WGS-84 degrees"),
    Column::required("lat", "latitude, WGS-84 degrees"),
    Column::optional(
        "storage_t",
        "what it may hold at a time, t, at most 3 decimals; without it capacity_t_day",
    ),
];

const STATIONS: Upsert = Upsert {
    table: "facilities",
    key: &["facility_id"],
    columns: &[
        "kind",
        "division_code",
        "display_name",
        "capacity_kg_per_day",
        "equipment",
        "opens_s",
        "closes_s",
        "lng",
        "lat",
        "storage_kg",
    ],
    source: "SELECT station_id AS facility_id, 'transfer_station' AS kind, division_code, name AS display_name,
                    capacity::bigint AS capacity_kg_per_day, equipment, opens::int AS opens_s, closes::int AS closes_s,
                    lng::float8 AS lng, lat::float8 AS lat, storage::bigint AS storage_kg
             FROM staged",
};

#[tonic::async_trait]
impl Register for TransferStations {
    fn name(&self) -> &'static str {
        "transfer_stations"
    }

    fn permission(&self) -> &'static str {
        "sanitation.facilities.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "station_id",
            "division_code",
            "name",
            "capacity",
            "equipment",
            "opens",
            "closes",
            "lng",
            "lat",
            "storage",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        row.required("capacity_t_day")?;
        let (opens, closes) = cell::span(row, "open", "close")?;
        let (lng, lat) = cell::position(row)?;
        Ok(vec![
            Some(cell::id(row, "station_id")?),
            Some(cell::township(row, "township_code")?),
            Some(cell::text(row, "name")?),
            cell::thousandths(row, "capacity_t_day", 1, 100_000)?,
            Some(cell::text(row, "equipment")?),
            Some(opens),
            Some(closes),
            Some(lng),
            Some(lat),
            cell::thousandths(row, "storage_t", 1, 100_000)?,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "station_id").await?);
        found
            .outside(tx, ("division_code", "township_code"), import.division.code())
            .await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(STATIONS.run(tx, now).await?)
    }
}
