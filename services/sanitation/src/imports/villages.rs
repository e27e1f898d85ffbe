//! Register `villages`: the areas to serve.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::upsert::Upsert;

/// The register.
pub struct Villages;

const COLUMNS: &[Column] = &[
    Column::required("code", "code of the village, 12 digits"),
    Column::required("name", "name in Chinese"),
    Column::required("registered_households", "registered households (户籍户数), 0–100,000"),
    Column::required("resident_persons", "persons who live there (常住人口), 0–1,000,000"),
    Column::optional("groups", "natural villages or groups, 0–1,000"),
    Column::required("lng", "longitude of its centre, WGS-84 degrees"),
    Column::required("lat", "latitude of its centre, WGS-84 degrees"),
];

const AREAS: Upsert = Upsert {
    table: "service_areas",
    key: &["division_code"],
    columns: &["display_name", "household_count", "resident_count", "group_count", "lng", "lat"],
    source: "SELECT code AS division_code, name AS display_name, households::bigint AS household_count,
                    residents::bigint AS resident_count, groups::bigint AS group_count, lng::float8 AS lng, lat::float8 AS lat
             FROM staged",
};

#[tonic::async_trait]
impl Register for Villages {
    fn name(&self) -> &'static str {
        "villages"
    }

    fn permission(&self) -> &'static str {
        "sanitation.service_areas.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["code", "name", "households", "residents", "groups", "lng", "lat"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let groups = row.integer("groups", 0..=1_000)?.unwrap_or(0_i64);
        let (lng, lat) = cell::position(row)?;
        Ok(vec![
            Some(cell::village(row, "code")?),
            Some(cell::text(row, "name")?),
            Some(cell::whole(row, "registered_households", 0, 100_000)?),
            Some(cell::whole(row, "resident_persons", 0, 1_000_000)?),
            Some(groups.to_string()),
            Some(lng),
            Some(lat),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "code").await?);
        found.outside(tx, ("code", "code"), import.division.code()).await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(AREAS.run(tx, now).await?)
    }
}
