//! Register `hamlets`.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout},
};
use sqlx::PgConnection;

use super::{everything, listing};
use crate::store::hamlets::{Hamlet, hamlet_list};

/// The register.
pub struct Hamlets;

const LAYOUT: Layout = Layout {
    name: "hamlets",
    permission: "sanitation.service_areas.read",
    disclosure: None,
    columns: &[
        Column::plain("hamlet_id"),
        Column::plain("village_code"),
        Column::plain("name"),
        Column::plain("households"),
        Column::plain("settlement"),
        Column::plain("lng"),
        Column::plain("lat"),
    ],
};

#[tonic::async_trait]
impl Extract for Hamlets {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = hamlet_list(conn, &listing(export, after, &everything()?)).await?;
        let line = |row: Hamlet| {
            let settlement = match row.clustered {
                None => "",
                Some(true) => "clustered",
                Some(false) => "scattered",
            };
            vec![
                row.hamlet_id,
                row.division_code,
                row.display_name,
                row.household_count.to_string(),
                settlement.to_owned(),
                row.lng.to_string(),
                row.lat.to_string(),
            ]
        };
        Ok(rows.into_iter().map(line).collect())
    }
}
