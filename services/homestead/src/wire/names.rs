//! Resource names.

use std::fmt::Display;

use kit::error::{Error, Result};
use uuid::Uuid;

/// Longest id of a household, cadre or plot.
const LONGEST: usize = 64;

/// `{collection}/{id}`.
pub fn of(collection: &str, id: impl Display) -> String {
    format!("{collection}/{id}")
}

/// The id in a field that refers to a resource of `collection`.
pub fn id<'a>(collection: &str, field: &str, name: &'a str) -> Result<&'a str> {
    let id = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    let allowed = |id: &&str| {
        !id.is_empty() && id.len() <= LONGEST && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    match id.filter(allowed) {
        Some(id) => Ok(id),
        None if name.is_empty() => Err(Error::required(field)),
        None => Err(Error::invalid(
            field,
            name,
            format!("{collection}/{{id}}, 1–64 letters, digits and hyphens"),
        )),
    }
}

/// The id in a field that refers to a resource of `collection` made here.
pub fn uid(collection: &str, field: &str, name: &str) -> Result<Uuid> {
    let refused = || Error::invalid(field, name, format!("{collection}/{{uid}} with a UUID"));
    Uuid::try_parse(id(collection, field, name)?).map_err(|_| refused())
}

/// The id in the name of what a call asks for; what is no such name does not exist.
pub fn found<'a>(collection: &str, name: &'a str) -> Result<&'a str> {
    id(collection, "name", name).map_err(|_| Error::not_found(name))
}

/// The same for resources made here.
pub fn found_uid(collection: &str, name: &str) -> Result<Uuid> {
    Uuid::try_parse(found(collection, name)?).map_err(|_| Error::not_found(name))
}

/// Cuts a page key at its last slash.
pub fn key(after: &str) -> Result<(&str, &str)> {
    after
        .rsplit_once('/')
        .ok_or_else(|| Error::internal("a page key without slash"))
}

/// Cuts a page key that ends in a number.
pub fn numbered(after: &str) -> Result<(&str, i64)> {
    let (head, number) = key(after)?;
    Ok((head, number.parse().map_err(Error::internal)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_names_of_the_collection_pass() {
        assert_eq!(
            id("households", "household", "households/H1-a").expect("a name"),
            "H1-a"
        );
        for bad in [
            "households/",
            "household/H1",
            "householdsH1",
            "households/a/b",
            "households/ ",
            "households/中",
        ] {
            assert!(id("households", "household", bad).is_err(), "{bad}");
        }
        assert_eq!(
            id("households", "household", "").expect_err("empty").violations()[0].rule,
            "required"
        );
        assert!(uid("bills", "bill", "bills/1").is_err());
        assert_eq!(
            found("bills", "x").expect_err("no name").kind(),
            kit::error::Kind::NotFound
        );
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = (id("bills", "bill", &text), uid("bills", "bill", &text), found_uid("bills", &text), key(&text), numbered(&text));
        }
    }
}
