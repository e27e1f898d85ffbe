//! Register `bins`.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{checks, upsert::Upsert};

/// The register.
pub struct Bins;

const COLUMNS: &[Column] = &[
    Column::required("bin_id", "id, 1–40 letters, digits, - or _"),
    Column::required("village_code", "code of the village, 12 digits"),
    Column::optional("group_code", "the county's code of the natural village or group"),
    Column::required("volume_l", "volume in litres, 1–100,000"),
    Column::required("sealed", "1 if its lid closes, else 0"),
    Column::required("households_served", "households that use it, 0–10,000"),
    Column::required("lng", "longitude, WGS-84 degrees"),
    Column::required("lat", "latitude, WGS-84 degrees"),
    Column::optional("cp_id", "id of its collection point; empty: it is emptied by itself"),
    Column::optional(
        "stream",
        "what goes into it: residual, kitchen, recyclable or hazardous; empty: whatever is not sorted",
    ),
];

const BINS: Upsert = Upsert {
    table: "bins",
    key: &["bin_id"],
    columns: &[
        "division_code",
        "group_code",
        "volume_l",
        "sealed",
        "households_served_count",
        "point_id",
        "lng",
        "lat",
        "stream",
    ],
    source:
        "SELECT bin_id, village AS division_code, coalesce(group_code, '') AS group_code, volume_l::int AS volume_l,
                    sealed::boolean AS sealed, households::int AS households_served_count, cp_id AS point_id,
                    lng::float8 AS lng, lat::float8 AS lat, coalesce(stream, '') AS stream
             FROM staged",
};

#[tonic::async_trait]
impl Register for Bins {
    fn name(&self) -> &'static str {
        "bins"
    }

    fn permission(&self) -> &'static str {
        "sanitation.bins.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "bin_id",
            "village",
            "group_code",
            "volume_l",
            "sealed",
            "households",
            "lng",
            "lat",
            "cp_id",
            "stream",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let optional_id = |column| row.optional(column).map(|_| cell::id(row, column)).transpose();
        let (lng, lat) = cell::position(row)?;
        Ok(vec![
            Some(cell::id(row, "bin_id")?),
            Some(cell::village(row, "village_code")?),
            optional_id("group_code")?,
            Some(cell::whole(row, "volume_l", 1, 100_000)?),
            Some(cell::flag(row, "sealed")?),
            Some(cell::whole(row, "households_served", 0, 10_000)?),
            Some(lng),
            Some(lat),
            optional_id("cp_id")?,
            Some(cell::stream(row, "stream")?),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "bin_id").await?);
        found
            .outside(tx, ("village", "village_code"), import.division.code())
            .await?;
        found.village(tx, ("village", "village_code")).await?;
        let refused = checks::unknown(tx, "cp_id", ("collection_points", "point_id"), "").await?;
        found.add(
            refused,
            "cp_id",
            "UNKNOWN_COLLECTION_POINT",
            "a point of the register `collection_points`",
            "收集点名册中没有该收集点",
        );
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(BINS.run(tx, now).await?)
    }
}
