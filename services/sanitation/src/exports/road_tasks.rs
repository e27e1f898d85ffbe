//! Register `road_tasks`: of the division's own network.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
};
use sqlx::PgConnection;

use crate::store::streets::{RoadTask, task_page};

/// The register.
pub struct RoadTasks;

const LAYOUT: Layout = Layout {
    name: "road_tasks",
    permission: "sanitation.roads.read",
    disclosure: None,
    columns: &[
        Column::plain("edge_id"),
        Column::plain("work"),
        Column::plain("both_sides"),
        Column::plain("times_a_week"),
        Column::plain("litres_per_km"),
        Column::plain("speed_kmh"),
        Column::plain("penalty_yuan"),
    ],
};

#[tonic::async_trait]
impl Extract for RoadTasks {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = task_page(conn, export.division.code(), after.unwrap_or_default(), PAGE).await?;
        Ok(rows.into_iter().map(line).collect())
    }
}

fn line(row: RoadTask) -> Vec<String> {
    vec![
        row.edge_id,
        row.work,
        i32::from(row.both_sides).to_string(),
        row.times_a_week.to_string(),
        row.litres_per_km.to_string(),
        row.speed_kmh.to_string(),
        row.penalty_fen
            .map(|fen| format!("{}.{:02}", fen / 100, fen % 100))
            .unwrap_or_default(),
    ]
}
