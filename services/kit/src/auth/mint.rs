//! Development keys and tokens. Production tokens come from the county's identity provider.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet, ThumbprintHash},
};
use ring::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use time::OffsetDateTime;

use crate::error::{Error, Result};

const KEY_FILE: &str = "issuer.p8";
const JWKS_FILE: &str = "jwks.json";
const AUDIENCE: &str = "xiangtu";

/// An issuer of development tokens, with its keys in a folder.
pub struct Mint {
    key: EncodingKey,
    kid: String,
    issuer: String,
    jwks_path: PathBuf,
}

impl Mint {
    /// Uses the keys in `folder`, or makes them there: an ES256 key readable by its owner only, and its JWKS.
    pub fn create(folder: &Path, issuer: &str) -> Result<Self> {
        let write_error =
            |error: io::Error| Error::unavailable("the key folder", format!("{}: {error}", folder.display()));
        let key_path = folder.join(KEY_FILE);
        if !key_path.exists() {
            fs::create_dir_all(folder).map_err(write_error)?;
            let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(Error::internal)?;
            let new = folder.join(format!("{KEY_FILE}.{}", std::process::id()));
            let mut options = fs::OpenOptions::new();
            let mut file = options
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&new)
                .map_err(write_error)?;
            file.write_all(key.as_ref()).map_err(write_error)?;
            // Whole or not at all; where somebody was faster, their key serves.
            let linked = fs::hard_link(&new, &key_path);
            fs::remove_file(&new).map_err(write_error)?;
            linked.or_else(|error| {
                if key_path.exists() {
                    Ok(())
                } else {
                    Err(write_error(error))
                }
            })?;
        }
        let key = EncodingKey::from_ec_der(&fs::read(&key_path).map_err(write_error)?);
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).map_err(Error::internal)?;
        let kid = jwk.thumbprint(ThumbprintHash::SHA256).map_err(Error::internal)?;
        jwk.common.key_id = Some(kid.clone());
        let jwks = serde_json::to_vec_pretty(&JwkSet { keys: vec![jwk] }).map_err(Error::internal)?;
        let jwks_path = folder.join(JWKS_FILE);
        // A service may be reading it.
        if fs::read(&jwks_path).ok().as_ref() != Some(&jwks) {
            let new = folder.join(format!("{JWKS_FILE}.{}", std::process::id()));
            fs::write(&new, jwks)
                .and_then(|()| fs::rename(&new, &jwks_path))
                .map_err(write_error)?;
        }
        Ok(Self {
            key,
            kid,
            issuer: issuer.to_owned(),
            jwks_path,
        })
    }

    /// `iss` of its tokens.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where its public keys are.
    pub fn jwks_path(&self) -> &Path {
        &self.jwks_path
    }

    /// A token for `subject` with `permissions` inside the divisions that start with `division`, good for `ttl` from `now`.
    pub fn mint(
        &self,
        subject: &str,
        permissions: &[&str],
        division: &str,
        ttl: Duration,
        now: OffsetDateTime,
    ) -> Result<String> {
        self.sign(subject, permissions, division, AUDIENCE, &self.issuer, ttl, now)
    }

    /// Like [`Mint::mint`] with any audience and issuer, to test refusals.
    #[expect(clippy::too_many_arguments, reason = "the claims of a token")]
    pub fn sign(
        &self,
        subject: &str,
        permissions: &[&str],
        division: &str,
        audience: &str,
        issuer: &str,
        ttl: Duration,
        now: OffsetDateTime,
    ) -> Result<String> {
        let now = now.unix_timestamp();
        let claims = serde_json::json!({
            "iss": issuer,
            "sub": subject,
            "aud": audience,
            "exp": now.saturating_add_unsigned(ttl.as_secs()),
            "nbf": now,
            "iat": now,
            "permissions": permissions,
            "division": division,
        });
        self.encode(&claims)
    }

    pub(super) fn encode(&self, claims: &serde_json::Value) -> Result<String> {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.key).map_err(Error::internal)
    }
}
