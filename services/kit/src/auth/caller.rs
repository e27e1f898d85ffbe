//! The caller of a method.

/// An authenticated caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// `sub` of the token: a stable id of the person or system.
    pub subject: String,
    /// Division prefix that the caller may touch, digits only; empty means everything.
    pub scope: String,
    /// What the caller may do, for example `homestead.payments.write`, `homestead.*` or `*`.
    pub permissions: Vec<String>,
}

impl Caller {
    /// True if the caller holds `permission`, itself or through a wildcard.
    pub fn can(&self, permission: &str) -> bool {
        self.permissions.iter().any(|held| match held.strip_suffix(".*") {
            Some(parts) => permission.strip_prefix(parts).is_some_and(|rest| rest.starts_with('.')),
            None => held == permission || held == "*",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_cover_whole_parts() {
        let caller = |held: &str| Caller {
            subject: "a".to_owned(),
            scope: String::new(),
            permissions: vec![held.to_owned()],
        };
        assert!(caller("*").can("villages.divisions.read"));
        assert!(caller("villages.*").can("villages.divisions.read"));
        assert!(!caller("villages.*").can("villagesx.divisions.read"));
        assert!(!caller("villages.divisions.read").can("villages.divisions.write"));
        assert!(caller("villages.divisions.*").can("villages.divisions.read"));
        for held in [
            "",
            ".*",
            "villages.*.read",
            "villages.div*",
            "villages*",
            "**",
            "villages.divisions.read.*",
        ] {
            assert!(!caller(held).can("villages.divisions.read"), "{held}");
        }
    }
}
