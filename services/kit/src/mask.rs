//! Field masks of updates (AIP-134).

use prost_types::FieldMask;

use crate::error::{Error, Result};

/// The fields that an update names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask(Vec<String>);

impl Mask {
    /// Reads an update mask. `allowed` are the fields that can be updated; an absent mask and `*` mean all of them.
    pub fn parse(mask: Option<FieldMask>, allowed: &[&str]) -> Result<Self> {
        let paths = mask.map(|mask| mask.paths).unwrap_or_default();
        if paths.is_empty() || paths == ["*"] {
            return Ok(Self(allowed.iter().map(|path| (*path).to_owned()).collect()));
        }
        match paths.iter().find(|path| !allowed.contains(&path.as_str())) {
            Some(unknown) => Err(Error::invalid(
                "update_mask",
                unknown,
                format!("one of {}", allowed.join(", ")),
            )),
            None => Ok(Self(paths)),
        }
    }

    /// True if the update names `field`.
    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|path| path == field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_only_what_can_be_updated() {
        let mask = |paths: &[&str]| FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        };
        let allowed = ["display_name", "phone"];
        assert!(Mask::parse(None, &allowed).expect("all").has("phone"));
        assert!(Mask::parse(Some(mask(&["*"])), &allowed).expect("all").has("phone"));
        let one = Mask::parse(Some(mask(&["phone"])), &allowed).expect("one");
        assert!(one.has("phone") && !one.has("display_name"));
        assert!(Mask::parse(Some(mask(&["name"])), &allowed).is_err());
    }
}
