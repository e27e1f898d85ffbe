//! What set-based checks found, as errors of rows.

use kit::{
    db::Tx,
    error::Result,
    import::{Import, Outcome, RowError, row_error},
};
use villages_core::succession::{Change, Flaw};

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
    let elsewhere = import_check::column_outside(tx, "division_code", import.division.code()).await?;
    let missing = import_check::divisions_unknown(tx, import.effective_date).await?;
    let inside = missing
        .into_iter()
        .filter(|(line, _)| !elsewhere.iter().any(|(other, _)| other == line))
        .collect();
    Ok(unknown(inside, column, import)
        .chain(outside(elsewhere.clone(), column, import))
        .collect())
}

/// What the columns of a file are called.
pub struct Columns {
    pub old_code: &'static str,
    pub old_name: &'static str,
    pub new_code: &'static str,
}

/// A row that contradicts the register or another row.
pub fn flawed(change: &Change<'_>, flaw: &Flaw<'_>, columns: &Columns) -> RowError {
    let (old, new) = ((columns.old_code, change.old), (columns.new_code, change.new.code));
    let ((column, value), reason, message, message_zh) = match flaw {
        Flaw::Unknown => (
            old,
            "UNKNOWN_DIVISION",
            "a division in force on the effective date".to_owned(),
            "生效日期时无此区划".to_owned(),
        ),
        Flaw::Name(known) => (
            (columns.old_name, change.old_name),
            "NAME_MISMATCH",
            format!("{known}, as the register says"),
            format!("登记名称为“{known}”"),
        ),
        Flaw::InUse(known) => (
            new,
            "CODE_IN_USE",
            format!("a code that is not in force; it is that of {known}"),
            format!("该代码现为“{known}”所用"),
        ),
        Flaw::EndsTwice(line) => (
            old,
            "DUPLICATE",
            format!("a division that one row ends; line {line} does so too"),
            format!("第 {line} 行已撤销该区划"),
        ),
        Flaw::NamedTwice(line) => (
            new,
            "DUPLICATE",
            format!("one name of a code; line {line} gives it another one"),
            format!("第 {line} 行对该代码另有名称"),
        ),
        Flaw::Reused(line) => (
            new,
            "CODE_REUSED",
            format!(
                "a code of one division: the one that has it ends by line {line}, and it is free from the day after on"
            ),
            format!("该代码的原区划由第 {line} 行撤销，同日不得另给他人，次日起可用"),
        ),
        Flaw::Orphan => (
            new,
            "UNKNOWN_PARENT",
            "a code below a division that is in force then".to_owned(),
            "其上级区划届时不存在".to_owned(),
        ),
        Flaw::NoSuccessor => (
            new,
            "UNKNOWN_SUCCESSOR",
            "a division that is in force then".to_owned(),
            "继任区划届时不存在".to_owned(),
        ),
        Flaw::Below(first, count) => (
            old,
            "HAS_DIVISIONS",
            format!("a division with nothing left below it; {count} go on, the first is {first}"),
            format!("其下仍有 {count} 个区划未变更，首个为 {first}"),
        ),
    };
    row_error(change.line, column, value, reason, &message, &message_zh)
}

/// Rows of households that have ended, or whose ID number is another household's. No error repeats the number.
pub async fn of_households(tx: &mut Tx, import: &Import) -> Result<Vec<RowError>> {
    let date = import.effective_date;
    let ended = import_check::households_ended(tx, date).await?;
    let ended = ended.into_iter().map(|(line, day)| {
        let message = format!("a household that has not ended; this one ended on {day}");
        let zh = format!("该户已于 {day} 注销，如需重新入户请使用新户号");
        row_error(line, "household_id", &day, "HOUSEHOLD_ENDED", &message, &zh)
    });
    let held = import_check::id_numbers_held(tx, date).await?;
    let held = held.into_iter().map(|(line, other)| {
        let (other, zh) = match other.as_str() {
            "" => ("another household".to_owned(), "其他农户".to_owned()),
            id => (format!("households/{id}"), format!("households/{id}")),
        };
        let message = format!("an ID number that is not in force in {other} on {date} or later");
        let zh = format!("该身份证号在 {date} 当日或之后登记于 {zh}");
        row_error(line, "id_number", "***", "ID_NUMBER_IN_USE", &message, &zh)
    });
    let repeated = import_check::id_numbers_repeated(tx).await?;
    let repeated = repeated.into_iter().map(|(line, _)| {
        let message = "an ID number that stands in the file once";
        row_error(
            line,
            "id_number",
            "***",
            "DUPLICATE",
            message,
            "身份证号在文件中重复出现",
        )
    });
    Ok(ended.chain(held).chain(repeated).collect())
}

/// The outcome of a merge that refused nothing.
pub fn outcome(merged: Merged, staged: i64) -> Outcome {
    let staged = u64::try_from(staged).unwrap_or_default();
    Outcome {
        inserted: merged.inserted,
        updated: merged.updated,
        unchanged: staged.saturating_sub(merged.inserted + merged.updated),
        ..Outcome::default()
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
