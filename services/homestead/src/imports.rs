//! Registers that are imported, one file each.

pub mod bank_statements;
pub mod cadres;
pub mod homesteads;
pub mod household_ledger;
pub mod households;
mod ledger_figures;
pub mod parcel_ledger;
pub mod portfolios;
pub mod recusals;

use kit::import::{Outcome, Row, RowError};

/// Longest id of a household, cadre or plot.
const LONGEST_ID: usize = 64;

/// An id of a register: 1–64 letters, digits and hyphens.
fn id<'a>(row: &Row<'a>, column: &str) -> Result<&'a str, RowError> {
    let id = row.required(column)?;
    let allowed = id.len() <= LONGEST_ID && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if allowed {
        Ok(id)
    } else {
        Err(row.error(
            column,
            "BAD_ID",
            "1–64 letters, digits and hyphens",
            "应为 1 至 64 个字母、数字或连字符",
        ))
    }
}

/// `0` or `1`.
fn flag(row: &Row<'_>, column: &str) -> Result<bool, RowError> {
    match row.required(column)? {
        "0" => Ok(false),
        "1" => Ok(true),
        _ => Err(row.error(column, "OUT_OF_RANGE", "0 or 1", "应为 0 或 1")),
    }
}

/// Text that `COPY` and `encode` agree on.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// What a merge of `rows` rows did.
fn outcome(rows: i64, inserted: i64, updated: i64) -> Outcome {
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    Outcome {
        inserted: count(inserted),
        updated: count(updated),
        unchanged: count(rows - inserted - updated),
        ..Outcome::default()
    }
}
