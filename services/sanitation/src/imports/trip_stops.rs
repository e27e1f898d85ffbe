//! Register `trip_stops`: what collections took aboard, weighed at each village.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{chain, checks, weighings};

/// The register.
pub struct TripStops;

const COLUMNS: &[Column] = &[
    Column::required("trip_id", "id of the trip"),
    Column::required("seq", "order within the trip, 1–1,000"),
    Column::required("village_code", "code of the village, 12 digits"),
    Column::required("at", "when, YYYY-MM-DDTHH:MM:SS in Asia/Shanghai"),
    Column::required("onboard_net_kg", "mass taken aboard, kg; empty: no reading"),
    Column::optional("bins_emptied", "bins emptied, 0–10,000"),
    Column::optional("device_id", "id of the scale on board"),
];

#[tonic::async_trait]
impl Register for TripStops {
    fn name(&self) -> &'static str {
        "trip_stops"
    }

    fn permission(&self) -> &'static str {
        "sanitation.hand_overs.record"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["stop", "trip_id", "seq", "village", "at", "net_kg", "bins", "device_id"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let (trip, seq) = (cell::id(row, "trip_id")?, cell::whole(row, "seq", 1, 1_000)?);
        let net = row.integer("onboard_net_kg", 0..=200_000_i64)?;
        let bins = row.integer("bins_emptied", 0..=10_000_i64)?;
        Ok(vec![
            Some(format!("{trip} {seq}")),
            Some(trip),
            Some(seq),
            Some(cell::village(row, "village_code")?),
            Some(cell::instant(row, "at")?),
            net.map(|kg| kg.to_string()),
            bins.map(|bins| bins.to_string()),
            cell::optional_id(row, "device_id")?,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "stop").await?);
        found
            .outside(tx, ("village", "village_code"), import.division.code())
            .await?;
        found.village(tx, ("village", "village_code")).await?;
        found.scale(tx, ("device_id", "device_id")).await?;
        let unknown = checks::unknown(tx, "trip_id", ("trips", "trip_id"), " AND t.kind = 'collection'").await?;
        found.add(
            unknown,
            "trip_id",
            "UNKNOWN_TRIP",
            "a trip of the register `trips`",
            "趟次记录中没有该趟次",
        );
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        chain::prepare(tx).await?;
        weighings::collected(tx).await?;
        let mut found = Found::default();
        found.recorded_otherwise(chain::contradicting(tx).await?, "trip_id");
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        let staged = checks::staged_count(tx).await?;
        let inserted = chain::append(tx, now).await?;
        Ok(Outcome {
            inserted,
            unchanged: staged - inserted,
            ..Outcome::default()
        })
    }
}
