//! A contradiction in a document, with its place.

/// One contradiction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Place in the document, for example `tariffs[0].bands[2].from_dm2`.
    pub path: String,
    /// Stable reason in UPPER_SNAKE_CASE.
    pub reason: &'static str,
    /// What is wrong and what is allowed, in English.
    pub message: String,
    /// The same in Chinese.
    pub message_zh: String,
}

impl Problem {
    /// States that `reason` holds at `path`.
    pub fn new(
        path: impl Into<String>,
        reason: &'static str,
        message: impl Into<String>,
        message_zh: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            reason,
            message: message.into(),
            message_zh: message_zh.into(),
        }
    }
}
