//! Resource names and texts of requests.

use kit::{
    dates,
    error::{Error, Result},
};
use time::Date;
use uuid::Uuid;

const MOST_EVIDENCE: usize = 20;

/// The id behind `collection/`, 1–64 characters that an id can have.
pub fn id(field: &str, name: &str, collection: &str) -> Result<String> {
    let id = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    let good = |id: &&str| {
        (1..=64).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    match id.filter(good) {
        Some(id) => Ok(id.to_owned()),
        None => Err(Error::invalid(
            field,
            name,
            format!("a resource name {collection}/{{uid}}"),
        )),
    }
}

/// The UUID behind `collection/`.
pub fn uid(field: &str, name: &str, collection: &str) -> Result<Uuid> {
    let id = id(field, name, collection)?;
    Uuid::try_parse(&id).map_err(|_| Error::invalid(field, name, format!("a resource name {collection}/{{uid}}")))
}

/// A text without outer spaces, of 1 to `longest` characters and no control characters.
pub fn text<'a>(field: &str, text: &'a str, longest: usize) -> Result<&'a str> {
    let trimmed = text.trim();
    let good = (1..=longest).contains(&trimmed.chars().count()) && !trimmed.chars().any(char::is_control);
    if good {
        Ok(trimmed)
    } else {
        Err(Error::invalid(field, text, format!("a text of 1–{longest} characters")))
    }
}

/// A text of several lines, without outer spaces, of 1 to `longest` characters.
pub fn lines<'a>(field: &str, text: &'a str, longest: usize) -> Result<&'a str> {
    let trimmed = text.trim();
    let bad = |c: char| c.is_control() && c != '\n';
    if (1..=longest).contains(&trimmed.chars().count()) && !trimmed.chars().any(bad) {
        Ok(trimmed)
    } else {
        Err(Error::invalid(field, text, format!("a text of 1–{longest} characters")))
    }
}

/// References to evidence, at most 20 of 200 characters.
pub fn evidence(field: &str, references: &[String]) -> Result<()> {
    if references.len() > MOST_EVIDENCE {
        return Err(Error::invalid(
            field,
            references.len(),
            format!("at most {MOST_EVIDENCE} references"),
        ));
    }
    for (at, reference) in references.iter().enumerate() {
        text(&format!("{field}[{at}]"), reference, 200)?;
    }
    Ok(())
}

/// The key of a page that is ordered by day and id.
pub fn day_and_id(key: &str) -> Result<(Date, Uuid)> {
    let parsed = key
        .split_once(' ')
        .and_then(|(day, id)| Some((dates::parse("page_token", day).ok()?, Uuid::try_parse(id).ok()?)));
    parsed.ok_or_else(|| Error::internal("the key of a page is no day and id"))
}
