//! Tokens that must not be accepted, with the reason that refuses them.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kit::{auth::Mint, clock::Clock};
use ring::hmac;
use serde_json::{Value, json};
use tests::Suite;

use crate::OWN;

const HOUR: Duration = Duration::from_hours(1);

/// Tokens with the reasons of their refusal.
pub fn refused(suite: &Suite) -> Vec<(String, &'static str)> {
    let now = Clock::system().now();
    let mint = &suite.mint;
    let sign = |mint: &Mint, audience: &str, issuer: &str, at| {
        mint.sign("officer", &["*"], OWN, audience, issuer, HOUR, at)
            .expect("a token")
    };
    let issuer = mint.issuer();
    let good = sign(mint, "xiangtu", issuer, now);
    let stranger = Mint::create(&suite.folder().join("stranger"), issuer).expect("keys of somebody else");
    let strange = sign(&stranger, "xiangtu", issuer, now);
    let public_keys = std::fs::read(mint.jwks_path()).expect("public keys");
    vec![
        ("x".to_owned(), "TOKEN_MALFORMED"),
        (sign(mint, "xiangtu", issuer, now - HOUR - HOUR), "TOKEN_EXPIRED"),
        (sign(mint, "xiangtu", issuer, now + HOUR), "TOKEN_NOT_YET_VALID"),
        (sign(mint, "another", issuer, now), "TOKEN_AUDIENCE"),
        (sign(mint, "xiangtu", "https://id.elsewhere", now), "TOKEN_ISSUER"),
        (strange.clone(), "TOKEN_KEY_UNKNOWN"),
        (with_signature(&good, &strange), "TOKEN_SIGNATURE"),
        (with_claim(&good, "division", json!("")), "TOKEN_SIGNATURE"),
        (unsigned(&good), "TOKEN_ALGORITHM"),
        (with_algorithm(&good, "RS256"), "TOKEN_ALGORITHM"),
        (by_secret(&good, &public_keys), "TOKEN_ALGORITHM"),
    ]
}

/// Header, claims and signature.
fn parts(token: &str) -> [&str; 3] {
    let parts: Vec<&str> = token.split('.').collect();
    parts.try_into().expect("three parts")
}

fn with(part: &str, name: &str, value: Value) -> String {
    let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64");
    let mut object: Value = serde_json::from_slice(&bytes).expect("JSON");
    object[name] = value;
    URL_SAFE_NO_PAD.encode(object.to_string())
}

/// The known key's name with another key's signature.
fn with_signature(token: &str, other: &str) -> String {
    let ([header, claims, _], [_, _, signature]) = (parts(token), parts(other));
    format!("{header}.{claims}.{signature}")
}

/// A claim changed after it was signed.
fn with_claim(token: &str, name: &str, value: Value) -> String {
    let [header, claims, signature] = parts(token);
    format!("{header}.{}.{signature}", with(claims, name, value))
}

fn with_algorithm(token: &str, algorithm: &str) -> String {
    let [header, claims, signature] = parts(token);
    format!("{}.{claims}.{signature}", with(header, "alg", json!(algorithm)))
}

fn unsigned(token: &str) -> String {
    let [header, claims, _] = parts(token);
    format!("{}.{claims}.", with(header, "alg", json!("none")))
}

/// The public key, which everybody has, taken for a shared secret.
fn by_secret(token: &str, secret: &[u8]) -> String {
    let [header, claims, _] = parts(token);
    let signed = format!("{}.{claims}", with(header, "alg", json!("HS256")));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
}
