//! Register `collection_points`.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::upsert::Upsert;

/// The register.
pub struct CollectionPoints;

const COLUMNS: &[Column] = &[
    Column::required("cp_id", "id, 1–40 letters, digits, - or _"),
    Column::required("village_code", "code of the village, 12 digits"),
    Column::required("kind", "bin_group, sealed_box or house"),
    Column::required("capacity_l", "volume in litres, 1–1,000,000"),
    Column::required("bins", "bins that stand there, 0–1,000"),
    Column::required("daily_kg", "expected waste, kg a day, at most 3 decimals"),
    Column::optional(
        "access_max_gross_t",
        "heaviest gross mass that the way bears, t; empty: any",
    ),
    Column::required("window_open", "earliest collection HH:MM"),
    Column::required("window_close", "latest collection HH:MM"),
    Column::required("lng", "longitude, WGS-84 degrees"),
    Column::required("lat", "latitude, WGS-84 degrees"),
];

const POINTS: Upsert = Upsert {
    table: "collection_points",
    key: &["point_id"],
    columns: &[
        "division_code", "kind", "capacity_l", "bin_count", "daily_g", "access_max_gross_kg", "window_opens_s",
        "window_closes_s", "lng", "lat",
    ],
    source: "SELECT cp_id AS point_id, village AS division_code, kind, capacity_l::bigint AS capacity_l, bins::int AS bin_count,
                    daily_g::bigint AS daily_g, access_kg::bigint AS access_max_gross_kg, opens::int AS window_opens_s,
                    closes::int AS window_closes_s, lng::float8 AS lng, lat::float8 AS lat
             FROM staged",
};

#[tonic::async_trait]
impl Register for CollectionPoints {
    fn name(&self) -> &'static str {
        "collection_points"
    }

    fn permission(&self) -> &'static str {
        "sanitation.collection_points.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "cp_id",
            "village",
            "kind",
            "capacity_l",
            "bins",
            "daily_g",
            "access_kg",
            "opens",
            "closes",
            "lng",
            "lat",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        row.required("daily_kg")?;
        let (opens, closes) = cell::span(row, "window_open", "window_close")?;
        let (lng, lat) = cell::position(row)?;
        Ok(vec![
            Some(cell::id(row, "cp_id")?),
            Some(cell::village(row, "village_code")?),
            Some(cell::choice(row, "kind", &["bin_group", "sealed_box", "house"])?),
            Some(cell::whole(row, "capacity_l", 1, 1_000_000)?),
            Some(cell::whole(row, "bins", 0, 1_000)?),
            cell::thousandths(row, "daily_kg", 0, 1_000_000)?,
            cell::thousandths(row, "access_max_gross_t", 1, 100)?,
            Some(opens),
            Some(closes),
            Some(lng),
            Some(lat),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "cp_id").await?);
        found
            .outside(tx, ("village", "village_code"), import.division.code())
            .await?;
        found.village(tx, ("village", "village_code")).await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(POINTS.run(tx, now).await?)
    }
}
