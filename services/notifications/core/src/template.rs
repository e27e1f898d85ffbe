//! Texts with typed variables: compiled once, rendered with precise problems.

use std::collections::{BTreeMap, BTreeSet};

use crate::variable::Kind;

/// A variable that a template declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Name as the texts write it.
    pub name: String,
    /// Kind of value.
    pub kind: Kind,
    /// Written where the value is missing; `None` makes the value required.
    pub default: Option<String>,
    /// What is written in place of certain values.
    pub labels: BTreeMap<String, String>,
}

impl Variable {
    fn write(&self, value: &str, language: &str) -> Option<String> {
        match self.labels.get(value) {
            Some(label) => Some(label.clone()),
            None => self.kind.write(value, language),
        }
    }
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextProblem {
    /// `{{` without `}}`.
    #[error("the braces opened at character {at} are not closed")]
    Unclosed {
        /// Character of the text, from 1.
        at: usize,
    },
    /// Not a name between the braces.
    #[error("{name:?} at character {at} is not the name of a variable: a–z, 0–9, _ and ., beginning with a letter")]
    BadName {
        /// What stands between the braces.
        name: String,
        /// Character of the text, from 1.
        at: usize,
    },
    /// A variable that the template does not declare.
    #[error("variable {name:?} at character {at} is not declared")]
    Undeclared {
        /// Name of the variable.
        name: String,
        /// Character of the text, from 1.
        at: usize,
    },
}

/// What is wrong with the value of one variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueProblem {
    /// Name of the variable.
    pub name: String,
    /// The value given; empty if none was.
    pub value: String,
    /// What is allowed.
    pub rule: String,
}

/// A text, cut into what stays and what is replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Variable(String),
}

/// Whether `name` can name a variable.
pub fn is_name(name: &str) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '.')
}

impl Text {
    /// Cuts `source`; every variable must be in `declared`. Answers all problems.
    pub fn compile(source: &str, declared: &[Variable]) -> Result<Self, Vec<TextProblem>> {
        let mut pieces = Vec::new();
        let mut problems = Vec::new();
        let mut literal = String::new();
        let mut rest = source;
        while let Some(open) = rest.find("{{") {
            literal.push_str(&rest[..open]);
            let at = source[..source.len() - rest.len() + open].chars().count() + 1;
            let after = &rest[open + 2..];
            if let Some(unescaped) = after.strip_prefix("{{") {
                literal.push_str("{{");
                rest = unescaped;
                continue;
            }
            let Some(close) = after.find("}}") else {
                problems.push(TextProblem::Unclosed { at });
                rest = "";
                break;
            };
            let name = after[..close].trim();
            if !is_name(name) {
                problems.push(TextProblem::BadName {
                    name: name.chars().take(64).collect(),
                    at,
                });
            } else if declared.iter().all(|variable| variable.name != name) {
                problems.push(TextProblem::Undeclared {
                    name: name.to_owned(),
                    at,
                });
            }
            if !literal.is_empty() {
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
            }
            pieces.push(Piece::Variable(name.to_owned()));
            rest = &after[close + 2..];
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal));
        }
        if problems.is_empty() {
            Ok(Self(pieces))
        } else {
            Err(problems)
        }
    }

    /// Puts `values` in, as [`values`] made them. A variable without a value is left out: `values` never lacks one.
    pub fn render(&self, values: &BTreeMap<String, String>) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Variable(name) => out.push_str(values.get(name).map_or("", String::as_str)),
            }
        }
        out
    }
}

/// Writes the given values in `language`, with defaults for missing ones. Answers every missing, unknown and mistyped one.
pub fn values(
    declared: &[Variable],
    given: &BTreeMap<String, String>,
    language: &str,
) -> Result<BTreeMap<String, String>, Vec<ValueProblem>> {
    let mut written = BTreeMap::new();
    let mut problems = Vec::new();
    let known: BTreeSet<&str> = declared.iter().map(|variable| variable.name.as_str()).collect();
    for variable in declared {
        let name = variable.name.clone();
        match (given.get(&name), &variable.default) {
            (Some(value), _) => match variable.write(value, language) {
                Some(text) => drop(written.insert(name, text)),
                None => problems.push(ValueProblem {
                    name,
                    value: value.chars().take(64).collect(),
                    rule: variable.kind.rule().to_owned(),
                }),
            },
            (None, Some(default)) => drop(written.insert(name, default.clone())),
            (None, None) => problems.push(ValueProblem {
                name,
                value: String::new(),
                rule: format!("required: {}", variable.kind.rule()),
            }),
        }
    }
    for (name, value) in given.iter().filter(|(name, _)| !known.contains(name.as_str())) {
        problems.push(ValueProblem {
            name: name.clone(),
            value: value.chars().take(64).collect(),
            rule: match declared
                .iter()
                .map(|variable| variable.name.as_str())
                .collect::<Vec<_>>()
            {
                names if names.is_empty() => "not a variable of the template, which has none".to_owned(),
                names => format!("not a variable of the template, which has {}", names.join(", ")),
            },
        });
    }
    if problems.is_empty() {
        Ok(written)
    } else {
        Err(problems)
    }
}

/// Chooses among the languages that a template has: the one wanted, else one of the same tongue, else the first.
pub fn choose_language<'a>(available: &[&'a str], wanted: &str) -> Option<&'a str> {
    let tongue = |language: &str| language.split('-').next().unwrap_or_default().to_owned();
    let exact = available.iter().find(|language| **language == wanted);
    let near = || available.iter().find(|language| tongue(language) == tongue(wanted));
    exact.or_else(near).or_else(|| available.first()).copied()
}

#[cfg(test)]
mod tests;
