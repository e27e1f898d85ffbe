//! Free ports on the loopback interface.

use std::{
    hash::Hasher as _,
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

use crate::{Error, Result};

/// Below the range that the kernel hands out for outgoing connections.
const FIRST: u16 = 21_000;
const COUNT: u16 = 10_000;

/// The port used before if it is free, else the first free one after a start that depends on the folder, so that
/// checkouts rarely meet.
pub fn free(before: Option<&str>, folder: &Path, taken: &[u16]) -> Result<u16> {
    let usable = |port: &u16| !taken.contains(port) && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok();
    let before = before.and_then(|port| port.parse().ok());
    let start = u16::try_from(digest(folder) % u64::from(COUNT)).unwrap_or(0);
    before
        .into_iter()
        .chain((0..COUNT).map(|step| FIRST + (start + step) % COUNT))
        .find(usable)
        .ok_or_else(|| Error::new(format!("no free port from {FIRST} to {}", FIRST + COUNT - 1)))
}

/// A short number that tells folders apart; the same in every run.
pub fn digest(folder: &Path) -> u64 {
    use std::os::unix::ffi::OsStrExt as _;
    let mut hasher = std::hash::DefaultHasher::new();
    hasher.write(folder.as_os_str().as_bytes());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_taken_ports_alone() {
        let folder = Path::new("/a/checkout");
        let first = free(None, folder, &[]).expect("a free port");
        assert_eq!(free(Some(&first.to_string()), folder, &[]).expect("the same"), first);
        let _held = TcpListener::bind((Ipv4Addr::LOCALHOST, first)).expect("held");
        let other = free(Some(&first.to_string()), folder, &[]).expect("another");
        assert_ne!(other, first);
        assert_ne!(free(None, folder, &[other]).expect("a third"), other);
    }
}
