//! Register `water_flows`: how fast water points fill a tank, and when they have no water.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::upsert::Upsert;

/// The register.
pub struct WaterFlows;

const COLUMNS: &[Column] = &[
    Column::required("water_point_id", "id of a facility that is a water point"),
    Column::required("m3_per_hour", "flow, m³ an hour, 0.1–1,000, at most 3 decimals"),
    Column::optional(
        "closed_months",
        "months in which it has no water, 1–12, as `12;1;2`; empty: none",
    ),
];

const FLOWS: Upsert = Upsert {
    table: "water_flows",
    key: &["facility_id"],
    columns: &["division_code", "litres_per_hour", "closed_months"],
    source: "SELECT s.water_point_id AS facility_id, f.division_code, s.flow::bigint AS litres_per_hour,
                    s.months::int[] AS closed_months
             FROM staged s JOIN facilities f ON f.facility_id = s.water_point_id",
};

#[tonic::async_trait]
impl Register for WaterFlows {
    fn name(&self) -> &'static str {
        "water_flows"
    }

    fn permission(&self) -> &'static str {
        "sanitation.facilities.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["water_point_id", "flow", "months"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        row.required("m3_per_hour")?;
        Ok(vec![
            Some(cell::id(row, "water_point_id")?),
            cell::thousandths(row, "m3_per_hour", 100, 1_000)?,
            Some(months(row)?),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "water_point_id").await?);
        let (id, kind) = (("water_point_id", "water_point_id"), " AND t.kind = 'water_point'");
        found.facility(tx, id, kind, Some(import.division.code())).await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(FLOWS.run(tx, now).await?)
    }
}

/// Months as an array of the database, ascending and each once.
fn months(row: &Row<'_>) -> Result<String, RowError> {
    let text = row.optional("closed_months").unwrap_or_default();
    let months = text.split(';').filter(|part| !part.is_empty());
    let month = |part: &str| part.trim().parse().ok().filter(|month| (1..=12_u8).contains(month));
    let months: Option<std::collections::BTreeSet<u8>> = months.map(month).collect();
    let Some(months) = months else {
        return Err(row.error(
            "closed_months",
            "OUT_OF_RANGE",
            "months 1–12, as `12;1;2`",
            "应为 1–12 的月份，以分号分隔",
        ));
    };
    let months: Vec<String> = months.iter().map(ToString::to_string).collect();
    Ok(format!("{{{}}}", months.join(",")))
}
