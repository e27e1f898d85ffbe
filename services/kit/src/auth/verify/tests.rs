use std::time::Duration;

use http::HeaderValue;
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
    let mut forged = sign("xiangtu", "https://id.test", "410225");
    let swapped = if forged.pop() == Some('A') { 'B' } else { 'A' };
    forged.insert(forged.len() - 10, swapped);
    assert!(matches!(
        scene.outcome(&forged).await,
        Err("TOKEN_SIGNATURE" | "TOKEN_MALFORMED")
    ));
    // {"alg":"none","kid":"x"}
    assert!(matches!(
        scene.outcome("eyJhbGciOiJub25lIiwia2lkIjoieCJ9.e30.").await,
        Err("TOKEN_ALGORITHM" | "TOKEN_MALFORMED")
    ));
    assert_eq!(scene.outcome("x").await, Err("TOKEN_MALFORMED"));
    assert_eq!(
        scene.verifier.verify(&HeaderMap::new()).await.map_err(|e| e.reason()),
        Err("TOKEN_MISSING")
    );
    scene.clock.set(NOW - time::Duration::minutes(5));
    assert_eq!(
        scene.outcome(&sign("xiangtu", "https://id.test", "1")).await,
        Err("TOKEN_NOT_YET_VALID")
    );
}
