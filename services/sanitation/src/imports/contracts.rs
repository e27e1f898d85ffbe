//! Register `contracts`.

use kit::{
    db::Tx,
    error::Result,
    import::{Column, Import, Outcome, Register, Row, RowError, duplicates},
};

use super::{cell, reference::Found};
use crate::store::contracts::CONTRACTS;

/// The register.
pub struct Contracts;

/// Work that crews do and contracts cover.
pub const WORK: &[&str] = &["collection", "haulage", "cleaning", "sweeping", "sprinkling"];

const COLUMNS: &[Column] = &[
    Column::required("contract_id", "id, 1–40 letters, digits, - or _"),
    Column::required(
        "division_code",
        "code of the county, township or village that let the work",
    ),
    Column::required("contractor", "name of the contractor in Chinese"),
    Column::optional(
        "credit_code",
        "unified social credit code, 18 digits and capital letters",
    ),
    Column::required(
        "scope",
        "collection, haulage, cleaning, sweeping and sprinkling, those that it covers, separated by |",
    ),
    Column::required("price_basis", "year, tonne, household_year or km"),
    Column::required("price_yuan", "price, yuan, at most 2 decimals"),
    Column::required("bond_yuan", "performance bond, yuan, at most 2 decimals; 0: none"),
    Column::required("starts_on", "first day, YYYY-MM-DD"),
    Column::required("ends_on", "last day, YYYY-MM-DD"),
];

#[tonic::async_trait]
impl Register for Contracts {
    fn name(&self) -> &'static str {
        "contracts"
    }

    fn permission(&self) -> &'static str {
        "sanitation.contracts.write"
    }

    fn columns(&self) -> &'static [Column] {
        COLUMNS
    }

    fn staged(&self) -> &'static [&'static str] {
        &[
            "contract_id",
            "division_code",
            "contractor",
            "credit_code",
            "scope",
            "price_basis",
            "price",
            "bond",
            "starts_on",
            "ends_on",
        ]
    }

    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError> {
        let (starts_on, ends_on) = cell::days(row, "starts_on", "ends_on")?;
        Ok(vec![
            Some(cell::id(row, "contract_id")?),
            Some(row.division("division_code")?.into_code()),
            Some(cell::text(row, "contractor")?),
            Some(credit_code(row)?),
            Some(scope(row)?),
            Some(cell::choice(
                row,
                "price_basis",
                &["year", "tonne", "household_year", "km"],
            )?),
            Some(cell::fen(row, "price_yuan")?),
            Some(cell::fen(row, "bond_yuan")?),
            Some(starts_on),
            Some(ends_on),
        ])
    }

    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome> {
        let mut found = Found::default();
        found.extend(duplicates(tx, "contract_id").await?);
        found
            .outside(tx, ("division_code", "division_code"), import.division.code())
            .await?;
        if let Some(refusal) = found.refusal() {
            return Ok(refusal);
        }
        let now = tx.now();
        Ok(CONTRACTS.run(tx, now).await?)
    }
}

fn credit_code(row: &Row<'_>) -> Result<String, RowError> {
    let code = row.optional("credit_code").unwrap_or_default();
    let good = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    if code.is_empty() || (code.len() == 18 && code.bytes().all(good)) {
        return Ok(code.to_owned());
    }
    let rule = "18 digits and capital letters";
    Err(row.error("credit_code", "BAD_CREDIT_CODE", rule, "应为 18 位统一社会信用代码"))
}

/// The kinds of work in their usual order, each once.
fn scope(row: &Row<'_>) -> Result<String, RowError> {
    let given: Vec<&str> = row.required("scope")?.split('|').map(str::trim).collect();
    if given.iter().all(|kind| WORK.contains(kind)) {
        let kinds: Vec<&str> = WORK.iter().copied().filter(|kind| given.contains(kind)).collect();
        return Ok(kinds.join("|"));
    }
    let list = WORK.join(", ");
    let rule = format!("some of {list}, separated by |");
    Err(row.error("scope", "UNKNOWN_KIND", &rule, &format!("应为以 | 隔开的 {list}")))
}
