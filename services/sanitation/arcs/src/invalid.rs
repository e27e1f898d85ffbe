//! What is wrong with a stated problem, each violation with the path of its field.

use std::fmt;

use serde::Serialize;

/// One violated rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{path}: {rule} (is {value})")]
pub struct ProblemError {
    /// Path of the field, such as `tasks[3].passes`.
    pub path: String,
    /// The refused value.
    pub value: String,
    /// What the field has to fulfil.
    pub rule: &'static str,
}

/// Every violation of a stated problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct InvalidProblem {
    /// Violations in the order of the fields, at most [`InvalidProblem::MOST`].
    pub errors: Vec<ProblemError>,
    /// How many there are in all.
    pub count: usize,
}

impl InvalidProblem {
    /// Most violations that are listed.
    pub const MOST: usize = 100;
}

impl fmt::Display for InvalidProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} violations", self.count)?;
        for error in self.errors.iter().take(3) {
            write!(f, "; {error}")?;
        }
        Ok(())
    }
}
