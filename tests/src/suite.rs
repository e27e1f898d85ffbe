//! All four services as processes, on databases of their own.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::Duration,
};

use kit::{auth::Mint, clock::Clock, id::Ids, testing::Database};
use prost_reflect::DynamicMessage;
use serde_json::Value as Json;
use tonic::{Request, Status, metadata::MetadataValue};

use crate::{Process, Stores, dynamic, json};

/// The services of the suite.
pub const SERVICES: [&str; 4] = ["villages", "sanitation", "homestead", "notifications"];

/// The key of personal data, `k1`, and of its index.
pub const PII_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// The whole suite, up and empty.
pub struct Suite {
    /// Issues tokens that all services accept.
    pub mint: Mint,
    /// The databases by service.
    pub databases: BTreeMap<&'static str, Database>,
    /// First part of the keys in Redis.
    pub bus_prefix: String,
    processes: BTreeMap<&'static str, Process>,
    folder: PathBuf,
}

impl Suite {
    /// Starts the suite with `variables` beside the usual settings.
    ///
    /// # Panics
    ///
    /// If anything does not start.
    pub async fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_on(&Stores::of_the_run(), &SERVICES, variables).await
    }

    /// Starts some services of the suite.
    ///
    /// # Panics
    ///
    /// If anything does not start.
    pub async fn start_only(services: &[&'static str], variables: &[(&str, &str)]) -> Self {
        Self::start_on(&Stores::of_the_run(), services, variables).await
    }

    /// Starts some services of the suite on stores of a test's own.
    ///
    /// # Panics
    ///
    /// If anything does not start.
    pub async fn start_on(stores: &Stores, services: &[&'static str], variables: &[(&str, &str)]) -> Self {
        let unique = Ids::random(Clock::system()).next().simple().to_string();
        let folder = std::env::temp_dir().join(format!("xiangtu-suite-{unique}"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mint = Mint::create(&folder, "https://id.test").expect("keys");
        let bus_prefix = format!("suite-{unique}");
        let mut suite = Self {
            mint,
            databases: BTreeMap::new(),
            bus_prefix,
            processes: BTreeMap::new(),
            folder,
        };
        for name in services.iter().copied() {
            let database = Database::empty_on(&stores.postgres_url, &format!("s_{unique}_{name}"))
                .await
                .expect("a database");
            let mut settings = suite.settings(&database, stores);
            settings.extend(
                variables
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
            );
            let process = Process::new(name, settings, &suite.folder);
            process.run("migrate");
            suite.databases.insert(name, database);
            suite.processes.insert(name, process);
        }
        for process in suite.processes.values_mut() {
            process.start().await;
        }
        suite
    }

    fn settings(&self, database: &Database, stores: &Stores) -> BTreeMap<String, String> {
        let key = PII_KEY;
        [
            ("XIANGTU_DATABASE_URL", database.service_url()),
            ("XIANGTU_DATABASE_OWNER_URL", database.owner_url()),
            ("XIANGTU_REDIS_URL", stores.redis_url.clone()),
            ("XIANGTU_BUS_PREFIX", self.bus_prefix.clone()),
            ("XIANGTU_AUTH_ISSUER", self.mint.issuer().to_owned()),
            ("XIANGTU_AUTH_JWKS", self.mint.jwks_path().display().to_string()),
            ("XIANGTU_PII_KEYS", format!("k1:{key}")),
            ("XIANGTU_PII_INDEX_KEY", key.to_owned()),
            ("XIANGTU_PAGE_KEY", key.to_owned()),
            ("XIANGTU_CALLS_PER_SECOND", "1000000".to_owned()),
            ("XIANGTU_CONNECTION_AGE_S", "86400".to_owned()),
            ("XIANGTU_REFLECTION", "1".to_owned()),
            ("XIANGTU_DRAIN_DELAY_S", "0".to_owned()),
            ("XIANGTU_WEBHOOK_ALLOW", "127.0.0.0/8".to_owned()),
            ("XIANGTU_LOG", "info".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    /// A service of the suite.
    ///
    /// # Panics
    ///
    /// If there is no such service.
    pub fn service(&self, name: &str) -> &Process {
        self.processes.get(name).expect("a service of the suite")
    }

    /// A service of the suite, to kill or start.
    ///
    /// # Panics
    ///
    /// If there is no such service.
    pub fn service_mut(&mut self, name: &str) -> &mut Process {
        self.processes.get_mut(name).expect("a service of the suite")
    }

    /// Where logs and keys are, while the suite lives.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A token with these permissions for a division prefix, good for an hour.
    ///
    /// # Panics
    ///
    /// If it cannot be signed.
    pub fn token(&self, permissions: &[&str], division: &str) -> String {
        let now = Clock::system().now();
        self.mint
            .mint("officer", permissions, division, Duration::from_hours(1), now)
            .expect("a token")
    }

    /// Calls a method of a service with a request in JSON, as [`crate::json`] reads it, and answers the first response.
    ///
    /// # Panics
    ///
    /// If there is no such method or field.
    pub async fn ask(
        &self,
        service: &str,
        method: &str,
        request: &Json,
        token: &str,
    ) -> Result<DynamicMessage, Status> {
        let method = dynamic::method(service, method);
        let message = json::message(&method.input(), request);
        let answer = dynamic::call(self.service(service).channel(), &method, &message, Some(token)).await?;
        Ok(DynamicMessage::decode(method.output(), answer).expect("the response type"))
    }

    /// `message` as a request of somebody who may do everything inside `division`.
    pub fn request<M>(&self, division: &str, message: M) -> Request<M> {
        with_token(&self.token(&["*"], division), message)
    }
}

/// `message` as a request with `token`.
///
/// # Panics
///
/// If the token is no header value.
pub fn with_token<M>(token: &str, message: M) -> Request<M> {
    let mut request = Request::new(message);
    let value = MetadataValue::try_from(format!("Bearer {token}")).expect("a header value");
    request.metadata_mut().insert("authorization", value);
    request
}

impl Drop for Suite {
    fn drop(&mut self) {
        self.processes.clear();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
