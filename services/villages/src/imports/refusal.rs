//! What set-based checks found, as errors of rows.

use kit::{
    db::Tx,
    error::Result,
    import::{Import, Outcome, RowError, row_error},
};

use crate::store::{
    import_check::{self, Refused},
    version::Merged,
};

/// Rows that name a division outside that of the import.
pub fn outside(refused: Vec<Refused>, column: &str, import: &Import) -> impl Iterator<Item = RowError> {
    let division = import.division.code();
    let message = format!("a code that begins with {division}, the division of the import");
    let message_zh = format!("代码应以导入范围 {division} 开头");
    errors(refused, column, "OUTSIDE_DIVISION", message, message_zh)
}

/// Rows that name a division which is not in force.
pub fn unknown(refused: Vec<Refused>, column: &str, import: &Import) -> impl Iterator<Item = RowError> {
    let date = import.effective_date;
    let message = format!("a division of the register in force on {date}; import divisions first");
    let message_zh = format!("该区划在 {date} 不存在，请先导入行政区划");
    errors(refused, column, "UNKNOWN_DIVISION", message, message_zh)
}

/// Rows of divisions whose parent is not in force.
pub fn orphans(refused: Vec<Refused>, column: &str, import: &Import) -> impl Iterator<Item = RowError> {
    let date = import.effective_date;
    let message = format!("a parent that stands in the file or in the register on {date}");
    let message_zh = format!("上级区划既不在文件中，也不在 {date} 的登记中");
    errors(refused, column, "UNKNOWN_PARENT", message, message_zh)
}

/// Rows whose `division_code` (column `column` of the file) lies outside the import or is not in force.
pub async fn of_divisions(tx: &mut Tx, column: &str, import: &Import) -> Result<Vec<RowError>> {
    let elsewhere = import_check::divisions_outside(tx, import.division.code()).await?;
    let missing = import_check::divisions_unknown(tx, import.effective_date).await?;
    let inside = missing
        .into_iter()
        .filter(|(line, _)| !elsewhere.iter().any(|(other, _)| other == line))
        .collect();
    Ok(unknown(inside, column, import)
        .chain(outside(elsewhere.clone(), column, import))
        .collect())
}

/// The outcome of a merge that refused nothing.
pub fn outcome(merged: Merged, staged: i64) -> Outcome {
    let staged = u64::try_from(staged).unwrap_or_default();
    Outcome {
        inserted: merged.inserted,
        updated: merged.updated,
        unchanged: staged.saturating_sub(merged.inserted + merged.updated),
        errors: Vec::new(),
    }
}

/// The outcome of a merge that was refused, by line.
pub fn refused(mut errors: Vec<RowError>) -> Outcome {
    errors.sort_by_key(|error| error.line);
    Outcome {
        errors,
        ..Outcome::default()
    }
}

fn errors(
    refused: Vec<Refused>,
    column: &str,
    reason: &'static str,
    message: String,
    message_zh: String,
) -> impl Iterator<Item = RowError> {
    refused
        .into_iter()
        .map(move |(line, value)| row_error(line, column, &value, reason, &message, &message_zh))
}
