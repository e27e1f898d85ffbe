//! Verifies bearer tokens.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
use ring::digest::{self, SHA256_OUTPUT_LEN};
use time::OffsetDateTime;

use super::{AuthConfig, Caller, claims::Claims, keys::Keys};
use crate::{
    clock::Clock,
    error::{Error, Result},
};

/// Verified tokens remembered at most; the table starts anew beyond that.
const MOST_REMEMBERED: usize = 10_000;
/// How long a verified token is believed without another look, in seconds: bounds how long a withdrawn key still works.
const REMEMBER_S: i64 = 60;
const ACCEPTED: [Algorithm; 3] = [Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA];
const LONGEST_TOKEN: usize = 8 * 1024;

/// Verifies bearer tokens of one issuer. Cheap to clone.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    keys: Arc<Keys>,
    validation: Validation,
    clock: Clock,
    /// By the digest of the token, so that no token stays in memory: checking a signature costs a hundred times the look-up.
    remembered: Mutex<HashMap<Digest, Remembered>>,
}

type Digest = [u8; SHA256_OUTPUT_LEN];

#[derive(Clone)]
struct Remembered {
    caller: Arc<Caller>,
    until: i64,
}

impl Verifier {
    /// A verifier for the tokens of one issuer. Fails where the keys are in a file that cannot be read.
    pub async fn new(config: &AuthConfig, clock: Clock) -> Result<Self> {
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&[&config.audience]);
        validation.set_issuer(&[&config.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Checked against the injected clock instead.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let keys = Keys::new(&config.jwks).await?;
        Ok(Self(Arc::new(Inner {
            keys,
            validation,
            clock,
            remembered: Mutex::default(),
        })))
    }

    /// The caller that the `authorization` header proves.
    pub async fn verify(&self, headers: &HeaderMap) -> Result<Arc<Caller>> {
        let header = headers.get(AUTHORIZATION).ok_or_else(|| {
            Error::unauthenticated("TOKEN_MISSING", "an `authorization: Bearer …` header is required")
        })?;
        let token = header
            .to_str()
            .ok()
            .and_then(|value| value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")))
            .filter(|token| token.len() <= LONGEST_TOKEN)
            .ok_or_else(malformed)?;
        let now = self.0.clock.now();
        let digest = digest_of(token);
        if let Some(caller) = self.0.recall(&digest, now) {
            return Ok(caller);
        }
        let claims = self.0.decode(token).await?;
        let until = claims.exp.min(now.unix_timestamp().saturating_add(REMEMBER_S));
        let caller = Arc::new(claims.into_caller(now)?);
        self.0.remember(
            digest,
            Remembered {
                caller: Arc::clone(&caller),
                until,
            },
        );
        Ok(caller)
    }
}

impl Inner {
    async fn decode(&self, token: &str) -> Result<Claims> {
        let header = jsonwebtoken::decode_header(token).map_err(|error| header_refused(token, &error))?;
        if !ACCEPTED.contains(&header.alg) {
            return Err(algorithm());
        }
        let kid = header.kid.ok_or_else(malformed)?;
        let key = self.keys.get(&kid).await?;
        // A key verifies one algorithm, whatever the token says.
        if header.alg != key.algorithm {
            return Err(algorithm());
        }
        let mut validation = self.validation.clone();
        validation.algorithms = vec![header.alg];
        let data =
            jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation).map_err(|error| refused(&error))?;
        Ok(data.claims)
    }

    fn recall(&self, digest: &Digest, now: OffsetDateTime) -> Option<Arc<Caller>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let found = remembered.get(digest)?;
        let now = now.unix_timestamp();
        // Nothing is believed for longer than that; what lies further ahead was verified before the clock went back.
        (found.until > now && found.until <= now.saturating_add(REMEMBER_S)).then(|| Arc::clone(&found.caller))
    }

    fn remember(&self, digest: Digest, verified: Remembered) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(digest, verified);
    }
}

fn malformed() -> Error {
    Error::unauthenticated("TOKEN_MALFORMED", "the token is no signed JWT with a key id")
}

fn algorithm() -> Error {
    Error::unauthenticated("TOKEN_ALGORITHM", "tokens are signed with ES256, RS256 or EdDSA")
}

fn digest_of(token: &str) -> Digest {
    let mut digest = Digest::default();
    digest.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    digest
}

/// The library reads no header whose algorithm it does not know, such as `none`.
fn header_refused(token: &str, error: &jsonwebtoken::errors::Error) -> Error {
    let header = token
        .split('.')
        .next()
        .and_then(|header| URL_SAFE_NO_PAD.decode(header).ok())
        .and_then(|header| serde_json::from_slice::<serde_json::Value>(&header).ok());
    let stated = header.as_ref().and_then(|header| header.get("alg")?.as_str());
    if stated.is_some_and(|name| name.parse::<Algorithm>().is_err()) {
        return algorithm();
    }
    refused(error)
}

fn refused(error: &jsonwebtoken::errors::Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidSignature => Error::unauthenticated("TOKEN_SIGNATURE", "the signature of the token is wrong"),
        ErrorKind::InvalidAudience => Error::unauthenticated("TOKEN_AUDIENCE", "the token is meant for somebody else"),
        ErrorKind::InvalidIssuer => Error::unauthenticated("TOKEN_ISSUER", "the token comes from an unknown issuer"),
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => algorithm(),
        _ => malformed(),
    }
}

#[cfg(test)]
mod tests;
