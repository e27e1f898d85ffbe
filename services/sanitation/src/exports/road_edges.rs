//! Register `road_edges`: of the division's own network, not of those below it, whose ids are theirs.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
};
use sqlx::PgConnection;

use super::thousandths;
use crate::store::roads::{RoadEdge, edge_page};

/// The register.
pub struct RoadEdges;

const LAYOUT: Layout = Layout {
    name: "road_edges",
    permission: "sanitation.roads.read",
    disclosure: None,
    columns: &[
        Column::plain("edge_id"),
        Column::plain("from_node"),
        Column::plain("to_node"),
        Column::plain("length_m"),
        Column::plain("speed_kmh"),
        Column::plain("max_gross_t"),
        Column::plain("oneway"),
        Column::plain("closed"),
        Column::plain("bends"),
    ],
};

#[tonic::async_trait]
impl Extract for RoadEdges {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = edge_page(conn, export.division.code(), after.unwrap_or_default(), PAGE).await?;
        Ok(rows.into_iter().map(line).collect())
    }
}

fn line(row: RoadEdge) -> Vec<String> {
    let flag = |value| i32::from(value).to_string();
    vec![
        row.edge_id,
        row.from_node,
        row.to_node,
        thousandths(row.length_mm),
        row.speed_kmh.to_string(),
        row.max_gross_kg.map(thousandths).unwrap_or_default(),
        flag(row.oneway),
        flag(row.closed),
        row.bends,
    ]
}
