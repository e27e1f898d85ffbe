//! Register `road_nodes`: of the division's own network, not of those below it, whose ids are theirs.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
};
use sqlx::PgConnection;

use crate::store::roads::node_page;

/// The register.
pub struct RoadNodes;

const LAYOUT: Layout = Layout {
    name: "road_nodes",
    permission: "sanitation.roads.read",
    disclosure: None,
    columns: &[Column::plain("node_id"), Column::plain("lng"), Column::plain("lat")],
};

#[tonic::async_trait]
impl Extract for RoadNodes {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = node_page(conn, export.division.code(), after.unwrap_or_default(), PAGE).await?;
        let line = |row: crate::store::roads::RoadNode| vec![row.node_id, row.lng.to_string(), row.lat.to_string()];
        Ok(rows.into_iter().map(line).collect())
    }
}
