//! Where webhooks may go: the form of a URL, and the check of every address that a name resolves to.

use std::net::{IpAddr, SocketAddr};

use notifications_core::address::{self, Network};
use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// Longest URL.
const LONGEST: usize = 2_000;

/// The rules that operations set.
#[derive(Debug, Clone, Default)]
pub struct Targets {
    allowed: Vec<Network>,
}

/// A name of which no address may be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Blocked(String);

impl Targets {
    /// Reads ranges such as `10.12.0.0/16,127.0.0.0/8` that may be called beside the public addresses.
    pub fn parse(ranges: &str) -> Result<Self, address::BadNetwork> {
        let ranges = ranges.split(',').map(str::trim).filter(|range| !range.is_empty());
        Ok(Self {
            allowed: ranges.map(str::parse).collect::<Result<_, _>>()?,
        })
    }

    /// Checks what can be told of a URL without resolving its name.
    pub fn check(&self, url: &str) -> Result<Url, String> {
        if url.len() > LONGEST {
            return Err(format!("at most {LONGEST} characters"));
        }
        let url = Url::parse(url).map_err(|error| format!("an https URL ({error})"))?;
        let encrypted = match url.scheme() {
            "https" => true,
            "http" if self.allowed.is_empty() => return Err("an https URL".to_owned()),
            "http" => false,
            _ => return Err("an https URL".to_owned()),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("a URL without user information".to_owned());
        }
        if url.fragment().is_some() {
            return Err("a URL without fragment".to_owned());
        }
        if let Some(address) = literal(&url) {
            self.check_address(address, encrypted)
                .map_err(|Blocked(reason)| reason)?;
        }
        Ok(url)
    }

    /// Checks an address that is about to be called, with or without encryption.
    pub fn check_address(&self, address: IpAddr, encrypted: bool) -> Result<(), Blocked> {
        address::check(address, &self.allowed)
            .map_err(|denied| Blocked(format!("{address} may not be called: {denied}")))?;
        if encrypted || self.allowed.iter().any(|network| network.contains(address)) {
            Ok(())
        } else {
            Err(Blocked(format!("{address} may only be called over https")))
        }
    }
}

fn literal(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Resolves names and keeps the addresses that may be called. The connection is made to what this answers, so a name
/// that changes its mind between the check and the call gains nothing.
pub struct Resolver {
    /// The rules.
    pub targets: Targets,
    /// Whether the calls are encrypted.
    pub encrypted: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (targets, encrypted) = (self.targets.clone(), self.encrypted);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let mut refused = Blocked(format!("{} has no address", name.as_str()));
            let mut addresses = Vec::with_capacity(found.len());
            for address in found {
                match targets.check_address(address.ip(), encrypted) {
                    Ok(()) => addresses.push(address),
                    Err(blocked) => refused = blocked,
                }
            }
            if addresses.is_empty() {
                return Err(refused.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_checked_before_they_are_kept() {
        let strict = Targets::default();
        for good in [
            "https://a.example/hook",
            "https://114.114.114.114:8443/x?y=z",
            "https://[2400:3200::1]/",
        ] {
            assert!(strict.check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a.example",
            "ftp://a.example",
            "http://a.example",
            "https://user@a.example",
            "https://a.example/#x",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://0x7f000001/",
            "https://2130706433/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
        ] {
            assert!(strict.check(bad).is_err(), "{bad}");
        }
        assert!(
            strict
                .check(&format!("https://a.example/{}", "x".repeat(LONGEST)))
                .is_err()
        );
    }

    #[test]
    fn plain_http_stays_inside_what_operations_allow() {
        let local = Targets::parse("127.0.0.0/8, 10.12.0.0/16").expect("ranges");
        assert!(local.check("http://127.0.0.1:8080/hook").is_ok());
        assert!(local.check("http://114.114.114.114/").is_err());
        assert!(local.check("https://10.12.3.4/").is_ok());
        assert!(local.check("https://10.13.3.4/").is_err());
        assert!(Targets::parse("127.0.0.1").is_err());
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_resolved() {
        for (ranges, allowed) in [("", false), ("127.0.0.0/8,::1/128", true)] {
            let targets = Targets::parse(ranges).expect("ranges");
            let resolver = Resolver {
                targets,
                encrypted: true,
            };
            let name = "localhost".parse().expect("a name");
            assert_eq!(resolver.resolve(name).await.is_ok(), allowed, "{ranges}");
        }
    }
}
