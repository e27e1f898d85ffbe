//! The issuer's keys, from a file or a URL, refreshed now and then and when a token names a key that we do not know.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, Weak},
    time::{Duration, Instant},
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::error::{Error, Result};

/// How often keys are read again, so that a withdrawn key stops working.
const REFRESH_EVERY: Duration = Duration::from_mins(5);
/// Least pause between two refreshes, so that forged key ids cannot make us flood the issuer.
const REFRESH_PAUSE: Duration = Duration::from_secs(10);
const LARGEST_JWKS: usize = 256 * 1024;

type Known = HashMap<String, Arc<Key>>;

/// A key and the one algorithm that it verifies.
pub(super) struct Key {
    pub algorithm: Algorithm,
    pub decoding: DecodingKey,
}

/// Keys are read one by one: a set may hold kinds that we do not know.
#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

pub(super) struct Keys {
    source: String,
    known: RwLock<Arc<Known>>,
    refreshed_at: Mutex<Option<Instant>>,
}

impl Keys {
    /// Loads a file at once; a URL on first use, since the issuer may start after us.
    pub(super) async fn new(source: &str) -> Result<Arc<Self>> {
        let keys = Arc::new(Self {
            source: source.to_owned(),
            known: RwLock::default(),
            refreshed_at: Mutex::new(None),
        });
        if is_url(source) {
            // The client does not start without one; a second installation changes nothing.
            let _ = rustls::crypto::ring::default_provider().install_default();
        } else {
            keys.refresh().await?;
        }
        tokio::spawn(keep_fresh(Arc::downgrade(&keys)));
        Ok(keys)
    }

    /// The key with this id. An issuer that is down leaves the keys as they were.
    pub(super) async fn get(&self, kid: &str) -> Result<Arc<Key>> {
        if let Some(key) = self.find(kid) {
            return Ok(key);
        }
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "keys not refreshed");
        }
        if self.is_empty() {
            return Err(unusable("no keys yet"));
        }
        self.find(kid)
            .ok_or_else(|| Error::unauthenticated("TOKEN_KEY_UNKNOWN", "the token is signed with an unknown key"))
    }

    fn find(&self, kid: &str) -> Option<Arc<Key>> {
        self.known
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(kid)
            .cloned()
    }

    fn is_empty(&self) -> bool {
        self.known.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    async fn refresh(&self) -> Result<()> {
        let mut refreshed_at = self.refreshed_at.lock().await;
        if refreshed_at.is_some_and(|at| at.elapsed() < REFRESH_PAUSE) {
            return Ok(());
        }
        *refreshed_at = Some(Instant::now());
        self.refresh_now().await
    }

    pub(super) async fn refresh_now(&self) -> Result<()> {
        let text = if is_url(&self.source) {
            download(&self.source).await?
        } else {
            read(&self.source).await?
        };
        let set: Set = serde_json::from_str(&text).map_err(unusable)?;
        let known: Known = set.keys.into_iter().filter_map(usable).collect();
        if known.is_empty() {
            return Err(unusable("the JWKS holds no usable key"));
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        Ok(())
    }
}

/// Keys of kinds or for uses that we do not accept may stand in the set; they are of no use here.
fn usable(key: serde_json::Value) -> Option<(String, Arc<Key>)> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let signs = !matches!(jwk.common.public_key_use, Some(PublicKeyUse::Encryption));
    let meant = jwk.common.key_algorithm.is_none_or(|stated| stated == named);
    let decoding = DecodingKey::from_jwk(&jwk).ok()?;
    (signs && meant).then_some((jwk.common.key_id?, Arc::new(Key { algorithm, decoding })))
}

async fn keep_fresh(keys: Weak<Keys>) {
    loop {
        tokio::time::sleep(REFRESH_EVERY).await;
        let Some(keys) = keys.upgrade() else { return };
        if let Err(error) = keys.refresh().await {
            tracing::warn!(%error, "keys not refreshed; the old ones stay");
        }
    }
}

fn is_url(source: &str) -> bool {
    source.starts_with("http://") || source.starts_with("https://")
}

async fn read(path: &str) -> Result<String> {
    tokio::fs::read_to_string(path)
        .await
        .map_err(|error| unusable(format!("{path}: {error}")))
}

async fn download(url: &str) -> Result<String> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(3))
        // The address of the keys is what the operator wrote, nothing else.
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .map_err(unusable)?;
    let mut response = client
        .get(url)
        .send()
        .await
        .and_then(reqwest::Response::error_for_status)
        .map_err(unusable)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unusable)? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_JWKS {
            return Err(unusable("the JWKS is too large"));
        }
    }
    String::from_utf8(body).map_err(unusable)
}

fn unusable(error: impl std::fmt::Display) -> Error {
    Error::unavailable("the identity provider's JWKS", error)
}
