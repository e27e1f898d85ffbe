//! `order_by` of lists (AIP-132): `field` or `field desc`.

use crate::error::{Error, Result};

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// SQL column, from our own table of fields.
    pub column: &'static str,
    /// Largest first.
    pub descending: bool,
}

impl Order {
    /// Reads `order_by`. `fields` maps the names of the API to columns; the first is the default.
    pub fn parse(order_by: &str, fields: &[(&str, &'static str)]) -> Result<Self> {
        let names = || fields.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        let mut words = order_by.split_whitespace();
        let field = match words.next() {
            Some(name) => fields.iter().find(|(known, _)| *known == name),
            None => fields.first(),
        };
        let descending = match words.next() {
            None | Some("asc") => Some(false),
            Some("desc") => Some(true),
            Some(_) => None,
        };
        match (field, descending, words.next()) {
            (Some((_, column)), Some(descending), None) => Ok(Self { column, descending }),
            _ => Err(Error::invalid(
                "order_by",
                order_by,
                format!("one of {}, then nothing or `desc`", names()),
            )),
        }
    }

    /// `ASC` or `DESC`.
    pub fn direction(self) -> &'static str {
        if self.descending { "DESC" } else { "ASC" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_known_fields_only() {
        let fields = [("name", "code"), ("score", "score_permille")];
        assert_eq!(
            Order::parse("", &fields).expect("default"),
            Order {
                column: "code",
                descending: false
            }
        );
        assert_eq!(Order::parse("score desc", &fields).expect("known").direction(), "DESC");
        for bad in ["height", "name down", "name desc desc", "name; DROP TABLE x"] {
            assert!(Order::parse(bad, &fields).is_err(), "{bad}");
        }
    }
}
