//! Register `road_nodes`: the junctions of the network of the division that they are imported for.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::{checks, roads, upsert::Upsert};

/// The register.
pub struct RoadNodes;

const COLUMNS: &[Column] = &[
    Column::required("node_id", "id in its network, 1–40 letters, digits, - or _"),
    Column::required("lng", "longitude, WGS-84 degrees"),
    Column::required("lat", "latitude, WGS-84 degrees"),
];

const NODES: Upsert = Upsert {
    table: "road_nodes",
    key: &["division_code", "node_id"],
    columns: &["lng", "lat"],
    source: "SELECT division_code, node_id, lng::float8 AS lng, lat::float8 AS lat FROM staged",
};

#[tonic::async_trait]
impl Register for RoadNodes {
    fn name(&self) -> &'static str {
        "road_nodes"
    }

    fn permission(&self) -> &'static str {
        "sanitation.roads.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["node_id", "lng", "lat", "division_code"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let (lng, lat) = cell::position(row)?;
        Ok(vec![Some(cell::id(row, "node_id")?), Some(lng), Some(lat), None])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "node_id").await?);
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        checks::stage_division(tx, import.division.code()).await?;
        let now = tx.now();
        let outcome = NODES.run(tx, now).await?;
        if outcome.inserted + outcome.updated > 0 {
            roads::nodes_changed(tx, import.division.code(), now).await?;
        }
        Ok(outcome)
    }
}
