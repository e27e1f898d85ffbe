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

/// Parts of a section in order of the document.
const PARTS: [&str; 20] = [
    "code",
    "display_name",
    "division",
    "start_date",
    "end_date",
    "rated_classes",
    "indicators",
    "tiers",
    "vetoes",
    "batches",
    "quotas",
    "task_templates",
    "calendar.weekly_rest_days",
    "calendar.closures",
    "calendar.make_up_days",
    "ladder",
    "policy",
    "terrains",
    "hotspots",
    "acceptance",
];

/// Brings problems of several checks into the order of the document, element by element.
pub fn in_order(problems: &mut [Problem]) {
    problems.sort_by_cached_key(|problem| {
        let path = problem.path.as_str();
        let of = |part: &&str| {
            let rest = path.strip_prefix(*part);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['[', '.']))
        };
        let part = PARTS.iter().position(of).unwrap_or(PARTS.len());
        let indexes = path
            .split('[')
            .skip(1)
            .filter_map(|rest| rest.split(']').next()?.parse().ok());
        (part, indexes.collect::<Vec<usize>>())
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_keep_their_order_and_problems_of_one_element_theirs() {
        let mut found = Problems::default();
        for path in [
            "quotas[10].tier",
            "ladder.steps[0]",
            "quotas[2].year",
            "calendar.make_up_days[0]",
            "calendar.closures[1].kind",
            "quotas[2].division",
            "code",
            "tiers[1].criteria[0].threshold",
            "tiers[0].criteria[3].indicator",
        ] {
            found.missing(path);
        }
        let mut found = found.into_vec();
        in_order(&mut found);
        let expected = [
            "code",
            "tiers[0].criteria[3].indicator",
            "tiers[1].criteria[0].threshold",
            "quotas[2].year",
            "quotas[2].division",
            "quotas[10].tier",
            "calendar.closures[1].kind",
            "calendar.make_up_days[0]",
            "ladder.steps[0]",
        ];
        assert_eq!(
            found.iter().map(|problem| problem.path.as_str()).collect::<Vec<_>>(),
            expected
        );
    }
}
