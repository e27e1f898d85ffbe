//! Keys of the development suite, made once and kept.

use std::path::Path;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};

use crate::failure::{Failure, Result};

/// Keys of 32 bytes in base64.
#[derive(Serialize, Deserialize)]
pub(super) struct Secrets {
    pub pii: String,
    pub index: String,
    pub page: String,
}

impl Secrets {
    /// Reads them, or makes them at the first start: the data would be unreadable with others.
    pub(super) fn load(path: &Path) -> Result<Self> {
        if path.exists() {
            return Ok(serde_json::from_slice(&std::fs::read(path)?)?);
        }
        let secrets = Self {
            pii: key()?,
            index: key()?,
            page: key()?,
        };
        crate::files::write_private(path, serde_json::to_string(&secrets)?.as_bytes())?;
        Ok(secrets)
    }
}

fn key() -> Result<String> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Failure::new("the operating system gives no randomness"))?;
    Ok(STANDARD.encode(bytes))
}
