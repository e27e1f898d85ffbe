//! Why a subcommand failed, as its user reads it.

use std::fmt::{self, Write as _};

use tonic_types::StatusExt as _;

/// Result of a subcommand.
pub type Result<T> = std::result::Result<T, Failure>;

/// Why a subcommand failed.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// States it.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<tonic::Status> for Failure {
    fn from(status: tonic::Status) -> Self {
        let reason = status
            .get_details_error_info()
            .map(|info| info.reason)
            .unwrap_or_default();
        let mut text = format!("{:?} {reason}: {}", status.code(), status.message());
        if let Some(bad) = status.get_details_bad_request() {
            for violation in bad.field_violations {
                let _ = write!(text, "\n  {}: {}", violation.field, violation.description);
            }
        }
        Self(text)
    }
}

macro_rules! from {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self(error.to_string())
            }
        })*
    };
}
from!(
    serde_json::Error,
    stores::Error,
    kit::error::Error,
    std::io::Error,
    prost::DecodeError,
    seed::ListError
);
