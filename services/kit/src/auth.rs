//! Who calls: bearer tokens of the county's identity provider, verified against its published keys.

mod caller;
mod claims;
mod keys;
mod mint;
mod verify;

pub use caller::Caller;
pub use mint::Mint;
pub use verify::Verifier;

/// Whose tokens are accepted.
#[derive(Debug, Clone)]
pub struct AuthConfig {
    /// `iss` of accepted tokens.
    pub issuer: String,
    /// `aud` of accepted tokens.
    pub audience: String,
    /// JWKS of the issuer: a file path or an `http(s)://` URL.
    pub jwks: String,
}
