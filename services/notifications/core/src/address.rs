//! Which addresses a webhook may call.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// A range of addresses, such as `10.12.0.0/16`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: u128,
    bits: u32,
    v4: bool,
}

/// Why a text is no range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a range of addresses such as 10.12.0.0/16")]
pub struct BadNetwork(String);

/// Why an address may not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// This machine.
    Loopback,
    /// Link-local, where clouds keep their metadata.
    LinkLocal,
    /// Private, and operations do not allow it.
    Private,
    /// Reserved, multicast, or a way to write another address.
    Special,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "it is this machine",
            Self::LinkLocal => "it is link-local",
            Self::Private => "it is private and not allowed by operations",
            Self::Special => "it is reserved",
        })
    }
}

impl FromStr for Network {
    type Err = BadNetwork;

    fn from_str(text: &str) -> Result<Self, BadNetwork> {
        let bad = || BadNetwork(text.chars().take(64).collect());
        let (address, bits) = text.split_once('/').ok_or_else(bad)?;
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let bits: u32 = bits.parse().map_err(|_| bad())?;
        let (base, v4) = number(address);
        if bits > width(v4) || base & !prefix(bits, v4) != 0 {
            return Err(bad());
        }
        Ok(Self { base, bits, v4 })
    }
}

impl Network {
    /// Whether `address` lies in the range. IPv4 addresses written as IPv6 are none of IPv4's.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (value, v4) = number(address);
        v4 == self.v4 && value & prefix(self.bits, v4) == self.base
    }
}

fn number(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(address) => (u128::from(u32::from(address)), true),
        IpAddr::V6(address) => (u128::from(address), false),
    }
}

fn width(v4: bool) -> u32 {
    if v4 { 32 } else { 128 }
}

fn prefix(bits: u32, v4: bool) -> u128 {
    let all = if v4 { u128::from(u32::MAX) } else { u128::MAX };
    all & !all.checked_shr(bits).unwrap_or(0)
}

/// Whether a webhook may call `address`. `allowed` holds the ranges that operations open; nothing opens the
/// metadata addresses, multicast and the ways to write an IPv4 address in IPv6.
pub fn check(address: IpAddr, allowed: &[Network]) -> Result<(), Denied> {
    let denied = match address {
        IpAddr::V4(address) => v4(address),
        IpAddr::V6(address) => v6(address),
    };
    match denied {
        Some(Denied::Loopback | Denied::Private) if allowed.iter().any(|network| network.contains(address)) => Ok(()),
        Some(denied) => Err(denied),
        None => Ok(()),
    }
}

fn v4(address: Ipv4Addr) -> Option<Denied> {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        (127, ..) => Some(Denied::Loopback),
        (169, 254, _) => Some(Denied::LinkLocal),
        // Metadata of Alibaba Cloud and the like lies in the carriers' range 100.64/10.
        (100, 64..=127, _) => Some(Denied::Special),
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Some(Denied::Private),
        (0 | 224.., ..) | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113) => {
            Some(Denied::Special)
        }
        _ => None,
    }
}

fn v6(address: Ipv6Addr) -> Option<Denied> {
    if address.is_loopback() {
        return Some(Denied::Loopback);
    }
    let [first, second, ..] = address.segments();
    match first {
        0xfe80..=0xfebf => Some(Denied::LinkLocal),
        0xfc00..=0xfdff => {
            // fd00:ec2::254 and its kind are metadata in clouds.
            if second == 0x0ec2 {
                Some(Denied::LinkLocal)
            } else {
                Some(Denied::Private)
            }
        }
        // 6to4 and Teredo carry IPv4 addresses; documentation and benchmarking belong to nobody.
        0x2001 if second < 0x0200 || second == 0x0db8 => Some(Denied::Special),
        0x2000..=0x2001 | 0x2003..=0x3ffe => None,
        _ => Some(Denied::Special),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("address")
    }

    #[test]
    fn each_kind_of_address_is_known() {
        let cases = [
            ("127.0.0.1", Some(Denied::Loopback)),
            ("127.255.255.254", Some(Denied::Loopback)),
            ("::1", Some(Denied::Loopback)),
            ("169.254.169.254", Some(Denied::LinkLocal)),
            ("fe80::1", Some(Denied::LinkLocal)),
            ("fd00:ec2::254", Some(Denied::LinkLocal)),
            ("10.0.0.1", Some(Denied::Private)),
            ("172.31.255.255", Some(Denied::Private)),
            ("172.32.0.1", None),
            ("192.168.1.1", Some(Denied::Private)),
            ("fd12::1", Some(Denied::Private)),
            ("100.100.100.200", Some(Denied::Special)),
            ("0.0.0.0", Some(Denied::Special)),
            ("255.255.255.255", Some(Denied::Special)),
            ("224.0.0.1", Some(Denied::Special)),
            ("198.18.0.1", Some(Denied::Special)),
            ("::", Some(Denied::Special)),
            ("::ffff:127.0.0.1", Some(Denied::Special)),
            ("::127.0.0.1", Some(Denied::Special)),
            ("64:ff9b::7f00:1", Some(Denied::Special)),
            ("2002:7f00:1::", Some(Denied::Special)),
            ("2001:0:1::", Some(Denied::Special)),
            ("2001:db8::1", Some(Denied::Special)),
            ("5f00::1", Some(Denied::Special)),
            ("ff02::1", Some(Denied::Special)),
            ("2400:3200::1", None),
            ("114.114.114.114", None),
        ];
        for (address, expected) in cases {
            assert_eq!(check(ip(address), &[]).err(), expected, "{address}");
        }
    }

    #[test]
    fn operations_open_private_ranges_and_nothing_else() {
        let everything: Vec<Network> = ["0.0.0.0/0", "::/0"]
            .iter()
            .map(|text| text.parse().expect("range"))
            .collect();
        for open in ["127.0.0.1", "::1", "10.1.2.3", "fd12::1"] {
            assert_eq!(check(ip(open), &everything), Ok(()), "{open}");
        }
        for closed in [
            "169.254.169.254",
            "fe80::1",
            "::ffff:10.0.0.1",
            "224.0.0.1",
            "100.100.100.200",
        ] {
            assert!(check(ip(closed), &everything).is_err(), "{closed}");
        }
        let one: Network = "10.12.0.0/16".parse().expect("range");
        assert_eq!(check(ip("10.12.255.255"), &[one]), Ok(()));
        assert_eq!(check(ip("10.13.0.0"), &[one]), Err(Denied::Private));
    }

    #[test]
    fn ranges_have_a_form() {
        for bad in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "::/129",
            "x/8",
            "10.0.0.0/-1",
        ] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_range_holds_exactly_its_prefix(base in any::<u32>(), bits in 0u32..=32, other in any::<u32>()) {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            let network: Network = format!("{}/{bits}", Ipv4Addr::from(base & mask)).parse().expect("range");
            prop_assert_eq!(network.contains(IpAddr::V4(other.into())), other & mask == base & mask);
        }
    }
}
