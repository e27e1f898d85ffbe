//! Personal data of files: checked, sealed for the store, with a blind index for exact search.

use kit::{
    crypt::{Crypt, Pii},
    import::{Row, RowError},
};

/// A sealed value and its blind index, both in hexadecimal; `None` where nothing was given.
pub type Sealed = [Option<String>; 2];

/// Seals a value for the place that `label` names, for example `households.phone`.
pub fn seal(
    crypt: &Crypt,
    row: &Row<'_>,
    column: &str,
    label: &str,
    value: Option<String>,
) -> Result<Sealed, RowError> {
    let Some(value) = value else { return Ok([None, None]) };
    let blind = crypt.blind(label, &value);
    let sealed = crypt
        .seal(label, &Pii::new(value))
        .map_err(|_| row.error(column, "NOT_SEALED", "a value that can be encrypted", "无法加密"))?;
    Ok([Some(hex::encode(sealed)), Some(hex::encode(blind))])
}

/// A phone number in digits, `+` first for one abroad; spaces and hyphens are dropped.
pub fn phone(row: &Row<'_>, column: &str) -> Result<Option<String>, RowError> {
    let Some(text) = row.optional(column) else {
        return Ok(None);
    };
    normal_phone(text).map(Some).ok_or_else(|| {
        row.error(
            column,
            "BAD_PHONE",
            "a phone number of 5 to 20 digits",
            "应为 5 至 20 位电话号码",
        )
    })
}

/// An identity number (GB 11643) of 18 characters whose check character is right.
pub fn id_number(row: &Row<'_>, column: &str) -> Result<Option<String>, RowError> {
    let Some(text) = row.optional(column) else {
        return Ok(None);
    };
    let number = text.to_ascii_uppercase();
    if is_id_number(&number) {
        return Ok(Some(number));
    }
    Err(row.error(
        column,
        "BAD_ID_NUMBER",
        "17 digits and the right check character (GB 11643)",
        "应为 18 位公民身份号码且校验码正确",
    ))
}

/// A phone number as it is stored and searched.
pub fn normal_phone(text: &str) -> Option<String> {
    let phone: String = text
        .chars()
        .filter(|character| !matches!(character, ' ' | '-'))
        .collect();
    let digits = phone.strip_prefix('+').unwrap_or(&phone);
    let good = (5..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    good.then_some(phone)
}

/// Whether a number in capital letters has the right form and check character.
pub fn is_id_number(number: &str) -> bool {
    const CHECK: &[u8; 11] = b"10X98765432";
    let Some((digits, check)) = number.split_at_checked(17) else {
        return false;
    };
    if check.len() != 1 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    // Weights are 2^17 … 2^1 modulo 11 (ISO 7064).
    let sum = digits
        .bytes()
        .fold(0_usize, |sum, byte| (sum + usize::from(byte - b'0')) * 2 % 11);
    CHECK.get(sum).copied() == check.bytes().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_character_decides() {
        // The example of the standard.
        assert!(is_id_number("11010519491231002X"));
        for bad in [
            "110105194912310021",
            "11010519491231002",
            "1101051949123100２X",
            "",
            "11010519491231002XX",
        ] {
            assert!(!is_id_number(bad), "{bad}");
        }
    }

    #[test]
    fn phones_are_digits() {
        assert_eq!(normal_phone("138 0000-1111").as_deref(), Some("13800001111"));
        assert_eq!(normal_phone("+8613800001111").as_deref(), Some("+8613800001111"));
        for bad in ["", "1234", "1.38E+10", "138000０1111"] {
            assert_eq!(normal_phone(bad), None, "{bad}");
        }
    }
}
