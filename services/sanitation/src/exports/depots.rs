//! Register `depots`.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout},
    filter::{Field, Filter},
};
use sqlx::PgConnection;

use super::{clock, listing};
use crate::store::facilities::{Facility, facility_list};

/// The register.
pub struct Depots;

const KIND: &[Field] = &[Field::text("kind", "kind")];
const LAYOUT: Layout = Layout {
    name: "depots",
    permission: "sanitation.facilities.read",
    disclosure: None,
    columns: &[
        Column::plain("depot_id"),
        Column::plain("division_code"),
        Column::plain("name"),
        Column::plain("open"),
        Column::plain("close"),
        Column::plain("lng"),
        Column::plain("lat"),
    ],
};

#[tonic::async_trait]
impl Extract for Depots {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let filter = Filter::parse("kind = depot", KIND)?;
        let rows = facility_list(conn, &listing(export, after, &filter)).await?;
        let line = |row: Facility| {
            vec![
                row.facility_id,
                row.division_code,
                row.display_name,
                clock(row.opens_s),
                clock(row.closes_s),
                row.lng.to_string(),
                row.lat.to_string(),
            ]
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
