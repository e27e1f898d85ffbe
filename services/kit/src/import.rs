//! Bulk registers in: CSV of any usual encoding, checked row by row, staged with COPY, merged set by set, all or nothing.

mod api;
mod decode;
mod lines;
mod read;
mod row;
mod stage;

use sqlx::PgConnection;
use time::Date;

use crate::{db::Tx, division::Division, error::Result};

pub(crate) use api::Api;
pub use proto::xiangtu::transfer::v1::{ImportDiff, RowError};
pub use row::Row;

/// Largest message of an import in bytes.
pub(crate) const LARGEST_MESSAGE: usize = 4 * 1024 * 1024;

/// A register that files are imported into.
#[tonic::async_trait]
pub trait Register: Send + Sync + 'static {
    /// Name, for example `households`.
    fn name(&self) -> &'static str;

    /// Permission needed beside `imports.write`, for example `villages.households.write`.
    fn permission(&self) -> &'static str;

    /// Columns of the file; others are ignored.
    fn columns(&self) -> &'static [Column];

    /// Text columns of the temporary table `staged`, which also has `line bigint`.
    fn staged(&self) -> &'static [&'static str];

    /// Checks one row and gives the values of [`Register::staged`] in order.
    fn stage(&self, row: &Row<'_>) -> Result<Vec<Option<String>>, RowError>;

    /// Merges `staged` into the register, set by set. Errors undo everything.
    async fn merge(&self, tx: &mut Tx, import: &Import) -> Result<Outcome>;
}

/// A column of a file.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Name in the header line.
    pub name: &'static str,
    /// The file must have it.
    pub required: bool,
    /// Or the file has this column instead.
    pub unless: Option<&'static str>,
    /// Its values are masked in error reports.
    pub personal: bool,
    /// Meaning, unit and allowed values.
    pub description: &'static str,
}

impl Column {
    /// A column that the file must have.
    pub const fn required(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            required: true,
            unless: None,
            personal: false,
            description,
        }
    }

    /// A column that the file may lack.
    pub const fn optional(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            required: false,
            unless: None,
            personal: false,
            description,
        }
    }

    /// The file may have the column `other` instead.
    #[must_use]
    pub const fn unless(self, other: &'static str) -> Self {
        Self {
            unless: Some(other),
            ..self
        }
    }

    /// The column holds personal data.
    #[must_use]
    pub const fn personal(self) -> Self {
        Self { personal: true, ..self }
    }
}

/// What is being imported.
#[derive(Debug, Clone)]
pub struct Import {
    /// Division that the file is about.
    pub division: Division,
    /// Date from which the rows hold.
    pub effective_date: Date,
}

/// What a merge did.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Rows added.
    pub inserted: u64,
    /// Rows changed.
    pub updated: u64,
    /// Rows already present and equal.
    pub unchanged: u64,
    /// Rows that contradict each other or the register; any of them undoes the whole.
    pub errors: Vec<RowError>,
    /// What changes, where things succeed one another.
    pub diff: Option<ImportDiff>,
}

/// Makes a row error where only the line is known, from a set-based check.
pub fn row_error(line: i64, column: &str, value: &str, reason: &str, message: &str, message_zh: &str) -> RowError {
    RowError {
        line,
        column: column.to_owned(),
        value: value.chars().take(64).collect(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        message_zh: message_zh.to_owned(),
    }
}

/// Row errors for values of `column` that stand in `staged` more than once: every repetition after the first.
///
/// `column` must be one of the register's own staged columns.
pub async fn duplicates(conn: &mut PgConnection, column: &'static str) -> Result<Vec<RowError>> {
    let sql = format!(
        "SELECT line, {column} FROM (
             SELECT line, {column}, row_number() OVER (PARTITION BY {column} ORDER BY line) AS n FROM staged
         ) s WHERE n > 1 ORDER BY line LIMIT 200"
    );
    let rows: Vec<(i64, String)> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(conn).await?;
    let error = |(line, value): (i64, String)| {
        row_error(
            line,
            column,
            &value,
            "DUPLICATE",
            "stands in the file more than once",
            "在文件中重复出现",
        )
    };
    Ok(rows.into_iter().map(error).collect())
}
