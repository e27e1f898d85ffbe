//! Audiences of requests.

use kit::{
    division::Division,
    error::{Error, Result},
};
use proto::xiangtu::notifications::v1 as pb;
use uuid::Uuid;

use super::name::{Collection, division};

/// Whom a notice is for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Audience {
    /// Everybody here and, unless `exact`, below; `None` means by name only.
    pub division: Option<Division>,
    /// Only this division, nothing below.
    pub exact: bool,
    /// Only these roles; empty means all.
    pub roles: Vec<String>,
    /// By name.
    pub recipients: Vec<Uuid>,
}

impl Audience {
    /// Reads the audience of a request.
    pub fn parse(field: &str, audience: Option<&pb::Audience>) -> Result<Self> {
        let Some(audience) = audience else {
            return Ok(Self::default());
        };
        let path = |name: &str| format!("{field}.{name}");
        let division = match audience.division.as_str() {
            "" => None,
            code => Some(Division::parse(&path("division"), code)?),
        };
        if division.is_none() && (audience.exact || !audience.roles.is_empty()) {
            return Err(Error::invalid(path("division"), "", "required with roles or exact"));
        }
        if audience.recipients.len() > 1_000 {
            return Err(Error::invalid(
                path("recipients"),
                audience.recipients.len(),
                "at most 1,000",
            ));
        }
        let recipients = audience
            .recipients
            .iter()
            .enumerate()
            .map(|(at, name)| Collection::Recipients.parse(&format!("{}[{at}]", path("recipients")), name))
            .collect::<Result<_>>()?;
        Ok(Self {
            division,
            exact: audience.exact,
            roles: roles(&path("roles"), &audience.roles)?,
            recipients,
        })
    }

    /// Whether it can hold anybody.
    pub fn is_empty(&self) -> bool {
        self.division.is_none() && self.recipients.is_empty()
    }

    /// The answer.
    pub fn answer(&self) -> pb::Audience {
        pb::Audience {
            division: self
                .division
                .as_ref()
                .map(|code| division(code.code()))
                .unwrap_or_default(),
            roles: self.roles.clone(),
            recipients: self
                .recipients
                .iter()
                .map(|uid| Collection::Recipients.name(*uid))
                .collect(),
            exact: self.exact,
        }
    }
}

/// Checks a list of roles.
pub fn roles(field: &str, roles: &[String]) -> Result<Vec<String>> {
    if roles.len() > 20 {
        return Err(Error::invalid(field, roles.len(), "at most 20 roles"));
    }
    match roles.iter().enumerate().find(|(_, role)| !is_role(role)) {
        Some((at, role)) => Err(Error::invalid(
            format!("{field}[{at}]"),
            role,
            "1–64 characters a–z, 0–9 and _",
        )),
        None => Ok(roles.to_vec()),
    }
}

/// Whether `role` is 1–64 characters of a–z, 0–9 and `_`.
pub fn is_role(role: &str) -> bool {
    (1..=64).contains(&role.len())
        && role
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
