use std::time::Duration;

use http::HeaderValue;
use serde_json::{Value, json};
use time::macros::datetime;

use super::*;
use crate::auth::Mint;

const NOW: OffsetDateTime = datetime!(2024-03-04 08:00 UTC);
const HOUR: Duration = Duration::from_hours(1);

struct Scene {
    mint: Mint,
    verifier: Verifier,
    clock: Clock,
    folder: std::path::PathBuf,
}

impl Scene {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("kit-auth-{name}-{}", std::process::id()));
        let mint = Mint::create(&folder, "https://id.test").expect("keys");
        let clock = Clock::fixed(NOW);
        let config = AuthConfig {
            issuer: "https://id.test".to_owned(),
            audience: "xiangtu".to_owned(),
            jwks: mint.jwks_path().display().to_string(),
        };
        let verifier = Verifier::new(&config, clock.clone()).await.expect("a verifier");
        Self {
            mint,
            verifier,
            clock,
            folder,
        }
    }

    async fn outcome(&self, token: &str) -> Result<Arc<Caller>, &'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(
            AUTHORIZATION,
            HeaderValue::from_str(&format!("Bearer {token}")).expect("a value"),
        );
        self.verifier.verify(&headers).await.map_err(|error| error.reason())
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn a_good_token_names_the_caller_until_it_expires() {
    let scene = Scene::new("good").await;
    let token = scene
        .mint
        .mint("wang", &["villages.*"], "410225", HOUR, NOW)
        .expect("a token");
    let caller = scene.outcome(&token).await.expect("accepted");
    assert_eq!((caller.subject.as_str(), caller.scope.as_str()), ("wang", "410225"));
    // Remembered tokens expire too.
    scene.clock.advance(time::Duration::seconds(3_600 + 31));
    assert_eq!(scene.outcome(&token).await, Err("TOKEN_EXPIRED"));
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).expect("base64")).expect("JSON")
}

#[tokio::test]
async fn claims_are_read_as_providers_write_them() {
    let scene = Scene::new("claims").await;
    let claims = |changes: Value| {
        let mut claims = json!({
            "iss": "https://id.test", "sub": "wang", "aud": "xiangtu", "exp": NOW.unix_timestamp() + 60,
            "permissions": ["villages.*"], "division": "410225",
        });
        for (name, value) in changes.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        claims
    };
    let outcome = async |changes: Value| {
        scene
            .outcome(&scene.mint.encode(&claims(changes)).expect("a token"))
            .await
    };
    for changes in [
        json!({}),
        json!({"aud": ["account", "xiangtu"]}),
        json!({"nbf": null}),
        json!({"division": "410225000000"}),
    ] {
        let caller = outcome(changes.clone())
            .await
            .unwrap_or_else(|reason| panic!("{changes}: {reason}"));
        assert_eq!(caller.scope, "410225", "{changes}");
    }
    let powerless = outcome(json!({"permissions": []})).await.expect("accepted");
    assert!(!powerless.can("villages.divisions.read"));
    for (changes, reason) in [
        (json!({"aud": ["account"]}), "TOKEN_AUDIENCE"),
        (json!({"division": null}), "TOKEN_MALFORMED"),
        (json!({"division": 410_225}), "TOKEN_MALFORMED"),
        (json!({"division": "4102250"}), "TOKEN_MALFORMED"),
        (json!({"sub": ""}), "TOKEN_MALFORMED"),
        (json!({"sub": "wang\nli"}), "TOKEN_MALFORMED"),
        (json!({"sub": "w".repeat(129)}), "TOKEN_MALFORMED"),
        (json!({"exp": null}), "TOKEN_MALFORMED"),
        (json!({"exp": 0}), "TOKEN_EXPIRED"),
        (json!({"exp": i64::MIN}), "TOKEN_MALFORMED"),
        (json!({"exp": NOW.unix_timestamp() - 30}), "TOKEN_EXPIRED"),
        (json!({"exp": i64::MAX, "nbf": i64::MAX}), "TOKEN_NOT_YET_VALID"),
        (json!({"nbf": NOW.unix_timestamp() + 31}), "TOKEN_NOT_YET_VALID"),
    ] {
        assert_eq!(outcome(changes.clone()).await, Err(reason), "{changes}");
    }
}

#[tokio::test]
async fn broken_key_sets_leave_the_old_keys() {
    let scene = Scene::new("refresh").await;
    let other = Scene::new("refresh-other").await;
    let refresh = async |jwks: &[u8]| {
        std::fs::write(scene.mint.jwks_path(), jwks).expect("written");
        scene.verifier.0.keys.refresh_now().await
    };
    for jwks in ["", "{", r#"{"keys":[]}"#, r#"{"keys":[{"kty":"oct","k":"AAAA"}]}"#] {
        assert!(refresh(jwks.as_bytes()).await.is_err(), "{jwks}");
    }
    let token = scene.mint.mint("wang", &[], "", HOUR, NOW).expect("a token");
    assert!(scene.outcome(&token).await.is_ok());
    let later = scene.mint.mint("zhao", &[], "", HOUR, NOW).expect("a token");
    let replaced = std::fs::read(other.mint.jwks_path()).expect("read");
    refresh(&replaced).await.expect("a good set");
    assert_eq!(scene.outcome(&later).await, Err("TOKEN_KEY_UNKNOWN"));
    scene.clock.advance(time::Duration::seconds(REMEMBER_S));
    assert_eq!(
        scene.outcome(&token).await,
        Err("TOKEN_KEY_UNKNOWN"),
        "a withdrawn key works no longer than this"
    );
}

#[tokio::test]
async fn an_issuer_that_is_down_is_no_fault_of_the_token() {
    let scene = Scene::new("down").await;
    let config = AuthConfig {
        issuer: "https://id.test".to_owned(),
        audience: "xiangtu".to_owned(),
        jwks: "http://127.0.0.1:1/jwks".to_owned(),
    };
    let verifier = Verifier::new(&config, scene.clock.clone()).await.expect("a verifier");
    let token = scene.mint.mint("wang", &[], "", HOUR, NOW).expect("a token");
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, format!("Bearer {token}").parse().expect("a value"));
    for _ in 0..2 {
        let error = verifier.verify(&headers).await.expect_err("no keys");
        assert_eq!(error.reason(), "DEPENDENCY_UNAVAILABLE");
    }
}

#[tokio::test]
async fn every_other_token_is_refused_with_its_reason() {
    let scene = Scene::new("bad").await;
    let other = Scene::new("other").await;
    let mint = &scene.mint;
    let sign = |audience: &str, issuer: &str, division: &str| {
        mint.sign("wang", &["*"], division, audience, issuer, HOUR, NOW)
            .expect("a token")
    };
    assert_eq!(
        scene
            .outcome(&sign("xiangtu", "https://id.test", ""))
            .await
            .map(|c| c.scope.clone()),
        Ok(String::new())
    );
    assert_eq!(
        scene.outcome(&sign("other", "https://id.test", "")).await,
        Err("TOKEN_AUDIENCE")
    );
    assert_eq!(
        scene.outcome(&sign("xiangtu", "https://evil.test", "")).await,
        Err("TOKEN_ISSUER")
    );
    assert_eq!(
        scene.outcome(&sign("xiangtu", "https://id.test", "41'; --")).await,
        Err("TOKEN_MALFORMED")
    );
    let foreign = other.mint.mint("wang", &["*"], "", HOUR, NOW).expect("a token");
    assert_eq!(scene.outcome(&foreign).await, Err("TOKEN_KEY_UNKNOWN"));
    let good = sign("xiangtu", "https://id.test", "410225");
    let (signed, signature) = good.rsplit_once('.').expect("three parts");
    let (header, claims) = signed.split_once('.').expect("three parts");
    let swapped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{signed}.{swapped}{}", &signature[1..]);
    assert_eq!(scene.outcome(&forged).await, Err("TOKEN_SIGNATURE"));
    let wider = URL_SAFE_NO_PAD.encode(r#"{"sub":"wang","permissions":["*"],"division":""}"#);
    assert_eq!(
        scene.outcome(&format!("{header}.{wider}.{signature}")).await,
        Err("TOKEN_SIGNATURE")
    );
    let kid = decoded(header)["kid"].clone();
    for name in ["none", "HS256", "HS512", "PS256", "ES384", "RS256", "EdDSA", "es256"] {
        let header = encoded(&json!({"alg": name, "kid": kid}));
        assert_eq!(
            scene.outcome(&format!("{header}.{claims}.{signature}")).await,
            Err("TOKEN_ALGORITHM"),
            "{name}"
        );
    }
    let without_kid = encoded(&json!({"alg": "ES256"}));
    assert_eq!(
        scene.outcome(&format!("{without_kid}.{claims}.{signature}")).await,
        Err("TOKEN_MALFORMED")
    );
    assert_eq!(scene.outcome("x").await, Err("TOKEN_MALFORMED"));
    assert_eq!(
        scene.verifier.verify(&HeaderMap::new()).await.map_err(|e| e.reason()),
        Err("TOKEN_MISSING")
    );
    scene.clock.set(NOW - time::Duration::minutes(5));
    assert_eq!(
        scene.outcome(&sign("xiangtu", "https://id.test", "41")).await,
        Err("TOKEN_NOT_YET_VALID")
    );
}

#[tokio::test]
async fn what_was_verified_before_the_clock_went_back_is_verified_again() {
    let scene = Scene::new("back").await;
    scene.clock.advance(time::Duration::DAY);
    let ahead = scene.mint.mint("wang", &[], "", HOUR, NOW + time::Duration::DAY);
    let ahead = ahead.expect("a token");
    assert!(scene.outcome(&ahead).await.is_ok());
    scene.clock.set(NOW);
    assert_eq!(scene.outcome(&ahead).await, Err("TOKEN_NOT_YET_VALID"));
    let token = scene.mint.mint("wang", &[], "", HOUR, NOW).expect("a token");
    assert!(scene.outcome(&token).await.is_ok());
}
