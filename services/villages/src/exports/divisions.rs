//! Register `divisions`: the official list, down to the villages.

use kit::{
    division::Division,
    error::Result,
    export::{Column, Export, Extract, Layout},
};
use sqlx::PgConnection;

use super::page_of;
use crate::{
    wire,
    words::{KINDS, word},
};

/// Register `divisions`.
pub struct Divisions;

const LAYOUT: Layout = Layout {
    name: "divisions",
    permission: "villages.divisions.read",
    disclosure: None,
    columns: &[
        Column::plain("code"),
        Column::plain("name"),
        Column::plain("level"),
        Column::plain("parent_code"),
        Column::plain("kind"),
    ],
};

#[tonic::async_trait]
impl Extract for Divisions {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = page_of(conn, export, "level != GROUP", after).await?;
        let line = |row: crate::store::division::DivisionRow| {
            let level = Division::parse("code", &row.division_code)?.level();
            Ok(vec![
                row.division_code,
                row.display_name,
                wire::division::level_number(level).to_string(),
                row.parent_code.unwrap_or_default(),
                word(KINDS, &row.kind)?,
            ])
        };
        rows.into_iter().map(line).collect()
    }
}
