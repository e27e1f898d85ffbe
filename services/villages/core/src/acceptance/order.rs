//! The order that a seed gives, which anyone can recompute with SHA-256 alone.

use crate::digest;

/// Place of `id` among things of one `kind`: the SHA-256 of `{seed}:{kind}:{id}`, in hexadecimal digits. Whoever does not know
/// the seed can tell nothing of the order.
pub(super) fn place(seed: &str, kind: &str, id: &str) -> String {
    digest::hex(format!("{seed}:{kind}:{id}").as_bytes())
}
