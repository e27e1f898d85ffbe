//! Resource names.

use kit::{
    division::Division,
    error::{Error, Result},
};
use uuid::Uuid;

/// Collections whose resources are named by a uid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// `recipients/{uid}`.
    Recipients,
    /// `endpoints/{uid}`.
    Endpoints,
    /// `notices/{uid}`.
    Notices,
    /// `deliveries/{uid}`.
    Deliveries,
    /// `inboxItems/{uid}`.
    InboxItems,
    /// `plans/{uid}`.
    Plans,
}

impl Collection {
    fn prefix(self) -> &'static str {
        match self {
            Self::Recipients => "recipients",
            Self::Endpoints => "endpoints",
            Self::Notices => "notices",
            Self::Deliveries => "deliveries",
            Self::InboxItems => "inboxItems",
            Self::Plans => "plans",
        }
    }

    /// The name of a resource.
    pub fn name(self, uid: Uuid) -> String {
        format!("{}/{uid}", self.prefix())
    }

    /// Reads the uid out of `name`.
    pub fn parse(self, field: &str, name: &str) -> Result<Uuid> {
        let uid = name.strip_prefix(self.prefix()).and_then(|rest| rest.strip_prefix('/'));
        uid.and_then(|uid| Uuid::try_parse(uid).ok())
            .ok_or_else(|| Error::invalid(field, name, format!("{}/{{uid}}", self.prefix())))
    }

    /// As [`Collection::parse`], where the field may be empty.
    pub fn optional(self, field: &str, name: &str) -> Result<Option<Uuid>> {
        if name.is_empty() {
            Ok(None)
        } else {
            self.parse(field, name).map(Some)
        }
    }
}

/// `divisions/{code}`.
pub fn division(code: &str) -> String {
    format!("divisions/{code}")
}

/// Code of a division that may be left out.
pub fn division_or_empty(field: &str, value: &str) -> Result<String> {
    if value.is_empty() {
        Ok(String::new())
    } else {
        Ok(Division::parse(field, value)?.into_code())
    }
}

/// A template, of which a version may be pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateName {
    /// Division that it belongs to.
    pub division: Division,
    /// Its id.
    pub id: String,
    /// The version, if the name has one.
    pub version: Option<i32>,
}

impl TemplateName {
    /// Reads `divisions/{code}/templates/{id}` with or without `/versions/{version}`.
    pub fn parse(field: &str, name: &str) -> Result<Self> {
        let bad = || {
            Error::invalid(
                field,
                name,
                "divisions/{code}/templates/{id}, optionally with /versions/{version}",
            )
        };
        let parts: Vec<&str> = name.split('/').collect();
        let (code, id, version) = match parts.as_slice() {
            ["divisions", code, "templates", id] => (code, id, None),
            ["divisions", code, "templates", id, "versions", version] => {
                let version = version.parse().ok().filter(|version: &i32| *version > 0);
                (code, id, Some(version.ok_or_else(bad)?))
            }
            _ => return Err(bad()),
        };
        if !is_id(id) {
            return Err(bad());
        }
        Ok(Self {
            division: Division::parse(field, code)?,
            id: (*id).to_owned(),
            version,
        })
    }

    /// The name of one version.
    pub fn of_version(division_code: &str, id: &str, version: i32) -> String {
        format!("divisions/{division_code}/templates/{id}/versions/{version}")
    }
}

/// Whether `id` is 1–64 characters of a–z, 0–9 and `-`.
pub fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_form() {
        let name = TemplateName::parse("template", "divisions/410225/templates/bulletin/versions/3").expect("a name");
        assert_eq!(
            (name.division.code(), name.id.as_str(), name.version),
            ("410225", "bulletin", Some(3))
        );
        for bad in [
            "",
            "templates/x",
            "divisions/410225/templates/X",
            "divisions/410225/templates/x/versions/0",
        ] {
            assert!(TemplateName::parse("template", bad).is_err(), "{bad}");
        }
        for bad in [
            "",
            "notices/",
            "notices/1",
            "deliveries/0197a3c0-7c1e-7000-8000-000000000001",
        ] {
            assert!(Collection::Notices.parse("name", bad).is_err(), "{bad}");
        }
    }
}
