//! One contradiction, told either as a refused field of a request or as a problem of a plan.

use kit::error::{Error, Violation};
use proto::xiangtu::plan::v1::PlanProblem;

/// One contradiction in what somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Place, for example `templates[2].contents[0].title`.
    pub path: String,
    /// Stable reason in UPPER_SNAKE_CASE.
    pub reason: &'static str,
    /// The value as given.
    pub value: String,
    /// What is wrong and what is allowed.
    pub message: String,
    /// The same in Chinese.
    pub message_zh: String,
}

/// Collects the problems of one document.
#[derive(Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Adds one.
    pub fn add(&mut self, path: &str, reason: &'static str, value: &str, message: &str, message_zh: &str) {
        self.0.push(Problem {
            path: path.to_owned(),
            reason,
            value: value.chars().take(64).collect(),
            message: message.to_owned(),
            message_zh: message_zh.to_owned(),
        });
    }

    /// Tells all of them under a longer path.
    #[must_use]
    pub fn prefixed(mut self, prefix: &str) -> Self {
        for problem in &mut self.0 {
            problem.path.insert_str(0, prefix);
        }
        self
    }

    /// As the answer of a plan service.
    pub fn into_plan(self) -> Vec<PlanProblem> {
        let told = |problem: Problem| PlanProblem {
            path: problem.path,
            reason: problem.reason.to_owned(),
            message: match problem.value.as_str() {
                "" => problem.message,
                value => format!("{value:?}: {}", problem.message),
            },
            message_zh: problem.message_zh,
        };
        self.0.into_iter().map(told).collect()
    }

    /// As a refused request, or `value` if there is no problem.
    pub fn into_result<T>(self, value: T) -> Result<T, Error> {
        if self.0.is_empty() {
            return Ok(value);
        }
        let told = |problem: Problem| Violation::new(problem.path, problem.value, problem.message);
        Err(Error::invalid_many(self.0.into_iter().map(told).collect()))
    }
}
