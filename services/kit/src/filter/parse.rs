//! Text → conditions.

use super::{Condition, Field, Kind, LONGEST, Value};
use crate::{
    dates,
    error::{Error, Result},
};

/// Longest first, so that `<=` is not read as `<`.
const OPERATORS: [&str; 7] = ["!=", "<=", ">=", "=", "<", ">", ":"];

pub(super) fn filter(text: &str, fields: &[Field]) -> Result<Vec<Condition>> {
    if text.chars().count() > LONGEST {
        return Err(Error::invalid("filter", text, format!("at most {LONGEST} characters")));
    }
    let mut reader = Reader {
        whole: text,
        rest: text.trim_start(),
    };
    let mut conditions = Vec::new();
    while !reader.rest.is_empty() {
        if !conditions.is_empty() {
            reader.and()?;
        }
        conditions.push(reader.condition(fields)?);
    }
    Ok(conditions)
}

struct Reader<'a> {
    whole: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn condition(&mut self, fields: &[Field]) -> Result<Condition> {
        let name = self.word();
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            return Err(self.expected(&format!("one of the fields {}", names.join(", "))));
        };
        let Some(operator) = OPERATORS.into_iter().find(|operator| self.rest.starts_with(operator)) else {
            return Err(self.expected("one of = != < <= > >= :"));
        };
        self.skip(operator.len());
        let text = self.value()?;
        let value = self.typed(field, &text)?;
        let operator = match (field.kind, operator) {
            // `^@` is PostgreSQL's "starts with".
            (Kind::Text, ":") => "^@",
            (_, ":") => return Err(self.expected(&format!("`:` only on texts; {} is none", field.name))),
            (Kind::Bool, "<" | "<=" | ">" | ">=") => return Err(self.expected(&format!("= or != on {}", field.name))),
            (_, "!=") => "<>",
            (_, operator) => operator,
        };
        Ok(Condition {
            column: field.column,
            operator,
            value,
        })
    }

    fn and(&mut self) -> Result<()> {
        match self.word() {
            "AND" => Ok(()),
            _ => Err(self.expected("AND between conditions; OR, NOT and parentheses are not supported")),
        }
    }

    fn typed(&self, field: &Field, text: &str) -> Result<Value> {
        match field.kind {
            Kind::Text => Ok(Value::Text(text.to_owned())),
            Kind::Int => text
                .parse()
                .map(Value::Int)
                .map_err(|_| self.expected(&format!("a whole number for {}", field.name))),
            Kind::Bool => text
                .parse()
                .map(Value::Bool)
                .map_err(|_| self.expected(&format!("true or false for {}", field.name))),
            Kind::Date => dates::parse("filter", text).map(Value::Date),
        }
    }

    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        let (word, _) = self.rest.split_at(end);
        self.skip(end);
        word
    }

    fn value(&mut self) -> Result<String> {
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let end = quoted.find('"').ok_or_else(|| self.expected("a closing \""))?;
            let (value, _) = quoted.split_at(end);
            self.skip(end + 2);
            return Ok(value.to_owned());
        }
        let end = self.rest.find(char::is_whitespace).unwrap_or(self.rest.len());
        let (value, _) = self.rest.split_at(end);
        if value.is_empty() {
            return Err(self.expected("a value"));
        }
        self.skip(end);
        Ok(value.to_owned())
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default().trim_start();
    }

    /// An error at the present position.
    fn expected(&self, rule: &str) -> Error {
        let position = self.whole.len() - self.rest.len();
        Error::invalid("filter", self.whole, format!("{rule} (near byte {position})"))
    }
}
