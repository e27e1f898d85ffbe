//! Register `contracts`.

use kit::{
    error::Result,
    export::{Column, Export, Extract, Layout},
};
use sqlx::PgConnection;

use super::{everything, listing};
use crate::store::contracts::{Contract, contract_list};

/// The register.
pub struct Contracts;

const LAYOUT: Layout = Layout {
    name: "contracts",
    permission: "sanitation.contracts.read",
    disclosure: None,
    columns: &[
        Column::plain("contract_id"),
        Column::plain("division_code"),
        Column::plain("contractor"),
        Column::plain("credit_code"),
        Column::plain("scope"),
        Column::plain("price_basis"),
        Column::plain("price_yuan"),
        Column::plain("bond_yuan"),
        Column::plain("starts_on"),
        Column::plain("ends_on"),
    ],
};

#[tonic::async_trait]
impl Extract for Contracts {
    fn layout(&self) -> &'static Layout {
        &LAYOUT
    }

    async fn page(&self, conn: &mut PgConnection, export: &Export, after: Option<&str>) -> Result<Vec<Vec<String>>> {
        let rows = contract_list(conn, &listing(export, after, &everything()?)).await?;
        let line = |row: Contract| {
            vec![
                row.contract_id,
                row.division_code,
                row.contractor,
                row.credit_code,
                row.scope,
                row.price_basis,
                yuan(row.price_fen),
                yuan(row.bond_fen),
                row.starts_on.to_string(),
                row.ends_on.to_string(),
            ]
        };
        Ok(rows.into_iter().map(line).collect())
    }
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
