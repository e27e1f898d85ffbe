//! Register `crews`.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, contracts::WORK, reference::Found};
use crate::store::{checks, crews::CREWS};

/// The register.
pub struct Crews;

const COLUMNS: &[Column] = &[
    Column::required("crew_id", "id, 1–40 letters, digits, - or _"),
    Column::required(
        "division_code",
        "code of the county, township or village where it works",
    ),
    Column::required("name", "name in Chinese"),
    Column::required("kind", "collection, haulage, cleaning, sweeping or sprinkling"),
    Column::optional(
        "contract_id",
        "id of the contract under which it works; empty: the division's own people",
    ),
];

#[tonic::async_trait]
impl Register for Crews {
    fn name(&self) -> &'static str {
        "crews"
    }

    fn permission(&self) -> &'static str {
        "sanitation.crews.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &["crew_id", "division_code", "name", "kind", "contract_id"]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        Ok(vec![
            Some(cell::id(row, "crew_id")?),
            Some(row.division("division_code")?.into_code()),
            Some(cell::text(row, "name")?),
            Some(cell::choice(row, "kind", WORK)?),
            cell::optional_id(row, "contract_id")?,
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "crew_id").await?);
        found
            .outside(tx, ("division_code", "division_code"), import.division.code())
            .await?;
        let refused = checks::unknown(tx, "contract_id", ("contracts", "contract_id"), "").await?;
        found.add(
            refused,
            "contract_id",
            "UNKNOWN_CONTRACT",
            "a contract of the register `contracts`",
            "合同名册中没有该合同",
        );
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(CREWS.run(tx, now).await?)
    }
}
