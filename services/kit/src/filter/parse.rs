//! Text → conditions.

use super::{Condition, Field, Kind, LONGEST, Value};
use crate::{
    dates,
    error::{Error, Result},
};

/// Longest first, so that `<=` is not read as `<`.
const OPERATORS: [&str; 7] = ["!=", "<=", ">=", "=", "<", ">", ":"];

/// Characters that no bare word may hold.
const QUOTED_ONLY: [char; 9] = ['"', '\'', '(', ')', '=', '<', '>', '\\', '\0'];

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

/// A value as it is written: its text, and whether a `*` at its beginning or end stands for anything.
#[derive(Default)]
struct Written {
    text: String,
    open_start: bool,
    open_end: bool,
}

impl<'a> Reader<'a> {
    fn condition(&mut self, fields: &[Field]) -> Result<Condition> {
        let at = self.rest;
        let name = self.word();
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
            return Err(self.refused(at, &format!("one of the fields {}", names.join(", "))));
        };
        let at = self.rest;
        let Some(operator) = OPERATORS.into_iter().find(|operator| at.starts_with(operator)) else {
            return Err(self.refused(at, "one of = != < <= > >= :"));
        };
        match (field.kind, operator) {
            (Kind::Text, _)
            | (Kind::Int | Kind::Date, "=" | "!=" | "<" | "<=" | ">" | ">=")
            | (Kind::Bool, "=" | "!=") => {}
            (Kind::Bool, _) => return Err(self.refused(at, &format!("= or != on {name}"))),
            _ => return Err(self.refused(at, &format!("`:` only on texts; {name} is none"))),
        }
        self.skip(operator.len());
        let at = self.rest;
        let written = self.value()?;
        let (operator, value) = match field.kind {
            Kind::Text => text(operator, &written),
            Kind::Int => {
                let value = written.literal().parse();
                let refused = |_| self.refused(at, &format!("a whole number for {name}"));
                (plain(operator), Value::Int(value.map_err(refused)?))
            }
            Kind::Bool => {
                let value = written.literal().parse();
                let refused = |_| self.refused(at, &format!("true or false for {name}"));
                (plain(operator), Value::Bool(value.map_err(refused)?))
            }
            Kind::Date => (
                plain(operator),
                Value::Date(dates::parse("filter", &written.literal())?),
            ),
        };
        Ok(Condition {
            column: field.column,
            operator,
            value,
        })
    }

    fn and(&mut self) -> Result<()> {
        let at = self.rest;
        match self.word() {
            "AND" => Ok(()),
            _ => Err(self.refused(at, "AND between conditions; OR, NOT and parentheses are not supported")),
        }
    }

    fn word(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.')
            .unwrap_or(self.rest.len());
        let (word, _) = self.rest.split_at(end);
        self.skip(end);
        word
    }

    fn value(&mut self) -> Result<Written> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let at = self.rest;
        let end = at.find(char::is_whitespace).unwrap_or(at.len());
        let (bare, _) = at.split_at(end);
        if matches!(bare, "" | "AND" | "OR" | "NOT") {
            return Err(self.refused(at, "a value"));
        }
        if let Some(strange) = bare.find(QUOTED_ONLY) {
            let (_, strange) = at.split_at(strange);
            return Err(self.refused(strange, "a value in double quotes, since it holds such a character"));
        }
        let mut written = Written::default();
        let all = bare.chars().count();
        for (index, character) in bare.chars().enumerate() {
            written.push(character, index == 0, index + 1 == all);
        }
        self.skip(end);
        Ok(written)
    }

    fn quoted(&mut self) -> Result<Written> {
        let mut written = Written::default();
        let mut characters = self.rest.char_indices().skip(1).peekable();
        let mut first = true;
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.skip(at + 1);
                    return Ok(written);
                }
                '\\' => {
                    let Some((_, escaped @ ('"' | '\\' | '*'))) = characters.next() else {
                        let (_, rest) = self.rest.split_at(at);
                        return Err(self.refused(rest, r#"after a backslash one of " \ *"#));
                    };
                    written.text.push(escaped);
                }
                '\0' => {
                    let (_, rest) = self.rest.split_at(at);
                    return Err(self.refused(rest, "no NUL"));
                }
                _ => {
                    let last = matches!(characters.peek(), Some((_, '"')));
                    written.push(character, first, last);
                }
            }
            first = false;
        }
        Err(self.refused("", "a closing \""))
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default().trim_start();
    }

    /// What had to stand where `at` begins, counted in characters from 1.
    fn refused(&self, at: &str, rule: &str) -> Error {
        let before = self.whole.get(..self.whole.len() - at.len()).unwrap_or_default();
        let position = before.chars().count() + 1;
        Error::invalid("filter", self.whole, format!("at character {position}: {rule}"))
    }
}

impl Written {
    fn push(&mut self, character: char, first: bool, last: bool) {
        match character {
            '*' if first => self.open_start = true,
            '*' if last => self.open_end = true,
            _ => self.text.push(character),
        }
    }

    /// The value with its stars as plain characters.
    fn literal(&self) -> String {
        let star = |open| if open { "*" } else { "" };
        format!("{}{}{}", star(self.open_start), self.text, star(self.open_end))
    }
}

fn plain(operator: &'static str) -> &'static str {
    // Where nothing is recorded, it is not equal either.
    if operator == "!=" { "IS DISTINCT FROM" } else { operator }
}

fn text(operator: &'static str, written: &Written) -> (&'static str, Value) {
    if (written.open_start || written.open_end) && matches!(operator, "=" | "!=") {
        let mut pattern = String::new();
        pattern.extend(written.open_start.then_some('%'));
        for character in written.text.chars() {
            pattern.extend(matches!(character, '%' | '_' | '\\').then_some('\\'));
            pattern.push(character);
        }
        pattern.extend(written.open_end.then_some('%'));
        return (if operator == "=" { "LIKE" } else { "NOT LIKE" }, Value::Text(pattern));
    }
    // `^@` is PostgreSQL's "starts with".
    let operator = if operator == ":" { "^@" } else { plain(operator) };
    (operator, Value::Text(written.literal()))
}
