//! Register `tares`: what vehicles weigh empty, by the day on which they were weighed.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{checks, tares::tares_merge};

/// The register.
pub struct Tares;

const COLUMNS: &[Column] = &[
    Column::required("vehicle_id", "id of the vehicle"),
    Column::required("weighed_on", "day on which it was weighed empty, YYYY-MM-DD"),
    Column::required("tare_kg", "mass, kg, 1–100,000"),
];

#[tonic::async_trait]
impl Register for Tares {
    fn name(&self) -> &'static str {
        "tares"
    }

    fn permission(&self) -> &'static str {
        "sanitation.vehicles.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["weighing", "vehicle_id", "weighed_on", "tare_kg"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let (vehicle, day) = (cell::id(row, "vehicle_id")?, cell::day(row, "weighed_on")?);
        Ok(vec![
            Some(format!("{vehicle} {day}")),
            Some(vehicle),
            Some(day),
            Some(cell::whole(row, "tare_kg", 1, 100_000)?),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "weighing").await?);
        found.vehicle(tx, "vehicle_id").await?;
        found.vehicle_outside(tx, import.division.code()).await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let staged = checks::staged_count(tx).await?;
        let (inserted, updated) = tares_merge(tx).await?;
        Ok(Outcome {
            inserted,
            updated,
            unchanged: staged - inserted - updated,
            ..Outcome::default()
        })
    }
}
