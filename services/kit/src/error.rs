//! The closed set of failures a call can end with, and their form on the wire.

mod sqlstate;
mod wire;

use std::{borrow::Cow, fmt::Display, time::Duration};

pub(crate) use sqlstate::LOST_TRANSACTION;
pub use wire::DOMAIN;

/// Result of everything that can fail towards a caller.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The kinds of failure; each maps to one gRPC code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The request is malformed or out of range: `INVALID_ARGUMENT`.
    Invalid,
    /// No acceptable token: `UNAUTHENTICATED`.
    Unauthenticated,
    /// The token lacks a permission: `PERMISSION_DENIED`.
    Denied,
    /// It does not exist, or the caller may not know that it does: `NOT_FOUND`.
    NotFound,
    /// It exists already: `ALREADY_EXISTS`.
    Exists,
    /// Somebody changed it in between: `ABORTED`.
    Stale,
    /// A rule of the field forbids it in the present state: `FAILED_PRECONDITION`.
    Rule,
    /// Too much at once: `RESOURCE_EXHAUSTED`.
    Limited,
    /// The caller's deadline has passed: `DEADLINE_EXCEEDED`.
    Deadline,
    /// The caller or an operator stopped it: `CANCELLED`.
    Cancelled,
    /// A store or peer does not answer: `UNAVAILABLE`.
    Unavailable,
    /// A defect of ours: `INTERNAL`; the public text is fixed.
    Internal,
}

/// One refused field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Path of the field in the request, for example `household.members`.
    pub field: String,
    /// The value as received, cut to 64 characters.
    pub value: String,
    /// What is allowed, in English.
    pub rule: String,
}

impl Violation {
    /// States that `field` carries `value`, which breaks `rule`.
    pub fn new(field: impl Into<String>, value: impl Display, rule: impl Into<String>) -> Self {
        let value: String = value.to_string().chars().take(64).collect();
        Self {
            field: field.into(),
            value,
            rule: rule.into(),
        }
    }
}

/// A failure with everything the caller is told, and privately what caused it.
#[derive(Debug, Clone)]
pub struct Error(pub(crate) Box<Inner>);

#[derive(Debug, Clone)]
pub(crate) struct Inner {
    pub kind: Kind,
    pub reason: &'static str,
    pub message: Cow<'static, str>,
    pub message_zh: Cow<'static, str>,
    pub subject: String,
    pub violations: Vec<Violation>,
    pub retry_after: Option<Duration>,
    /// Logged once at the boundary, never sent.
    pub source: Option<String>,
}

impl Error {
    fn new(
        kind: Kind,
        reason: &'static str,
        message: impl Into<Cow<'static, str>>,
        message_zh: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self(Box::new(Inner {
            kind,
            reason,
            message: message.into(),
            message_zh: message_zh.into(),
            subject: String::new(),
            violations: Vec::new(),
            retry_after: None,
            source: None,
        }))
    }

    fn about(mut self, subject: impl Into<String>) -> Self {
        self.0.subject = subject.into();
        self
    }

    fn because(mut self, source: impl Display) -> Self {
        self.0.source = Some(source.to_string());
        self
    }

    /// One field is refused: which, its value, what is allowed.
    pub fn invalid(field: impl Into<String>, value: impl Display, rule: impl Into<String>) -> Self {
        Self::invalid_many(vec![Violation::new(field, value, rule)])
    }

    /// Several fields are refused at once. An empty list is a defect of the caller of this function.
    pub fn invalid_many(violations: Vec<Violation>) -> Self {
        let (message, message_zh) = match violations.first() {
            Some(first) => (
                format!("{}: {:?} is not allowed; {}", first.field, first.value, first.rule),
                format!("字段 {} 的值 {:?} 不符合要求：{}", first.field, first.value, first.rule),
            ),
            None => ("invalid request".to_owned(), "请求无效".to_owned()),
        };
        let mut error = Self::new(Kind::Invalid, "INVALID_FIELD", message, message_zh);
        error.0.violations = violations;
        error
    }

    /// A required field is missing.
    pub fn required(field: impl Into<String>) -> Self {
        Self::invalid(field, "", "required")
    }

    /// An invalid request with a reason of its own, for example `REQUEST_ID_REUSED`.
    pub fn invalid_because(
        reason: &'static str,
        field: impl Into<String>,
        value: impl Display,
        rule: impl Into<String>,
    ) -> Self {
        let mut error = Self::invalid(field, value, rule);
        error.0.reason = reason;
        error
    }

    /// No acceptable token; `reason` says why, for example `TOKEN_EXPIRED`.
    pub fn unauthenticated(reason: &'static str, message: &'static str) -> Self {
        Self::new(Kind::Unauthenticated, reason, message, "身份令牌缺失或无效，请重新登录")
    }

    /// The token lacks `permission`.
    pub fn denied(permission: &str) -> Self {
        Self::new(
            Kind::Denied,
            "PERMISSION_MISSING",
            format!("the token lacks permission {permission}"),
            format!("缺少权限 {permission}"),
        )
        .about(permission)
    }

    /// `resource` does not exist, or the caller may not know that it does.
    pub fn not_found(resource: impl Into<String>) -> Self {
        let resource = resource.into();
        Self::new(
            Kind::NotFound,
            "RESOURCE_NOT_FOUND",
            format!("{resource} does not exist"),
            format!("{resource} 不存在"),
        )
        .about(resource)
    }

    /// `resource` exists already.
    pub fn exists(resource: impl Into<String>) -> Self {
        let resource = resource.into();
        Self::new(
            Kind::Exists,
            "RESOURCE_EXISTS",
            format!("{resource} exists already"),
            format!("{resource} 已存在"),
        )
        .about(resource)
    }

    /// `resource` was changed since the caller read it.
    pub fn stale(resource: impl Into<String>) -> Self {
        let resource = resource.into();
        Self::new(
            Kind::Stale,
            "RESOURCE_CHANGED",
            format!("{resource} was changed in between; read it again"),
            format!("{resource} 已被他人修改，请重新读取"),
        )
        .about(resource)
    }

    /// A rule of the field forbids it now.
    pub fn rule(
        reason: &'static str,
        subject: impl Into<String>,
        message: impl Into<Cow<'static, str>>,
        message_zh: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Kind::Rule, reason, message, message_zh).about(subject)
    }

    /// Too much at once; try again after `retry_after`.
    pub fn limited(retry_after: Duration) -> Self {
        let mut error = Self::new(
            Kind::Limited,
            "TOO_MANY_CALLS",
            "too many calls",
            "请求过多，请稍后重试",
        );
        error.0.retry_after = Some(retry_after);
        error
    }

    /// The caller's deadline has passed.
    pub fn deadline() -> Self {
        Self::new(Kind::Deadline, "DEADLINE_PASSED", "the deadline has passed", "处理超时")
    }

    /// The work was cancelled.
    pub fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "CANCELLED", "the work was cancelled", "操作已取消")
    }

    /// A store or peer does not answer; `what` names it, `source` is only logged.
    pub fn unavailable(what: &'static str, source: impl Display) -> Self {
        let mut error = Self::new(
            Kind::Unavailable,
            "DEPENDENCY_UNAVAILABLE",
            format!("{what} does not answer"),
            "服务暂不可用，请稍后重试",
        )
        .about(what)
        .because(source);
        error.0.retry_after = Some(Duration::from_secs(1));
        error
    }

    /// A store or peer was told what to do and has not answered, so nobody knows whether it was done; `what` names it, `source`
    /// is only logged. For calls that do the same thing once, however often they are repeated.
    pub fn outcome_unknown(what: &'static str, source: impl Display) -> Self {
        let mut error = Self::unavailable(what, source);
        error.0.reason = "OUTCOME_UNKNOWN";
        error.0.message = format!(
            "{what} did not answer: whether it was done is unknown; send the same request with the same id again, it is done once"
        )
        .into();
        error.0.message_zh = "未收到答复，结果不明；请以同一请求编号重新提交，不会重复办理".into();
        error
    }

    /// A defect of ours; `source` is only logged.
    pub fn internal(source: impl Display) -> Self {
        Self::new(Kind::Internal, "INTERNAL", "internal error", "内部错误").because(source)
    }

    /// The kind of failure.
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The stable reason in UPPER_SNAKE_CASE.
    pub fn reason(&self) -> &'static str {
        self.0.reason
    }

    /// What is told in English.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What is told in Chinese.
    pub fn message_zh(&self) -> &str {
        &self.0.message_zh
    }

    /// The refused fields; empty for other kinds than [`Kind::Invalid`].
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.0.reason, self.0.message)?;
        match &self.0.source {
            Some(source) => write!(f, " ({source})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
