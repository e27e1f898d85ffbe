//! Enum values as they are stored: the part of their name after the prefix, in lower case.

use kit::error::{Error, Result};

/// Full name of a stored value.
pub fn full(prefix: &str, stored: &str) -> String {
    format!("{prefix}{}", stored.to_uppercase())
}

/// The stored value of a full name; the unspecified one is refused.
pub fn stored(field: &str, prefix: &str, full: &str) -> Result<String> {
    let name = full.strip_prefix(prefix).unwrap_or(full).to_lowercase();
    if name == "unspecified" {
        return Err(Error::invalid(field, full, "a specified value"));
    }
    Ok(name)
}
