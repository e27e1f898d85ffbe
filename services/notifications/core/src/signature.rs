//! Standard Webhooks 1.0, symmetric signatures `v1`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::hmac;

/// How far the time of a call may lie from the clock of the one who verifies it, in seconds.
pub const TOLERANCE_S: i64 = 300;

const PREFIX: &str = "whsec_";

/// A signing secret of 24–64 bytes. Has no `Debug` or `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a secret is refused. Never carries the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a secret is whsec_ and 24–64 bytes in base64")]
pub struct BadSecret;

/// Why a call is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotVerified {
    /// The time is not a number of seconds.
    #[error("webhook-timestamp is not a number of seconds")]
    BadTimestamp,
    /// The time is too far from ours.
    #[error("webhook-timestamp is more than {TOLERANCE_S} seconds off")]
    OffTime,
    /// No signature fits.
    #[error("no signature of webhook-signature fits")]
    NoMatch,
}

impl Secret {
    /// Reads `whsec_…`.
    pub fn parse(text: &str) -> Result<Self, BadSecret> {
        let bytes = text
            .strip_prefix(PREFIX)
            .and_then(|encoded| STANDARD.decode(encoded).ok())
            .ok_or(BadSecret)?;
        Self::from_bytes(bytes)
    }

    /// Takes the bytes themselves.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, BadSecret> {
        if (24..=64).contains(&bytes.len()) {
            Ok(Self(bytes))
        } else {
            Err(BadSecret)
        }
    }

    /// The secret as `whsec_…`, to be stored encrypted.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn tag(&self, id: &str, timestamp: &str, body: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &self.0));
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            context.update(part);
        }
        context.sign()
    }
}

/// The value of `webhook-signature`: one signature for each live secret, the newest first.
pub fn sign(secrets: &[Secret], id: &str, timestamp_s: i64, body: &[u8]) -> String {
    let timestamp = timestamp_s.to_string();
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| format!("v1,{}", STANDARD.encode(secret.tag(id, &timestamp, body))))
        .collect();
    signatures.join(" ")
}

/// Checks a call as its receiver must: the time is near `now_s` and one of the signatures is ours.
pub fn verify(
    secret: &Secret,
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now_s: i64,
) -> Result<(), NotVerified> {
    let seconds: i64 = timestamp.parse().map_err(|_| NotVerified::BadTimestamp)?;
    if now_s.abs_diff(seconds) > TOLERANCE_S.unsigned_abs() {
        return Err(NotVerified::OffTime);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, &secret.0);
    let message = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body].concat();
    let fits = |signature: &str| {
        let tag = signature
            .strip_prefix("v1,")
            .and_then(|encoded| STANDARD.decode(encoded).ok());
        tag.is_some_and(|tag| hmac::verify(&key, &message, &tag).is_ok())
    };
    if signatures.split(' ').any(fits) {
        Ok(())
    } else {
        Err(NotVerified::NoMatch)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret(byte: u8) -> Secret {
        Secret::from_bytes(vec![byte; 32]).expect("32 bytes")
    }

    #[test]
    fn the_published_example_fits() {
        // The example of the Standard Webhooks specification and its reference libraries.
        let secret = Secret::parse("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").expect("secret");
        let signed = sign(
            &[secret],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn both_secrets_sign_while_they_rotate() {
        let signed = sign(&[secret(1), secret(2)], "id", 1_000, b"body");
        for byte in [1, 2] {
            assert_eq!(verify(&secret(byte), "id", "1000", &signed, b"body", 1_000), Ok(()));
        }
        assert_eq!(
            verify(&secret(3), "id", "1000", &signed, b"body", 1_000),
            Err(NotVerified::NoMatch)
        );
    }

    #[test]
    fn time_is_part_of_the_proof() {
        let signed = sign(&[secret(1)], "id", 1_000, b"body");
        assert_eq!(verify(&secret(1), "id", "1000", &signed, b"body", 1_300), Ok(()));
        assert_eq!(
            verify(&secret(1), "id", "1000", &signed, b"body", 1_301),
            Err(NotVerified::OffTime)
        );
        assert_eq!(
            verify(&secret(1), "id", "1001", &signed, b"body", 1_000),
            Err(NotVerified::NoMatch)
        );
        assert_eq!(
            verify(&secret(1), "id", "soon", &signed, b"body", 1_000),
            Err(NotVerified::BadTimestamp)
        );
        assert_eq!(
            verify(&secret(1), "id", &i64::MIN.to_string(), "", b"", i64::MAX),
            Err(NotVerified::OffTime)
        );
    }

    #[test]
    fn secrets_have_a_form() {
        for bad in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_*",
        ] {
            assert!(Secret::parse(bad).is_err(), "{bad}");
        }
        let text = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        assert_eq!(Secret::parse(text).expect("secret").reveal(), text);
    }

    proptest! {
        #[test]
        fn any_change_is_noticed(body in prop::collection::vec(any::<u8>(), 1..64), bit in 0usize..512, id in "[a-z0-9]{1,20}") {
            let signed = sign(&[secret(7)], &id, 5_000, &body);
            prop_assert_eq!(verify(&secret(7), &id, "5000", &signed, &body, 5_000), Ok(()));
            let mut changed = body.clone();
            let bit = bit % (body.len() * 8);
            changed[bit / 8] ^= 1 << (bit % 8);
            prop_assert_eq!(verify(&secret(7), &id, "5000", &signed, &changed, 5_000), Err(NotVerified::NoMatch));
        }

        #[test]
        fn no_header_panics(timestamp in any::<String>(), signatures in any::<String>(), now in any::<i64>()) {
            let _ = verify(&secret(7), "id", &timestamp, &signatures, b"body", now);
        }
    }
}
