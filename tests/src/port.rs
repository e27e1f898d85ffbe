//! Ports for services that are other processes: reserved from the choice to the end of the test.

use std::{
    fs::{File, TryLockError},
    net::{Ipv4Addr, TcpListener},
};

/// Below the ports of the private stores and the range that the kernel hands out for outgoing connections.
const FIRST: u16 = 10_000;
const COUNT: u16 = 10_000;

/// A port that no other test of this machine is given while this lives.
///
/// A port asked of the kernel and let go would be handed to somebody's connection before the service binds it.
pub struct Port {
    /// Its number.
    pub number: u16,
    _locked: File,
}

impl Port {
    /// Reserves a free port of the loopback interface.
    ///
    /// # Panics
    ///
    /// If none is free.
    pub fn reserve() -> Self {
        let folder = std::env::temp_dir().join("xiangtu-ports");
        std::fs::create_dir_all(&folder).expect("a folder");
        let start = u16::try_from(std::process::id() * 16 % u32::from(COUNT)).expect("within the range");
        (0..COUNT)
            .map(|step| FIRST + (start + step) % COUNT)
            .find_map(|number| {
                let file = File::create(folder.join(number.to_string())).expect("a file of the port");
                match file.try_lock() {
                    Ok(()) => {}
                    Err(TryLockError::WouldBlock) => return None,
                    Err(TryLockError::Error(error)) => panic!("port {number} cannot be locked: {error}"),
                }
                TcpListener::bind((Ipv4Addr::LOCALHOST, number)).ok()?;
                Some(Self { number, _locked: file })
            })
            .expect("a free port")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reserved_port_is_given_once() {
        let (first, second) = (Port::reserve(), Port::reserve());
        assert_ne!(first.number, second.number);
        TcpListener::bind((Ipv4Addr::LOCALHOST, first.number)).expect("the port is free for its service");
    }
}
