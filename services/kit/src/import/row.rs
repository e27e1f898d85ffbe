//! One row of a file, and precise errors about it.

use std::{fmt::Display, ops::RangeInclusive, str::FromStr};

use csv::StringRecord;
use time::Date;

use super::{Column, RowError};
use crate::{dates, division::Division, error::Error};

/// One row of a file.
pub struct Row<'a> {
    pub(super) line: u64,
    pub(super) record: &'a StringRecord,
    /// Position in the record of each of `columns`.
    pub(super) positions: &'a [Option<usize>],
    pub(super) columns: &'static [Column],
}

impl<'a> Row<'a> {
    /// Line in the file; the header is line 1.
    pub fn line(&self) -> i64 {
        i64::try_from(self.line).unwrap_or(i64::MAX)
    }

    /// Whether the file has a column.
    pub fn has(&self, column: &str) -> bool {
        self.position(column).is_some()
    }

    /// The value of a column, trimmed; `None` where it is empty or the file lacks the column.
    pub fn optional(&self, column: &str) -> Option<&'a str> {
        self.record
            .get(self.position(column)?)
            .map(str::trim)
            .filter(|value| !value.is_empty())
    }

    fn position(&self, column: &str) -> Option<usize> {
        let index = self.columns.iter().position(|known| known.name == column)?;
        *self.positions.get(index)?
    }

    /// The value of a column that must not be empty.
    pub fn required(&self, column: &str) -> Result<&'a str, RowError> {
        self.optional(column)
            .ok_or_else(|| self.error(column, "MISSING_VALUE", "a value is required", "不能为空"))
    }

    /// A whole number inside `allowed`; `None` where the column is empty.
    pub fn integer<T>(&self, column: &str, allowed: RangeInclusive<T>) -> Result<Option<T>, RowError>
    where
        T: FromStr + PartialOrd + Display,
    {
        let Some(text) = self.optional(column) else {
            return Ok(None);
        };
        match text.parse() {
            Ok(value) if allowed.contains(&value) => Ok(Some(value)),
            _ => {
                let (low, high) = (allowed.start(), allowed.end());
                let rule = format!("a whole number from {low} to {high}");
                Err(self.error(column, "OUT_OF_RANGE", &rule, &format!("应为 {low} 到 {high} 的整数")))
            }
        }
    }

    /// A division code.
    pub fn division(&self, column: &str) -> Result<Division, RowError> {
        let text = self.required(column)?;
        Division::parse(column, text).map_err(|error| self.refused(column, "BAD_CODE", &error))
    }

    /// A calendar date `YYYY-MM-DD`; `None` where the column is empty.
    pub fn date(&self, column: &str) -> Result<Option<Date>, RowError> {
        let parse = |text| dates::parse(column, text).map_err(|error| self.refused(column, "BAD_DATE", &error));
        self.optional(column).map(parse).transpose()
    }

    /// An error about a column of this row: a stable reason and what is allowed, in English and Chinese.
    pub fn error(&self, column: &str, reason: &str, message: &str, message_zh: &str) -> RowError {
        let personal = self.columns.iter().any(|known| known.name == column && known.personal);
        let value = self.optional(column).unwrap_or_default();
        let value = if personal && !value.is_empty() { "***" } else { value };
        super::row_error(self.line(), column, value, reason, message, message_zh)
    }

    fn refused(&self, column: &str, reason: &str, error: &Error) -> RowError {
        let rule = error
            .violations()
            .first()
            .map_or_else(|| error.to_string(), |violation| violation.rule.clone());
        self.error(column, reason, &rule, &format!("格式不正确：{rule}"))
    }
}
