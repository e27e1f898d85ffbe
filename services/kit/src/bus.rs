//! The event bus: one Redis stream for each producing service. Redis is never the only copy.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Client,
    aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection},
};
use tokio::sync::OnceCell;

use crate::error::{Error, Result};

/// Where Redis is.
#[derive(Clone)]
pub struct BusConfig {
    /// `redis://…` or `rediss://…`.
    pub url: String,
    /// First part of every key, so that several suites can share one Redis.
    pub prefix: String,
}

/// A handle to the bus.
pub struct Bus {
    client: Client,
    prefix: String,
    shared: OnceCell<ConnectionManager>,
}

impl Bus {
    /// Prepares the handle; connects on first use.
    pub fn new(config: &BusConfig) -> Result<Self> {
        let client = Client::open(config.url.as_str()).map_err(|error| Error::unavailable("Redis", error))?;
        Ok(Self {
            client,
            prefix: config.prefix.clone(),
            shared: OnceCell::new(),
        })
    }

    /// Key of the stream of `source`.
    pub(crate) fn stream(&self, source: &str) -> String {
        format!("{}:events:{source}", self.prefix)
    }

    /// The shared connection, which reconnects by itself.
    pub(crate) async fn shared(&self) -> Result<ConnectionManager> {
        let connect = || {
            let config = ConnectionManagerConfig::new()
                .set_connection_timeout(Some(Duration::from_secs(2)))
                .set_response_timeout(Some(Duration::from_secs(5)))
                .set_number_of_retries(1);
            ConnectionManager::new_with_config(self.client.clone(), config)
        };
        self.shared.get_or_try_init(connect).await.cloned().map_err(down)
    }

    /// A connection of its own for blocking reads.
    pub(crate) async fn dedicated(&self) -> Result<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(2)))
            .set_response_timeout(Some(Duration::from_secs(5)));
        self.client
            .get_multiplexed_async_connection_with_config(&config)
            .await
            .map_err(down)
    }

    /// Answers whether Redis answers.
    pub async fn ping(&self) -> Result<()> {
        let mut connection = self.shared().await?;
        redis::cmd("PING").exec_async(&mut connection).await.map_err(down)
    }
}

/// Redis does not answer as it should.
pub(crate) fn down(error: redis::RedisError) -> Error {
    Error::unavailable("Redis", error)
}
