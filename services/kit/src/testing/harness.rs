//! A service in this process, on a database of its own.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use time::OffsetDateTime;
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

use super::{Database, database::environment};
use crate::{
    auth::Mint,
    clock::Clock,
    config::Env,
    id::Ids,
    lifecycle::Lifecycle,
    service::{Kit, Running, Service, start},
};

/// How a test wants its service.
#[derive(Default)]
pub struct Setup {
    /// Settings beside the usual ones; they win.
    pub variables: BTreeMap<String, String>,
    /// Where the clock stands; `None` lets it run.
    pub now: Option<OffsetDateTime>,
}

/// A service under test. Stops when dropped; call [`Harness::stop`] to remove its database too.
pub struct Harness {
    /// What the service works with.
    pub kit: Kit,
    /// Plaintext channel to it.
    pub channel: Channel,
    /// Issues tokens that it accepts.
    pub mint: Mint,
    /// Its database.
    pub database: Database,
    /// Its variables, to start it again.
    pub variables: BTreeMap<String, String>,
    service: Service,
    clock: Clock,
    ids: Ids,
    running: Option<Running>,
    folder: PathBuf,
}

impl Harness {
    /// Starts `service` with the usual settings.
    pub async fn start(service: Service) -> Self {
        Self::with(service, Setup::default()).await
    }

    /// Starts `service` as `setup` wants it.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn with(service: Service, setup: Setup) -> Self {
        let clock = setup.now.map_or_else(Clock::system, Clock::fixed);
        let ids = Ids::random(Clock::system());
        let unique = ids.next();
        let database = Database::create(&service, unique)
            .await
            .expect("a database for the test");
        let folder = std::env::temp_dir().join(format!("xiangtu-test-{}", unique.simple()));
        let mint = Mint::create(&folder, "https://id.test").expect("keys for the test");
        let mut variables = usual(&database, &mint, unique);
        variables.extend(setup.variables);
        let running = run(service, &variables, &clock, &ids).await;
        let channel = connect(&running);
        let kit = running.kit.clone();
        Self {
            kit,
            channel,
            mint,
            database,
            variables,
            service,
            clock,
            ids,
            running: Some(running),
            folder,
        }
    }

    /// Address of the gRPC server, `http://…`.
    pub fn url(&self) -> String {
        format!("http://{}", self.running().address)
    }

    /// Address of the probes and metrics, `http://…`.
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.running().admin_address)
    }

    /// A token of `officer` with these permissions for a division prefix, good for an hour by the clock of the service.
    ///
    /// # Panics
    ///
    /// If it cannot be signed.
    pub fn token(&self, permissions: &[&str], division: &str) -> String {
        self.mint
            .mint(
                "officer",
                permissions,
                division,
                Duration::from_hours(1),
                self.clock.now(),
            )
            .expect("a token")
    }

    /// `message` as a request of somebody who may do everything inside `division`.
    pub fn request<M>(&self, division: &str, message: M) -> Request<M> {
        self.request_with(&self.token(&["*"], division), message)
    }

    /// `message` as a request with `token`.
    ///
    /// # Panics
    ///
    /// If the token is no header value.
    #[expect(clippy::unused_self, reason = "reads well beside `request`")]
    pub fn request_with<M>(&self, token: &str, message: M) -> Request<M> {
        let value: MetadataValue<Ascii> = format!("Bearer {token}").parse().expect("a header value");
        let mut request = Request::new(message);
        request.metadata_mut().insert("authorization", value);
        request
    }

    /// Cuts the service off as a crash would, and starts it again on the same database.
    pub async fn crash_and_restart(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
        let running = run(self.service, &self.variables, &self.clock, &self.ids).await;
        self.channel = connect(&running);
        self.kit = running.kit.clone();
        self.running = Some(running);
    }

    /// Stops the service and removes its database.
    ///
    /// # Panics
    ///
    /// If the database cannot be removed.
    pub async fn stop(mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.database
            .clone()
            .drop()
            .await
            .expect("the database of the test is removed");
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("the service runs")
    }
}

impl Drop for Harness {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.kill();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn usual(database: &Database, mint: &Mint, unique: Uuid) -> BTreeMap<String, String> {
    // Any fixed 32 bytes.
    let key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    [
        ("XIANGTU_LISTEN", "127.0.0.1:0".to_owned()),
        ("XIANGTU_ADMIN_LISTEN", "127.0.0.1:0".to_owned()),
        ("XIANGTU_DATABASE_URL", database.service_url()),
        ("XIANGTU_DATABASE_CONNECTIONS", "8".to_owned()),
        ("XIANGTU_REDIS_URL", environment("XIANGTU_TEST_REDIS_URL")),
        ("XIANGTU_BUS_PREFIX", format!("test-{}", unique.simple())),
        ("XIANGTU_AUTH_ISSUER", mint.issuer().to_owned()),
        ("XIANGTU_AUTH_JWKS", mint.jwks_path().display().to_string()),
        ("XIANGTU_PII_KEYS", format!("k1:{key}")),
        ("XIANGTU_PII_INDEX_KEY", key.to_owned()),
        ("XIANGTU_PAGE_KEY", key.to_owned()),
        ("XIANGTU_CALLS_PER_SECOND", "100000".to_owned()),
        // The client of tests drops calls that it was about to send on a connection that leaves.
        ("XIANGTU_CONNECTION_AGE_S", "86400".to_owned()),
        ("XIANGTU_REFLECTION", "1".to_owned()),
        ("XIANGTU_DRAIN_DELAY_S", "0".to_owned()),
        ("XIANGTU_SHUTDOWN_S", "5".to_owned()),
        (
            "XIANGTU_LOG",
            std::env::var("XIANGTU_LOG").unwrap_or_else(|_| "warn".to_owned()),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

async fn run(service: Service, variables: &BTreeMap<String, String>, clock: &Clock, ids: &Ids) -> Running {
    let mut env = Env::of(variables.clone());
    match start(service, &mut env, clock.clone(), ids.clone(), Lifecycle::new()).await {
        Ok(running) => running,
        Err(mistakes) => panic!("{} does not start:\n{mistakes}", service.name),
    }
}

fn connect(running: &Running) -> Channel {
    let url = format!("http://{}", running.address);
    Endpoint::from_shared(url).expect("a URL").connect_lazy()
}
