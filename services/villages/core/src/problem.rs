//! Contradictions found in a plan, each with its place in the document.

use std::fmt::Display;

/// One contradiction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Place in the document, for example `tiers[2].criteria[4].indicator`.
    pub path: String,
    /// Stable reason in UPPER_SNAKE_CASE.
    pub reason: &'static str,
    /// What is wrong and what is allowed, in English.
    pub message: String,
    /// The same in Chinese.
    pub message_zh: String,
}

/// Contradictions found so far.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn add(
        &mut self,
        path: impl Display,
        reason: &'static str,
        message: impl Into<String>,
        message_zh: impl Into<String>,
    ) {
        self.0.push(Problem {
            path: path.to_string(),
            reason,
            message: message.into(),
            message_zh: message_zh.into(),
        });
    }

    /// A field that must be given is not.
    pub fn missing(&mut self, path: impl Display) {
        self.add(path, "REQUIRED", "required", "必填");
    }

    /// All of them, in the order found.
    pub fn into_vec(self) -> Vec<Problem> {
        self.0
    }
}
