//! Texts that people give.

use kit::error::{Error, Result};

/// One line of `least` to `most` characters.
pub fn line(field: &str, text: &str, least: usize, most: usize) -> Result<()> {
    if (least..=most).contains(&text.chars().count()) && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        let rule = format!("one line of {least} to {most} characters");
        Err(Error::invalid(field, text, rule))
    }
}
