//! Register `groups`: natural villages, villagers' groups and community grids below the villages.

use kit::{
    error::Result,
    export::{Column, Export, Extract},
};
use sqlx::PgConnection;

use super::page_of;

/// Register `groups`.
pub struct Groups;

const COLUMNS: &[Column] = &[
    Column::plain("group_code"),
    Column::plain("village_code"),
    Column::plain("name"),
];

#[tonic::async_trait]
impl Extract for Groups {
    fn name(&self) -> &'static str {
        "groups"
    }

    fn permission(&self) -> &'static str {
        "villages.divisions.read"
    }

    fn disclosure(&self) -> Option<&'static str> {
        None
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = page_of(conn, export, "level = GROUP", after).await?;
        let line = |row: crate::store::division::DivisionRow| {
            vec![row.division_code, row.parent_code.unwrap_or_default(), row.display_name]
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
