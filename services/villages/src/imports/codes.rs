//! Division codes as files write them.

use kit::{
    division::{Division, Level},
    import::{Row, RowError},
};

/// A division code; filling zeros are dropped. A code that a spreadsheet made a number of is refused with that cause.
pub fn division(row: &Row<'_>, column: &str) -> Result<Division, RowError> {
    if is_number(row.required(column)?) {
        return Err(row.error(
            column,
            "CODE_AS_NUMBER",
            "a code as text; a spreadsheet made a number of it and lost its last digits: format the column as text \
             before filling it, and export again from the source",
            "应为文本格式的代码；电子表格已将其转为数字并丢失末尾数位，请将该列设为文本格式后从原始数据重新导出",
        ));
    }
    row.division(column)
}

/// The code of a village.
pub fn village(row: &Row<'_>, column: &str) -> Result<Division, RowError> {
    let code = division(row, column)?;
    if code.level() == Level::Village {
        return Ok(code);
    }
    Err(row.error(
        column,
        "NOT_A_VILLAGE",
        "the code of a village, 12 digits",
        "应为 12 位村级代码",
    ))
}

/// A code of the level of `other`, and another one.
pub fn of_level(row: &Row<'_>, column: &str, other: &Division) -> Result<Division, RowError> {
    let code = down_to_village(row, column)?;
    if code.level() == other.level() && &code != other {
        return Ok(code);
    }
    Err(row.error(
        column,
        "LEVEL_MISMATCH",
        &format!("another code of the level of {other}"),
        &format!("应为与 {other} 同级的另一代码"),
    ))
}

/// The code of a village or of what lies above villages.
pub fn down_to_village(row: &Row<'_>, column: &str) -> Result<Division, RowError> {
    let code = division(row, column)?;
    if code.level() < Level::Group {
        return Ok(code);
    }
    Err(row.error(
        column,
        "GROUP_LISTED",
        "a division down to the village; natural villages and groups have the register groups",
        "只到村级；自然村（组）请用 groups 登记簿导入",
    ))
}

/// The code of a group: 15 digits, or 14 as registers write that count groups with two digits.
pub fn group(row: &Row<'_>, column: &str) -> Result<Division, RowError> {
    let text = row.required(column)?;
    let refused = || {
        row.error(
            column,
            "BAD_CODE",
            "the code of a group, 14 or 15 digits",
            "应为 14 或 15 位村民组代码",
        )
    };
    let code = match text.split_at_checked(12) {
        Some((village, number)) if number.len() == 2 => {
            Division::parse(column, &format!("{village}0{number}")).map_err(|_| refused())?
        }
        _ => division(row, column)?,
    };
    if code.level() == Level::Group {
        Ok(code)
    } else {
        Err(refused())
    }
}

/// True for `4.10225E+11` and `410225000000.0`.
fn is_number(text: &str) -> bool {
    text.contains('.') && text.parse::<f64>().is_ok()
        || text.contains(['e', 'E']) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_from_codes() {
        for number in ["4.10225E+11", "4.10225e11", "4E+11", "410225000000.0"] {
            assert!(is_number(number), "{number}");
        }
        for code in ["410225000000", "", "41022a", "inf", "1.2.3"] {
            assert!(!is_number(code), "{code}");
        }
    }
}
