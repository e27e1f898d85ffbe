//! What breaks a rule, as far as it is told.

use std::fmt::Display;

use crate::model::LIMIT;
use crate::{InvalidProblem, ProblemError, Window};

pub(super) struct Findings {
    errors: Vec<ProblemError>,
    count: usize,
}

impl Findings {
    pub(super) const fn new() -> Self {
        Self {
            errors: Vec::new(),
            count: 0,
        }
    }

    pub(super) fn ensure(
        &mut self,
        holds: bool,
        path: impl FnOnce() -> String,
        value: impl Display,
        rule: &'static str,
    ) {
        if holds {
            return;
        }
        self.count += 1;
        if self.errors.len() < InvalidProblem::MOST {
            self.errors.push(ProblemError {
                path: path(),
                value: value.to_string(),
                rule,
            });
        }
    }

    /// A quantity that may neither be negative nor absurd.
    pub(super) fn quantity(&mut self, path: impl FnOnce() -> String, value: i64) {
        self.ensure((0..=LIMIT).contains(&value), path, value, "must be 0 to 2^40");
    }

    pub(super) fn place(&mut self, path: impl FnOnce() -> String, place: usize, places: usize) {
        self.ensure(place < places, path, place, "must be the index of a place");
    }

    pub(super) fn windows(&mut self, owner: &str, windows: &[Window]) {
        self.ensure(
            windows.len() <= 64,
            || format!("{owner}.windows"),
            windows.len(),
            "must be at most 64 windows",
        );
        let mut free_from = 0;
        for (index, window) in windows.iter().enumerate() {
            let path = |field| move || format!("{owner}.windows[{index}].{field}");
            let after = "must be 0 to 2^40 and later than the window before";
            self.ensure(
                (free_from..=LIMIT).contains(&window.open_s),
                path("open_s"),
                window.open_s,
                after,
            );
            let closes = (window.open_s..=LIMIT).contains(&window.close_s);
            self.ensure(closes, path("close_s"), window.close_s, "must be open_s to 2^40");
            free_from = window.close_s.saturating_add(1);
        }
    }

    pub(super) fn done(self) -> Result<(), InvalidProblem> {
        if self.count == 0 {
            Ok(())
        } else {
            Err(InvalidProblem {
                errors: self.errors,
                count: self.count,
            })
        }
    }
}
