//! Yes-no values, lists of words and exact decimals as files write them.

use kit::import::{Row, RowError};

use crate::words::Words;

/// `1` or `0`, `true` or `false`, `是` or `否`; `None` where the column is empty.
pub fn yes_no(row: &Row<'_>, column: &str) -> Result<Option<String>, RowError> {
    let yes = match row.optional(column) {
        None => return Ok(None),
        Some("1" | "true" | "是") => true,
        Some("0" | "false" | "否") => false,
        Some(_) => {
            return Err(row.error(
                column,
                "BAD_VALUE",
                "1 or 0, true or false, 是 or 否",
                "应为 1/0 或 是/否",
            ));
        }
    };
    Ok(Some(yes.to_string()))
}

/// One of the words of `known`, given as the name it has in the store; `None` where the column is empty.
pub fn word(row: &Row<'_>, column: &str, known: Words) -> Result<Option<&'static str>, RowError> {
    let Some(text) = row.optional(column) else {
        return Ok(None);
    };
    if let Some((_, name)) = known.iter().find(|(word, _)| *word == text) {
        return Ok(Some(name));
    }
    let words = known.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    Err(row.error(
        column,
        "BAD_VALUE",
        &format!("one of {words}"),
        &format!("应为 {words} 之一"),
    ))
}

/// A value that must be given.
pub fn given<T>(row: &Row<'_>, column: &str, value: Option<T>) -> Result<T, RowError> {
    value.ok_or_else(|| row.error(column, "MISSING_VALUE", "a value is required", "不能为空"))
}

/// A non-negative decimal such as `97.8` as digits and number of decimals, (978, 1); `None` if it is none.
pub fn decimal(text: &str) -> Option<(i64, u32)> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.len() > 4 || !digits(whole) || !digits(part) || text.ends_with('.')
    {
        return None;
    }
    let decimals = u32::try_from(part.len()).ok()?;
    format!("{whole}{part}").parse().ok().map(|value| (value, decimals))
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn decimals_are_exact() {
        assert_eq!(decimal("97.8"), Some((978, 1)));
        assert_eq!(decimal("100"), Some((100, 0)));
        assert_eq!(decimal("0.05"), Some((5, 2)));
        for bad in [
            "",
            ".",
            "1.",
            ".5",
            "-1",
            "1e2",
            "１",
            "1.23456",
            "1,5",
            "9999999999999",
        ] {
            assert_eq!(decimal(bad), None, "{bad}");
        }
    }
}
