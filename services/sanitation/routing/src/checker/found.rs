//! How what is wrong is put down.

use super::{Check, Violation};

pub(super) trait Number: Copy {
    fn number(self) -> i64;
}

impl Number for i64 {
    fn number(self) -> i64 {
        self
    }
}

impl Number for usize {
    fn number(self) -> i64 {
        i64::try_from(self).unwrap_or(i64::MAX)
    }
}

impl Check<'_> {
    pub(super) fn report(&mut self, path: &str, rule: &'static str, value: impl Number, expected: impl Number) {
        let (value, expected) = (value.number(), expected.number());
        self.broken.push(Violation {
            path: path.to_owned(),
            rule,
            value,
            expected,
        });
    }

    pub(super) fn equal(&mut self, path: &str, field: &str, value: impl Number, expected: impl Number) {
        if value.number() != expected.number() {
            self.report(
                &format!("{path}.{field}"),
                "must equal the recomputed number",
                value,
                expected,
            );
        }
    }

    pub(super) fn at_most(&mut self, path: &str, rule: &'static str, value: impl Number, limit: impl Number) {
        if value.number() > limit.number() {
            self.report(path, rule, value, limit);
        }
    }
}
