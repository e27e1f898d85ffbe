//! Etags: a short digest of what a resource holds, so that two people do not overwrite each other.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::digest::{Context, SHA256};

use crate::error::{Error, Result};

/// The etag of a resource made of `parts`; parts must hold everything that an update can change.
pub fn of(parts: &[&str]) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(context.finish().as_ref().get(..9).unwrap_or_default())
}

/// `ABORTED` if the caller read another state of `resource`; an empty `given` asks for no check.
pub fn check(given: &str, current: &str, resource: &str) -> Result<()> {
    if given.is_empty() || given == current {
        Ok(())
    } else {
        Err(Error::stale(resource))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_eq!(of(&["a"]), of(&["a"]));
        assert!(check("", "x", "r").is_ok() && check("x", "x", "r").is_ok() && check("y", "x", "r").is_err());
    }
}
