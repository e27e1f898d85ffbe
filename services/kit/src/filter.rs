//! `filter` of lists: the part of AIP-160 that lists need, as conditions joined by `AND`.
//!
//! `village = "410225104201" AND area_dm2 >= 1000 AND name:王` — the operators are `=`, `!=`, `<`, `<=`, `>`, `>=` and `:`, which
//! means "begins with". Values are bare words or double-quoted texts, in which `\"`, `\\` and `\*` stand for themselves. With
//! `=` and `!=` a `*` at the beginning or end of a text stands for anything: `name = "*集*"`. `OR`, `NOT` and parentheses are
//! refused.

mod parse;

use sqlx::{Postgres, QueryBuilder};
use time::Date;

use crate::error::Result;

/// Longest filter in characters.
const LONGEST: usize = 1_000;

/// A field that a list can be filtered by.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name in the API.
    name: &'static str,
    /// SQL column.
    column: &'static str,
    /// What its values are.
    kind: Kind,
}

impl Field {
    /// A field of texts.
    pub const fn text(name: &'static str, column: &'static str) -> Self {
        Self::of(name, column, Kind::Text)
    }

    /// A field of whole numbers.
    pub const fn int(name: &'static str, column: &'static str) -> Self {
        Self::of(name, column, Kind::Int)
    }

    /// A field that is `true` or `false`.
    pub const fn bool(name: &'static str, column: &'static str) -> Self {
        Self::of(name, column, Kind::Bool)
    }

    /// A field of dates `YYYY-MM-DD`.
    pub const fn date(name: &'static str, column: &'static str) -> Self {
        Self::of(name, column, Kind::Date)
    }

    const fn of(name: &'static str, column: &'static str, kind: Kind) -> Self {
        Self { name, column, kind }
    }
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A text; the only kind that takes `:`.
    Text,
    /// A whole number.
    Int,
    /// `true` or `false`; takes `=` and `!=`.
    Bool,
    /// A date `YYYY-MM-DD`.
    Date,
}

/// A checked filter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Filter(Vec<Condition>);

#[derive(Debug, Clone, PartialEq)]
struct Condition {
    column: &'static str,
    operator: &'static str,
    value: Value,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Int(i64),
    Bool(bool),
    Date(Date),
}

impl Filter {
    /// Reads a filter over `fields`. `INVALID_ARGUMENT` names the place and what is allowed there.
    pub fn parse(filter: &str, fields: &[Field]) -> Result<Self> {
        parse::filter(filter, fields).map(Self)
    }

    /// Adds ` AND …` for every condition, with bound values.
    pub fn push(&self, query: &mut QueryBuilder<Postgres>) {
        for condition in &self.0 {
            let (operator, end) = match condition.operator {
                // Where nothing is recorded, it does not match either.
                "NOT LIKE" => ("LIKE", ") IS NOT TRUE"),
                operator => (operator, ")"),
            };
            query
                .push(" AND (")
                .push(condition.column)
                .push(" ")
                .push(operator)
                .push(" ");
            match &condition.value {
                Value::Text(value) => query.push_bind(value.clone()),
                Value::Int(value) => query.push_bind(*value),
                Value::Bool(value) => query.push_bind(*value),
                Value::Date(value) => query.push_bind(*value),
            }
            .push(end);
        }
    }
}

#[cfg(test)]
mod tests;
