//! Verifies bearer tokens.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use http::{HeaderMap, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, Validation, errors::ErrorKind};
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
const LONGEST_TOKEN: usize = 8 * 1024;

/// Verifies bearer tokens of one issuer. Cheap to clone.
#[derive(Clone)]
pub struct Verifier(Arc<Inner>);

struct Inner {
    keys: Keys,
    validation: Validation,
    clock: Clock,
    /// By the token itself: checking a signature costs a hundred times the look-up.
    remembered: Mutex<HashMap<String, Remembered>>,
}

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
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
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
        if let Some(caller) = self.0.recall(token, now) {
            return Ok(caller);
        }
        let claims = self.0.decode(token).await?;
        let until = claims.exp.min(now.unix_timestamp() + REMEMBER_S);
        let caller = Arc::new(claims.into_caller(now)?);
        self.0.remember(
            token,
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
        let header = jsonwebtoken::decode_header(token).map_err(|error| refused(&error))?;
        let accepted = [Algorithm::ES256, Algorithm::RS256, Algorithm::EdDSA];
        if !accepted.contains(&header.alg) {
            return Err(Error::unauthenticated(
                "TOKEN_ALGORITHM",
                "tokens are signed with ES256, RS256 or EdDSA",
            ));
        }
        let kid = header.kid.ok_or_else(malformed)?;
        let key = self.keys.get(&kid).await?;
        let mut validation = self.validation.clone();
        validation.algorithms = vec![header.alg];
        let data = jsonwebtoken::decode::<Claims>(token, &key, &validation).map_err(|error| refused(&error))?;
        Ok(data.claims)
    }

    fn recall(&self, token: &str, now: OffsetDateTime) -> Option<Arc<Caller>> {
        let remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        let found = remembered.get(token)?;
        (found.until > now.unix_timestamp()).then(|| Arc::clone(&found.caller))
    }

    fn remember(&self, token: &str, verified: Remembered) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= MOST_REMEMBERED {
            remembered.clear();
        }
        remembered.insert(token.to_owned(), verified);
    }
}

fn malformed() -> Error {
    Error::unauthenticated("TOKEN_MALFORMED", "the token is no signed JWT with a key id")
}

fn refused(error: &jsonwebtoken::errors::Error) -> Error {
    match error.kind() {
        ErrorKind::InvalidSignature => Error::unauthenticated("TOKEN_SIGNATURE", "the signature of the token is wrong"),
        ErrorKind::InvalidAudience => Error::unauthenticated("TOKEN_AUDIENCE", "the token is meant for somebody else"),
        ErrorKind::InvalidIssuer => Error::unauthenticated("TOKEN_ISSUER", "the token comes from an unknown issuer"),
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            Error::unauthenticated("TOKEN_ALGORITHM", "tokens are signed with ES256, RS256 or EdDSA")
        }
        _ => malformed(),
    }
}

#[cfg(test)]
mod tests;
