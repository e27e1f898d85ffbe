//! Register `plants`: they belong to the division of the import.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{checks, upsert::Upsert};

/// The register.
pub struct Plants;

const COLUMNS: &[Column] = &[
    Column::required("plant_id", "id, 1–40 letters, digits, - or _"),
    Column::required("name", "name in Chinese"),
    Column::required("capacity_t_day", "design capacity, t a day, at most 3 decimals"),
    Column::required("process", "process, for example incineration"),
    Column::required("open", "opening time HH:MM"),
    Column::required("close", "closing time HH:MM"),
    Column::required("lng", "longitude, WGS-84 degrees"),
    Column::required("lat", "latitude, WGS-84 degrees"),
];

const PLANTS: Upsert = Upsert {
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
    ],
    source: "SELECT plant_id AS facility_id, 'plant' AS kind, division_code, name AS display_name,
                    capacity::bigint AS capacity_kg_per_day, process AS equipment, opens::int AS opens_s,
                    closes::int AS closes_s, lng::float8 AS lng, lat::float8 AS lat
             FROM staged",
};

#[tonic::async_trait]
impl Register for Plants {
    fn name(&self) -> &'static str {
        "plants"
    }

    fn permission(&self) -> &'static str {
        "sanitation.facilities.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "plant_id",
            "name",
            "capacity",
            "process",
            "opens",
            "closes",
            "lng",
            "lat",
            "division_code",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        row.required("capacity_t_day")?;
        let (opens, closes) = cell::span(row, "open", "close")?;
        let (lng, lat) = cell::position(row)?;
        Ok(vec![
            Some(cell::id(row, "plant_id")?),
            Some(cell::text(row, "name")?),
            cell::thousandths(row, "capacity_t_day", 1, 100_000)?,
            Some(cell::text(row, "process")?),
            Some(opens),
            Some(closes),
            Some(lng),
            Some(lat),
            None,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "plant_id").await?);
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        checks::stage_division(tx, import.division.code()).await?;
        let now = tx.now();
        Ok(PLANTS.run(tx, now).await?)
    }
}
