//! The issuer's keys, from a file or a URL, refreshed when a token names a key we do not know.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jsonwebtoken::{DecodingKey, jwk::JwkSet};
use tokio::sync::Mutex;

use crate::error::{Error, Result};

/// Between two refreshes, so that forged key ids cannot make us flood the issuer.
const REFRESH_PAUSE: Duration = Duration::from_secs(10);
const LARGEST_JWKS: usize = 256 * 1024;

type Known = HashMap<String, Arc<DecodingKey>>;

pub(super) struct Keys {
    source: String,
    known: RwLock<Arc<Known>>,
    refreshed_at: Mutex<Option<Instant>>,
}

impl Keys {
    /// Loads a file at once; a URL on first use, since the issuer may start after us.
    pub(super) async fn new(source: &str) -> Result<Self> {
        let keys = Self {
            source: source.to_owned(),
            known: RwLock::default(),
            refreshed_at: Mutex::new(None),
        };
        if !is_url(source) {
            keys.refresh().await?;
        }
        Ok(keys)
    }

    /// The key with this id. An issuer that is down leaves the keys as they were.
    pub(super) async fn get(&self, kid: &str) -> Result<Arc<DecodingKey>> {
        if let Some(key) = self.find(kid) {
            return Ok(key);
        }
        if let Err(error) = self.refresh().await {
            tracing::warn!(%error, "keys not refreshed");
            if self.is_empty() {
                return Err(error);
            }
        }
        self.find(kid)
            .ok_or_else(|| Error::unauthenticated("TOKEN_KEY_UNKNOWN", "the token is signed with an unknown key"))
    }

    fn find(&self, kid: &str) -> Option<Arc<DecodingKey>> {
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
        let text = if is_url(&self.source) {
            download(&self.source).await?
        } else {
            read(&self.source).await?
        };
        let set: JwkSet = serde_json::from_str(&text).map_err(unusable)?;
        let mut known = Known::new();
        for jwk in &set.keys {
            // Keys of kinds that we do not accept may stand in the set; they are of no use here.
            if let (Some(kid), Ok(key)) = (&jwk.common.key_id, DecodingKey::from_jwk(jwk)) {
                known.insert(kid.clone(), Arc::new(key));
            }
        }
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        Ok(())
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
