//! Personal data: encrypted at rest, found by a keyed blind index, masked on the way out.

pub mod mask;
mod pii;

use std::{collections::HashMap, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};

use zeroize::Zeroizing;

use crate::error::{Error, Result};

pub use pii::Pii;

const KEY_LEN: usize = 32;

/// Encrypts and finds personal data. Cheap to clone.
///
/// A sealed value is `length of key id, key id, nonce, ciphertext and tag`; the label (which table and column) is bound as
/// associated data, so that a value moved elsewhere does not open.
#[derive(Clone)]
pub struct Crypt(Arc<Ring>);

struct Ring {
    current: String,
    keys: HashMap<String, LessSafeKey>,
    index: hmac::Key,
    random: SystemRandom,
}

impl Crypt {
    /// `keys` is `id:base64,…` of 32-byte AES-256 keys, newest first: the first seals, all open. `index` is the base64 key of
    /// the blind index, which cannot be rotated without writing the index anew.
    pub fn from_keys(keys: &str, index: &str) -> Result<Self> {
        let mut ring = HashMap::new();
        let mut current = None;
        for entry in keys.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (id, key) = entry.split_once(':').ok_or_else(bad_keys)?;
            if id.is_empty() || id.len() > 32 {
                return Err(bad_keys());
            }
            let key = UnboundKey::new(&AES_256_GCM, &key_bytes(key)?).map_err(|_| bad_keys())?;
            if ring.insert(id.to_owned(), LessSafeKey::new(key)).is_some() {
                return Err(bad_keys());
            }
            current.get_or_insert_with(|| id.to_owned());
        }
        let current = current.ok_or_else(bad_keys)?;
        let index = hmac::Key::new(hmac::HMAC_SHA256, &key_bytes(index)?);
        Ok(Self(Arc::new(Ring {
            current,
            keys: ring,
            index,
            random: SystemRandom::new(),
        })))
    }

    /// Encrypts a value for the place that `label` names, for example `households.head_name`.
    pub fn seal(&self, label: &str, value: &Pii<String>) -> Result<Vec<u8>> {
        let ring = &self.0;
        let key = ring
            .keys
            .get(&ring.current)
            .ok_or_else(|| Error::internal("no current key"))?;
        let mut nonce = [0; NONCE_LEN];
        ring.random.fill(&mut nonce).map_err(Error::internal)?;
        let mut sealed = vec![u8::try_from(ring.current.len()).map_err(Error::internal)?];
        sealed.extend_from_slice(ring.current.as_bytes());
        sealed.extend_from_slice(&nonce);
        // Room for the tag at once: growing would leave a copy of the plain text behind.
        let mut text = Vec::with_capacity(value.expose().len() + AES_256_GCM.tag_len());
        text.extend_from_slice(value.expose().as_bytes());
        let nonce = Nonce::assume_unique_for_key(nonce);
        key.seal_in_place_append_tag(nonce, Aad::from(label.as_bytes()), &mut text)
            .map_err(Error::internal)?;
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    /// Decrypts what [`Crypt::seal`] made for the same `label`.
    pub fn open(&self, label: &str, sealed: &[u8]) -> Result<Pii<String>> {
        let broken = || Error::internal(format!("sealed value of {label} does not open"));
        let (length, rest) = sealed.split_first().ok_or_else(broken)?;
        let (id, rest) = rest.split_at_checked(usize::from(*length)).ok_or_else(broken)?;
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or_else(broken)?;
        let id = std::str::from_utf8(id).map_err(|_| broken())?;
        let key = self.0.keys.get(id).ok_or_else(broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| broken())?;
        let mut text = text.to_vec();
        let plain = key
            .open_in_place(nonce, Aad::from(label.as_bytes()), &mut text)
            .map_err(|_| broken())?;
        let length = plain.len();
        text.truncate(length);
        String::from_utf8(text).map(Pii::new).map_err(|_| broken())
    }

    /// A keyed digest that finds equal values without showing them; `label` keeps columns apart.
    pub fn blind(&self, label: &str, value: &str) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.0.index);
        context.update(label.as_bytes());
        context.update(&[0]);
        context.update(value.as_bytes());
        context.sign().as_ref().to_vec()
    }
}

/// A new random key of 32 bytes in base64, for any of the settings that hold one.
pub fn fresh_key() -> Result<String> {
    let mut key = Zeroizing::new([0; KEY_LEN]);
    SystemRandom::new().fill(key.as_mut_slice()).map_err(Error::internal)?;
    Ok(STANDARD.encode(key.as_slice()))
}

fn key_bytes(base64: &str) -> Result<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(STANDARD.decode(base64).map_err(|_| bad_keys())?);
    if bytes.len() == KEY_LEN {
        Ok(bytes)
    } else {
        Err(bad_keys())
    }
}

fn bad_keys() -> Error {
    Error::invalid(
        "keys",
        "***",
        "`id:base64,…` with different ids of 1–32 bytes and keys of 32 bytes, and an index key of 32 bytes",
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    const B: &str = "MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    fn crypt(keys: &str) -> Crypt {
        Crypt::from_keys(keys, A).expect("keys")
    }

    #[test]
    fn opens_after_rotation_and_nowhere_else() {
        let old = crypt(&format!("k1:{A}"));
        let sealed = old
            .seal("cadres.phone", &Pii::new("13800001111".to_owned()))
            .expect("sealed");
        let rotated = crypt(&format!("k2:{B},k1:{A}"));
        assert_eq!(
            rotated.open("cadres.phone", &sealed).expect("opens").expose(),
            "13800001111"
        );
        assert!(rotated.open("households.phone", &sealed).is_err());
        assert!(crypt(&format!("k2:{B}")).open("cadres.phone", &sealed).is_err());
        let mut flipped = sealed.clone();
        *flipped.last_mut().expect("bytes") ^= 1;
        assert!(rotated.open("cadres.phone", &flipped).is_err());
    }

    #[test]
    fn sealing_twice_differs_and_the_index_does_not() {
        let crypt = crypt(&format!("k1:{A}"));
        let value = Pii::new("王礼孝".to_owned());
        assert_ne!(crypt.seal("x", &value).expect("a"), crypt.seal("x", &value).expect("b"));
        assert_eq!(crypt.blind("x", "王礼孝"), crypt.blind("x", "王礼孝"));
        assert_ne!(crypt.blind("x", "王礼孝"), crypt.blind("y", "王礼孝"));
    }

    #[test]
    fn bad_keys_are_refused() {
        for keys in ["", "k1", "k1:AAAA", &format!(":{A}"), &format!("k1:{A},k1:{B}")] {
            assert!(Crypt::from_keys(keys, A).is_err(), "{keys}");
        }
        assert!(Crypt::from_keys(&format!("k1:{A}"), "AAAA").is_err());
    }

    #[test]
    fn fresh_keys_serve() {
        let [one, other] = [fresh_key(), fresh_key()].map(|key| key.expect("a key"));
        assert_ne!(one, other);
        assert!(Crypt::from_keys(&format!("2024:{one}"), &other).is_ok());
    }

    proptest! {
        #[test]
        fn every_text_opens_again(text in ".*") {
            let crypt = crypt(&format!("k1:{A}"));
            let sealed = crypt.seal("x", &Pii::new(text.clone())).expect("sealed");
            prop_assert_eq!(crypt.open("x", &sealed).map(|opened| opened.expose().clone()).ok(), Some(text));
        }

        #[test]
        fn other_bytes_never_open(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let crypt = crypt(&format!("k1:{A}"));
            prop_assert!(crypt.open("x", &bytes).is_err());
            prop_assert!(crypt.open("x", &[b"\x02k1", bytes.as_slice()].concat()).is_err());
        }
    }
}
