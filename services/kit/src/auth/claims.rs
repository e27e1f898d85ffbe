//! What a token says.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::Caller;
use crate::error::{Error, Result};

/// Clocks of issuer and service may differ by this much, in seconds.
const LEEWAY_S: i64 = 30;

/// The claims that we read. `division` must be there: an empty text means everything, a missing one nothing.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: i64,
    pub nbf: i64,
    pub iat: i64,
    pub permissions: Vec<String>,
    pub division: String,
}

impl Claims {
    pub(super) fn into_caller(self, now: OffsetDateTime) -> Result<Caller> {
        let now = now.unix_timestamp();
        if self.exp + LEEWAY_S <= now {
            return Err(Error::unauthenticated("TOKEN_EXPIRED", "the token has expired"));
        }
        if self.nbf - LEEWAY_S > now {
            return Err(Error::unauthenticated(
                "TOKEN_NOT_YET_VALID",
                "the token is not valid yet",
            ));
        }
        let digits = self.division.bytes().all(|byte| byte.is_ascii_digit());
        if self.sub.is_empty() || self.sub.len() > 128 || self.division.len() > 15 || !digits {
            return Err(Error::unauthenticated(
                "TOKEN_MALFORMED",
                "`sub` has 1–128 bytes, `division` is a division code of at most 15 digits",
            ));
        }
        Ok(Caller {
            subject: self.sub,
            scope: self.division,
            permissions: self.permissions,
        })
    }
}
