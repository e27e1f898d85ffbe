//! Register `crews`.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout},
};
use sqlx::PgConnection;

use super::{everything, listing};
use crate::store::crews::{Crew, crew_list};

/// The register.
pub struct Crews;

const LAYOUT: Layout = Layout {
    name: "crews",
    permission: "sanitation.crews.read",
    disclosure: None,
    columns: &[
        Column::plain("crew_id"),
        Column::plain("division_code"),
        Column::plain("name"),
        Column::plain("kind"),
        Column::plain("contract_id"),
    ],
};

#[tonic::async_trait]
impl Extract for Crews {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = crew_list(conn, &listing(export, after, &everything()?)).await?;
        let line = |row: Crew| {
            vec![
                row.crew_id,
                row.division_code,
                row.display_name,
                row.kind,
                row.contract_id.unwrap_or_default(),
            ]
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
