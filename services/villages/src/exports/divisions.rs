//! Register `divisions`: the official list, down to the villages.

use kit::{
    division::Division,
    error::Result,
    export::{Column, Export, Extract},
};
use sqlx::PgConnection;

use super::page_of;
use crate::{
    wire,
    words::{KINDS, word},
};

/// Register `divisions`.
pub struct Divisions;

const COLUMNS: &[Column] = &[
    Column::plain("code"),
    Column::plain("name"),
    Column::plain("level"),
    Column::plain("parent_code"),
    Column::plain("kind"),
];

#[tonic::async_trait]
impl Extract for Divisions {
    fn name(&self) -> &'static str {
        "divisions"
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
