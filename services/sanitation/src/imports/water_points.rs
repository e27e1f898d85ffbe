//! Register `water_points`: where sprinklers refill.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::upsert::Upsert;

/// The register.
pub struct WaterPoints;

const COLUMNS: &[Column] = &[
    Column::required("water_point_id", "id, 1–40 letters, digits, - or _"),
    Column::required("division_code", "code of the county or township that runs it"),
    Column::required("name", "name in Chinese"),
    Column::required("capacity_t_day", "water that it gives, t a day, at most 3 decimals"),
    Column::required("open", "opening time HH:MM"),
    Column::required("close", "closing time HH:MM"),
    Column::required("lng", "longitude, WGS-84 degrees"),
    Column::required("lat", "latitude, WGS-84 degrees"),
];

const WATER_POINTS: Upsert = Upsert {
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
    source: "SELECT facility_id, 'water_point' AS kind, division_code, name AS display_name, capacity::bigint AS capacity_kg_per_day,
                    '' AS equipment, opens::int AS opens_s, closes::int AS closes_s, lng::float8 AS lng, lat::float8 AS lat
             FROM staged",
};

#[tonic::async_trait]
impl Register for WaterPoints {
    fn name(&self) -> &'static str {
        "water_points"
    }

    fn permission(&self) -> &'static str {
        "sanitation.facilities.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "facility_id",
            "division_code",
            "name",
            "capacity",
            "opens",
            "closes",
            "lng",
            "lat",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        row.required("capacity_t_day")?;
        let (opens, closes) = cell::span(row, "open", "close")?;
        let (lng, lat) = cell::position(row)?;
        Ok(vec![
            Some(cell::id(row, "water_point_id")?),
            Some(cell::county_or_township(row, "division_code")?),
            Some(cell::text(row, "name")?),
            cell::thousandths(row, "capacity_t_day", 1, 100_000)?,
            Some(opens),
            Some(closes),
            Some(lng),
            Some(lat),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "facility_id").await?);
        found
            .outside(tx, ("division_code", "division_code"), import.division.code())
            .await?;
        found.other_kind(tx, "water_point_id", "water_point").await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(WATER_POINTS.run(tx, now).await?)
    }
}
