//! The keys that blocks and roots may be signed with: a key that stands beside a signature proves nothing by itself.

use kit::error::Result;
use ring::signature::KeyPair as _;

use crate::jobs;

/// The setting with the keys that were the service's own.
pub const RETIRED: &str = "XIANGTU_LEDGER_RETIRED_KEYS";
/// Bytes of an Ed25519 public key.
const LENGTH: usize = 32;

/// Public keys of the service: the one in use, and those that were before.
#[derive(Debug, Clone)]
pub struct Keys(Vec<Vec<u8>>);

impl Keys {
    /// The key in use, and those in `retired`: public keys of 64 hexadecimal digits, separated by commas.
    ///
    /// # Errors
    /// What is no such key, as text.
    pub fn new(kit: &kit::service::Kit, retired: &str) -> std::result::Result<Self, String> {
        let mut keys = parse(retired)?;
        keys.push(own(kit).map_err(|error| error.to_string())?);
        Ok(Self(keys))
    }

    /// What is to be told of `key` if it is none of them.
    pub fn unknown(&self, key: &[u8]) -> Option<String> {
        if self.0.iter().any(|known| known == key) {
            return None;
        }
        let key = hex::encode(key);
        Some(format!(
            "signed with the unknown key {key}; this service's own follows from XIANGTU_PII_INDEX_KEY: only if {key} did, before \
             that was changed, add it to {RETIRED}"
        ))
    }
}

fn own(kit: &kit::service::Kit) -> Result<Vec<u8>> {
    Ok(jobs::seal::key(kit)?.public_key().as_ref().to_vec())
}

fn parse(retired: &str) -> std::result::Result<Vec<Vec<u8>>, String> {
    let keys = retired.split(',').map(str::trim).filter(|key| !key.is_empty());
    keys.map(|key| match hex::decode(key) {
        Ok(bytes) if bytes.len() == LENGTH => Ok(bytes),
        _ => Err(format!(
            "{RETIRED}: {key:?} is no Ed25519 public key of 64 hexadecimal digits"
        )),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retired_keys_are_a_list_of_whole_keys() {
        let (one, other) = ("0a".repeat(LENGTH), "FF".repeat(LENGTH));
        assert_eq!(parse(""), Ok(Vec::new()));
        assert_eq!(
            parse(&format!("{one}, {other},")),
            Ok(vec![vec![10; LENGTH], vec![255; LENGTH]])
        );
        for wrong in ["0a", &one[1..], &format!("{one}0a"), &one.replace('a', "x")] {
            let error = parse(&format!("{other},{wrong}")).expect_err(wrong);
            assert_eq!(
                error,
                format!("XIANGTU_LEDGER_RETIRED_KEYS: {wrong:?} is no Ed25519 public key of 64 hexadecimal digits")
            );
        }
    }
}
