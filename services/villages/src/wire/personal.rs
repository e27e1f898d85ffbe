//! Personal data of requests: checked, sealed, with a blind index for exact search. No refusal repeats it.

use kit::{
    crypt::{Crypt, Pii},
    error::{Error, Result},
};

use super::names;
use crate::imports::{is_id_number, is_lost, normal_phone};

/// A sealed value and its blind index.
#[derive(Debug, Clone)]
pub struct Sealed {
    pub value: Vec<u8>,
    pub blind: Vec<u8>,
}

/// Seals a value for the place that `label` names.
pub fn seal(crypt: &Crypt, label: &str, text: String) -> Result<Sealed> {
    let blind = crypt.blind(label, &text);
    let value = crypt.seal(label, &Pii::new(text))?;
    Ok(Sealed { value, blind })
}

/// A name of 1–50 characters, none of which was lost on the way.
pub fn name(field: &str, text: &str) -> Result<String> {
    let name = names::text(field, text, 50)
        .ok()
        .filter(|name| !name.chars().any(is_lost));
    let rule = "a name of 1–50 characters, without a question mark where a character was lost";
    name.map(str::to_owned)
        .ok_or_else(|| Error::invalid(field, "***", rule))
}

/// A phone number in digits; `None` where nothing is given.
pub fn phone(field: &str, text: &str) -> Result<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    let phone = normal_phone(text).ok_or_else(|| Error::invalid(field, "***", "5 to 20 digits"))?;
    Ok(Some(phone))
}

/// An identity number whose check character is right; `None` where nothing is given.
pub fn id_number(field: &str, text: &str) -> Result<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    let number = text.trim().to_ascii_uppercase();
    if is_id_number(&number) {
        return Ok(Some(number));
    }
    let rule = "17 digits and the right check character (GB 11643)";
    Err(Error::invalid_because("BAD_ID_NUMBER", field, "***", rule))
}
