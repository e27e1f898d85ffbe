//! Register `hamlets`: where the households of a village stand.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::hamlets::HAMLETS;

/// The register.
pub struct Hamlets;

const COLUMNS: &[Column] = &[
    Column::required("hamlet_id", "id, 1–40 letters, digits, - or _"),
    Column::required("village_code", "code of the village, 12 digits"),
    Column::required("name", "name in Chinese"),
    Column::required("households", "households that stand there, 0–100,000"),
    Column::optional(
        "settlement",
        "clustered or scattered; empty: as the plan says of the village",
    ),
    Column::required("lng", "longitude, WGS-84 degrees"),
    Column::required("lat", "latitude, WGS-84 degrees"),
];

#[tonic::async_trait]
impl Register for Hamlets {
    fn name(&self) -> &'static str {
        "hamlets"
    }

    fn permission(&self) -> &'static str {
        "sanitation.service_areas.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["hamlet_id", "village", "name", "households", "clustered", "lng", "lat"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let given = row.optional("settlement");
        let settlement = given.map(|_| cell::choice(row, "settlement", &["clustered", "scattered"]));
        let clustered = settlement.transpose()?.map(|kind| (kind == "clustered").to_string());
        let (lng, lat) = cell::position(row)?;
        Ok(vec![
            Some(cell::id(row, "hamlet_id")?),
            Some(cell::village(row, "village_code")?),
            Some(cell::text(row, "name")?),
            Some(cell::whole(row, "households", 0, 100_000)?),
            clustered,
            Some(lng),
            Some(lat),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "hamlet_id").await?);
        found
            .outside(tx, ("village", "village_code"), import.division.code())
            .await?;
        found.village(tx, ("village", "village_code")).await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(HAMLETS.run(tx, now).await?)
    }
}
