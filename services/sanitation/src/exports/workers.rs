//! Register `workers`.

use kit::{
    crypt::{Crypt, mask},
    error::Result,
    export::{Column, Export, Extract, Layout},
};
use sqlx::PgConnection;

use super::{everything, listing};
use crate::{
    store::workers::{Worker, worker_list},
    wire::people::phone,
};

/// The register.
pub struct Workers {
    /// Opens phones.
    pub crypt: Crypt,
}

const LAYOUT: Layout = Layout {
    name: "workers",
    permission: "sanitation.workers.read",
    disclosure: Some("sanitation.workers.disclose"),
    columns: &[
        Column::plain("worker_id"),
        Column::plain("division_code"),
        Column::plain("name"),
        Column::plain("role"),
        Column::plain("area"),
        Column::plain("crew_id"),
        Column::personal("phone"),
        Column::plain("since"),
        Column::plain("until"),
    ],
};

#[tonic::async_trait]
impl Extract for Workers {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = worker_list(conn, &listing(export, after, &everything()?)).await?;
        let line = |row: Worker| {
            let phone = phone(&self.crypt, &row)?;
            Ok(vec![
                row.worker_id,
                row.division_code,
                row.display_name,
                row.role,
                row.area,
                row.crew_id.unwrap_or_default(),
                if export.disclosed { phone } else { mask::phone(&phone) },
                row.since.to_string(),
                row.until.map(|day| day.to_string()).unwrap_or_default(),
            ])
        };
        rows.into_iter().map(line).collect()
    }
}
