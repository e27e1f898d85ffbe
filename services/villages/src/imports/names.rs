//! Names of places and people as files write them.

use kit::import::{Row, RowError};

/// A name of 1 to `longest` characters, without outer spaces, in which no character was lost on the way.
pub fn name<'a>(row: &Row<'a>, column: &str, longest: usize) -> Result<&'a str, RowError> {
    let name = row.required(column)?;
    if name.chars().count() > longest {
        let rule = format!("at most {longest} characters");
        return Err(row.error(column, "TOO_LONG", &rule, &format!("最多 {longest} 个字符")));
    }
    if name.chars().any(is_lost) {
        return Err(row.error(
            column,
            "LOST_CHARACTER",
            "a name in Unicode; a question mark, private-use or control character stands where a character was lost",
            "名称含问号、自造字或控制字符，原字已丢失，请填写正确的字",
        ));
    }
    Ok(name)
}

/// The number of a register: 1–64 characters that can stand in a resource name.
pub fn id<'a>(row: &Row<'a>, column: &str) -> Result<&'a str, RowError> {
    let id = row.required(column)?;
    let good = id.len() <= 64
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if good {
        return Ok(id);
    }
    let message = "1–64 characters of A–Z, a–z, 0–9, - and _";
    Err(row.error(column, "BAD_ID", message, "应为 1–64 个字母、数字、连字符或下划线"))
}

/// Whether a character stands where another was lost.
pub fn is_lost(character: char) -> bool {
    matches!(
        character,
        '?' | '？' | '\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}'
    ) || character.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_characters_stay_and_lost_ones_are_found() {
        assert!(!"小𣵦村委会、A区（二）〇".chars().any(is_lost));
        for name in ["?水社区", "高\u{e170}村", "a\u{0}b", "村\u{fffd}"] {
            assert!(name.chars().any(is_lost), "{name}");
        }
    }
}
