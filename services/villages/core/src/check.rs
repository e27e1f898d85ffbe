//! Finds the contradictions of a plan document, every one with its path.

mod acceptance;
mod accountability;
mod area;
mod calendar;
mod hotspots;
mod parts;
mod programme;
mod quota;
mod standard;
mod task;

use std::collections::HashSet;

use time::Date;

use crate::{
    document::{Comparison, Criterion, Direction, Document, Indicator},
    problem::{Problem, Problems},
};

/// Longest programme.
const LONGEST_YEARS: i32 = 10;

/// Everything that can be told from the document alone.
pub fn structure(document: &Document) -> Vec<Problem> {
    let mut problems = Problems::default();
    programme::check(document, &mut problems);
    area::check_terrains(document, &mut problems);
    standard::check(document, &mut problems);
    area::check_batches(document, &mut problems);
    quota::check(document, &mut problems);
    task::check(document, &mut problems);
    calendar::check(&document.calendar, &mut problems);
    accountability::check(document, &mut problems);
    hotspots::check(&document.hotspots, &mut problems);
    acceptance::check(document, &mut problems);
    problems.into_vec()
}

/// What contradicts the register: `villages` are the codes of the rated villages in the plan's division, ascending.
pub fn register(document: &Document, villages: &[String]) -> Vec<Problem> {
    let mut problems = Problems::default();
    area::check_register(document, villages, &mut problems);
    quota::check_register(document, villages, &mut problems);
    problems.into_vec()
}

/// How a criterion compares: as it says, else as the indicator's direction asks.
pub(crate) fn comparison(criterion: &Criterion, indicator: &Indicator) -> Comparison {
    criterion.comparison.unwrap_or(match indicator.direction {
        Direction::Higher => Comparison::AtLeast,
        Direction::Lower => Comparison::AtMost,
    })
}

fn indicator<'a>(document: &'a Document, code: &str) -> Option<&'a Indicator> {
    document.indicators.iter().find(|indicator| indicator.code == code)
}

fn is_code(text: &str) -> bool {
    text.len() <= 64
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Checks the code and name that every element of a list carries.
fn named<'a>(path: &str, code: &'a str, display_name: &str, seen: &mut HashSet<&'a str>, problems: &mut Problems) {
    if !is_code(code) {
        problems.add(
            format_args!("{path}.code"),
            "CODE_MALFORMED",
            format!("{code:?}: a code has 1–64 characters of a–z, 0–9 and underscore and begins with a letter"),
            format!("{code:?}：编号须为 1–64 位小写字母、数字或下划线，以字母开头"),
        );
    } else if !seen.insert(code) {
        problems.add(
            format_args!("{path}.code"),
            "DUPLICATE_CODE",
            format!("{code} is used twice"),
            format!("编号 {code} 重复"),
        );
    }
    text(&format!("{path}.display_name"), display_name, problems);
}

fn text(path: &str, value: &str, problems: &mut Problems) {
    if value.trim().is_empty() {
        problems.missing(path);
    } else if value.chars().count() > 100 {
        problems.add(path, "TOO_LONG", "at most 100 characters", "最多 100 个字符");
    }
}

/// Whether a day lies inside the programme; true where the programme itself is not stated.
fn in_programme(document: &Document, day: Date) -> bool {
    document.start_date.is_none_or(|start| start <= day) && document.end_date.is_none_or(|end| day <= end)
}

fn outside_programme(path: &str, day: Date, problems: &mut Problems) {
    problems.add(
        path,
        "OUTSIDE_PROGRAMME",
        format!("{day} lies outside the programme"),
        format!("{day} 不在方案起止日期之内"),
    );
}

#[cfg(test)]
mod tests;
