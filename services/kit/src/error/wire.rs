//! The failure as a gRPC status with `google.rpc` details, at most 3 KiB in all: longer trailers break foreign clients.

use std::collections::HashMap;

use prost::Message as _;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::{Error, Kind};

/// `ErrorInfo.domain` of every failure.
pub const DOMAIN: &str = "xiangtu";

const MOST_VIOLATIONS: usize = 8;
/// Bytes of a field path and of a rule: eight of both leave room for the rest.
const LONGEST_PATH: usize = 80;
const LONGEST_RULE: usize = 140;
const LONGEST_TEXT: usize = 160;

impl Kind {
    /// The gRPC code of this kind.
    pub fn code(self) -> Code {
        match self {
            Self::Invalid => Code::InvalidArgument,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::Denied => Code::PermissionDenied,
            Self::NotFound => Code::NotFound,
            Self::Exists => Code::AlreadyExists,
            Self::Stale => Code::Aborted,
            Self::Rule => Code::FailedPrecondition,
            Self::Limited => Code::ResourceExhausted,
            Self::Deadline => Code::DeadlineExceeded,
            Self::Cancelled => Code::Cancelled,
            Self::Unavailable => Code::Unavailable,
            Self::Internal => Code::Internal,
        }
    }
}

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        if error.kind() == Kind::Internal {
            tracing::error!(error = %error, "internal error");
        } else if error.0.source.is_some() {
            tracing::warn!(error = %error, "call failed");
        }
        let message = cut(&error.0.message);
        Self::with_error_details(error.kind().code(), message, details(&error))
    }
}

/// The failure as a part of an answer, with the details that it would have as the answer.
impl From<Error> for proto::google::rpc::Status {
    fn from(error: Error) -> Self {
        let status = Status::from(error);
        let plain = || Self {
            code: status.code().into(),
            message: status.message().to_owned(),
            details: Vec::new(),
        };
        Self::decode(status.details()).unwrap_or_else(|_| plain())
    }
}

fn details(error: &Error) -> ErrorDetails {
    let inner = &error.0;
    let mut metadata = HashMap::new();
    if !inner.subject.is_empty() {
        metadata.insert("subject".to_owned(), cut(&inner.subject));
    }
    if let Some(first) = inner.violations.first() {
        metadata.insert("field".to_owned(), cut(&first.field));
        metadata.insert("value".to_owned(), cut(&first.value));
    }
    let mut details = ErrorDetails::new();
    details.set_error_info(inner.reason, DOMAIN, metadata);
    details.set_localized_message("zh-CN", cut(&inner.message_zh));
    for violation in inner.violations.iter().take(MOST_VIOLATIONS) {
        let rule = format!("{:?} is not allowed; {}", violation.value, violation.rule);
        details.add_bad_request_violation(cut_to(&violation.field, LONGEST_PATH), cut_to(&rule, LONGEST_RULE));
    }
    if inner.kind == Kind::Rule {
        details.add_precondition_failure_violation(inner.reason, cut(&inner.subject), cut(&inner.message));
    }
    if let Some(after) = inner.retry_after {
        details.set_retry_info(Some(after));
    }
    details
}

/// Cuts at a character boundary, at most [`LONGEST_TEXT`] bytes.
fn cut(text: &str) -> String {
    cut_to(text, LONGEST_TEXT)
}

fn cut_to(text: &str, longest: usize) -> String {
    let mut end = text.len().min(longest);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::error::Violation;

    #[test]
    fn the_longest_status_fits_foreign_clients() {
        let violations = (0..100).map(|i| {
            Violation::new(
                format!("items[{i}].{}", "长".repeat(300)),
                "值".repeat(200),
                "r".repeat(900),
            )
        });
        let status = Status::from(Error::invalid_many(violations.collect()));
        assert!(
            status.details().len() + status.message().len() <= 3 * 1024,
            "{}",
            status.details().len()
        );
        let decoded = tonic_types::Status::decode(status.details()).expect("details decode");
        assert_eq!(decoded.code, i32::from(Code::InvalidArgument));
    }

    #[test]
    fn internals_stay_inside() {
        let status = Status::from(Error::internal("password=secret"));
        assert_eq!(status.message(), "internal error");
        assert!(!String::from_utf8_lossy(status.details()).contains("secret"));
    }

    #[test]
    fn reason_and_field_are_in_the_details() {
        let status = Status::from(Error::invalid("parcel.area_dm2", -1, "0 or more"));
        let details = status.get_error_details();
        assert_eq!(details.error_info().map(|i| i.reason.as_str()), Some("INVALID_FIELD"));
        assert_eq!(
            details.bad_request().map(|b| b.field_violations[0].field.as_str()),
            Some("parcel.area_dm2")
        );
        assert_eq!(details.localized_message().map(|m| m.locale.as_str()), Some("zh-CN"));
    }
}
