//! Register `water_flows`: of the division and those below it.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
};
use sqlx::PgConnection;

use crate::store::streets::{WaterFlow, water_flow_page};

/// The register.
pub struct WaterFlows;

const LAYOUT: Layout = Layout {
    name: "water_flows",
    permission: "sanitation.facilities.read",
    disclosure: None,
    columns: &[
        Column::plain("water_point_id"),
        Column::plain("m3_per_hour"),
        Column::plain("closed_months"),
    ],
};

#[tonic::async_trait]
impl Extract for WaterFlows {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = water_flow_page(conn, export.division.code(), after.unwrap_or_default(), PAGE).await?;
        Ok(rows.into_iter().map(line).collect())
    }
}

fn line(row: WaterFlow) -> Vec<String> {
    let months: Vec<String> = row.closed_months.iter().map(ToString::to_string).collect();
    let (whole, rest) = (row.litres_per_hour / 1_000, row.litres_per_hour % 1_000);
    vec![row.facility_id, format!("{whole}.{rest:03}"), months.join(";")]
}
