//! Register `groups`: natural villages, villagers' groups and community grids below the villages.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout},
};
use sqlx::PgConnection;

use super::page_of;

/// Register `groups`.
pub struct Groups;

const LAYOUT: Layout = Layout {
    name: "groups",
    permission: "villages.divisions.read",
    disclosure: None,
    columns: &[
        Column::plain("group_code"),
        Column::plain("village_code"),
        Column::plain("name"),
    ],
};

#[tonic::async_trait]
impl Extract for Groups {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = page_of(conn, export, "level = GROUP", after).await?;
        let line = |row: crate::store::division::DivisionRow| {
            vec![row.division_code, row.parent_code.unwrap_or_default(), row.display_name]
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
