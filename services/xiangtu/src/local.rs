//! The whole suite on one machine: private stores, and all services in this process.
//!
//! Its clock starts on the Monday after the work week, 8 April 2024, 8:00 in Asia/Shanghai, and runs on from there: the
//! county's data end in March 2024, and what is late or overdue should be so by its calendar.

mod clock;
mod secrets;

use std::{collections::BTreeMap, net::TcpListener, path::Path, time::Duration};

use kit::{auth::Mint, clock::Clock, config::Env, id::Ids, lifecycle::Lifecycle, service::Running};
use stores::{Options, Stores};

use crate::{
    client::Session,
    failure::{Failure, Result},
};
use secrets::Secrets;

/// Issuer of the development tokens.
pub const ISSUER: &str = "https://localhost/xiangtu-development";
/// First gRPC port that is tried; the services take the next ones.
const FIRST_PORT: u16 = 50_051;
const TOKEN_TTL: Duration = Duration::from_hours(24 * 30);

/// The suite, up.
pub struct Local {
    clock: Clock,
    stores: Stores,
    services: Vec<(&'static str, Running)>,
    session: Session,
}

/// The services in the order in which they start.
fn services() -> [kit::service::Service; 4] {
    [
        villages::service(),
        sanitation::service(),
        homestead::service(),
        notifications::service(),
    ]
}

impl Local {
    /// Starts stores and services in `folder`, for example `.local/run`; `note` is told what takes a while.
    pub async fn start(folder: &Path, note: &dyn Fn(&str)) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let stores = Stores::start(&Options {
            dir: folder,
            ephemeral: false,
            note,
        })?;
        let mint = Mint::create(&folder.join("keys"), ISSUER)?;
        let secrets = Secrets::load(&folder.join("secrets.json"))?;
        let (clock, clock_offset_s) = clock::start(&folder.join("clock.json"))?;
        let mut running = Vec::new();
        let mut endpoints = BTreeMap::new();
        for (index, service) in services().into_iter().enumerate() {
            note(&format!("{}: schema and start", service.name));
            kit::migrate::run(&stores.owner_url(service.name), service.migrations).await?;
            let mut env = Env::of(variables(&stores, &mint, &secrets, service.name, index));
            let ids = Ids::random(clock.clone());
            let up = kit::service::start(service, &mut env, clock.clone(), ids, Lifecycle::new()).await;
            let up = up.map_err(|mistakes| Failure::new(format!("{}: {mistakes}", service.name)))?;
            endpoints.insert(service.name.to_owned(), format!("http://{}", up.address));
            running.push((service.name, up));
        }
        let token = mint.mint("developer", &["*"], "", TOKEN_TTL, clock.now())?;
        let session = Session {
            endpoints,
            token,
            clock_offset_s,
        };
        session.save(&folder.join("session.json"))?;
        Ok(Self {
            clock,
            stores,
            services: running,
            session,
        })
    }

    /// Addresses and a token that may do everything.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The suite's own time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// URL of the probes and metrics of each service.
    pub fn admin_urls(&self) -> Vec<(&'static str, String)> {
        self.services
            .iter()
            .map(|(name, up)| (*name, format!("http://{}", up.admin_address)))
            .collect()
    }

    /// Stops the services, then the stores; the data stay.
    pub async fn stop(self) -> Result<()> {
        let stopping = self.services.into_iter().map(|(_, running)| running.stop());
        futures::future::join_all(stopping).await;
        Ok(self.stores.stop()?)
    }
}

fn variables(stores: &Stores, mint: &Mint, secrets: &Secrets, service: &str, index: usize) -> BTreeMap<String, String> {
    let offset = u16::try_from(index).unwrap_or_default();
    [
        ("XIANGTU_LISTEN", free(FIRST_PORT + offset)),
        ("XIANGTU_ADMIN_LISTEN", free(FIRST_PORT + 100 + offset)),
        ("XIANGTU_DATABASE_URL", stores.service_url(service)),
        ("XIANGTU_DATABASE_CONNECTIONS", "10".to_owned()),
        ("XIANGTU_REDIS_URL", stores.redis_url()),
        ("XIANGTU_AUTH_ISSUER", ISSUER.to_owned()),
        ("XIANGTU_AUTH_JWKS", mint.jwks_path().display().to_string()),
        ("XIANGTU_PII_KEYS", format!("k1:{}", secrets.pii)),
        ("XIANGTU_PII_INDEX_KEY", secrets.index.clone()),
        ("XIANGTU_PAGE_KEY", secrets.page.clone()),
        // A recount of the county takes some seconds, and several times that beside other work.
        ("XIANGTU_CALL_TIMEOUT_S", "120".to_owned()),
        ("XIANGTU_CALLS_PER_SECOND", "100000".to_owned()),
        // There are no other replicas to go to.
        ("XIANGTU_CONNECTION_AGE_S", "86400".to_owned()),
        ("XIANGTU_REFLECTION", "1".to_owned()),
        ("XIANGTU_DRAIN_DELAY_S", "0".to_owned()),
        ("XIANGTU_SHUTDOWN_S", "10".to_owned()),
        ("XIANGTU_WEBHOOK_ALLOW", "127.0.0.0/8".to_owned()),
        (
            "XIANGTU_LOG",
            std::env::var("XIANGTU_LOG").unwrap_or_else(|_| "error".to_owned()),
        ),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// `port` on this machine alone, or any other where somebody has it.
fn free(port: u16) -> String {
    let port = TcpListener::bind(("127.0.0.1", port)).map_or(0, |_| port);
    format!("127.0.0.1:{port}")
}
