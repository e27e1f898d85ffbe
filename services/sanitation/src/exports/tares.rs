//! Register `tares`: the tare of each vehicle that holds on the day of the file.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout, PAGE},
};
use sqlx::PgConnection;

use crate::store::tares::{Tare, tares_on};

/// The register.
pub struct Tares;

const LAYOUT: Layout = Layout {
    name: "tares",
    permission: "sanitation.vehicles.read",
    disclosure: None,
    columns: &[
        Column::plain("vehicle_id"),
        Column::plain("weighed_on"),
        Column::plain("tare_kg"),
    ],
};

#[tonic::async_trait]
impl Extract for Tares {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let (division, after) = (export.division.code(), after.unwrap_or_default());
        let rows = tares_on(conn, division, export.as_of, after, PAGE).await?;
        let line = |row: Tare| vec![row.vehicle_id, row.weighed_on.to_string(), row.tare_kg.to_string()];
        Ok(rows.into_iter().map(line).collect())
    }
}
