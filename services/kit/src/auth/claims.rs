//! What a token says.

use serde::Deserialize;
use time::OffsetDateTime;

use super::Caller;
use crate::{
    division::Division,
    error::{Error, Result},
};

/// Clocks of issuer and service may differ by this much, in seconds.
const LEEWAY_S: i64 = 30;

/// The claims that we read; issuer and audience are checked where the token is decoded. `division` must be there: an empty
/// text means everything, a missing one is refused.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub sub: String,
    pub exp: i64,
    /// Many providers leave it out.
    #[serde(default)]
    pub nbf: Option<i64>,
    #[serde(default)]
    pub permissions: Vec<String>,
    pub division: String,
}

impl Claims {
    pub(super) fn into_caller(self, now: OffsetDateTime) -> Result<Caller> {
        let now = now.unix_timestamp();
        if self.exp.saturating_add(LEEWAY_S) <= now {
            return Err(Error::unauthenticated("TOKEN_EXPIRED", "the token has expired"));
        }
        if self.nbf.is_some_and(|nbf| nbf.saturating_sub(LEEWAY_S) > now) {
            return Err(Error::unauthenticated(
                "TOKEN_NOT_YET_VALID",
                "the token is not valid yet",
            ));
        }
        let refused = |message| Error::unauthenticated("TOKEN_MALFORMED", message);
        if self.sub.is_empty() || self.sub.len() > 128 || self.sub.contains(char::is_control) {
            return Err(refused("`sub` has 1–128 bytes and no control characters"));
        }
        let scope = if self.division.is_empty() {
            String::new()
        } else {
            Division::parse("division", &self.division)
                .map_err(|_| refused("`division` is a division code, or empty for everything"))?
                .into_code()
        };
        Ok(Caller {
            subject: self.sub,
            scope,
            permissions: self.permissions,
        })
    }
}
