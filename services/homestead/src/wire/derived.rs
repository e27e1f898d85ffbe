//! Ids that follow from what they stand for, so that doing it again finds the same.

use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

/// The id of `parts` within `space`: a UUID of version 8 out of their SHA-256.
pub fn uid(space: &str, parts: &[&str]) -> Uuid {
    let mut hash = Sha256::new();
    for part in std::iter::once(&space).chain(parts) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_has_the_same_id_and_nothing_else_has() {
        let id = uid("line", &["410225001213", "F1"]);
        assert_eq!(id, uid("line", &["410225001213", "F1"]));
        assert_eq!(id.get_version_num(), 8);
        for other in [
            uid("line", &["410225001213F", "1"]),
            uid("line", &["410225001213", "F2"]),
            uid("post", &["410225001213", "F1"]),
        ] {
            assert_ne!(id, other);
        }
    }
}
