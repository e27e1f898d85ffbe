//! The database: a pool, and transactions that carry row scope, deadline, audit, events and idempotency.

mod idempotency;
mod tx;

use std::{sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, PgPool, SqlSafeStr as _, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    call::Call,
    clock::Clock,
    error::{Error, Result},
    id::Ids,
};

pub use tx::{Begun, Tx};

/// Longest a statement of a job may run; calls are bound by their own deadline.
const JOB_STATEMENT_TIMEOUT: Duration = Duration::from_mins(30);

/// Where the database is and how many connections to hold.
#[derive(Clone)]
pub struct DbConfig {
    /// `postgres://…` of the service role.
    pub url: String,
    /// Most connections, 1–16: more slow a small machine down.
    pub max_connections: u32,
}

/// The service's own database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: PgPool,
    clock: Clock,
    ids: Ids,
    committed: Arc<Notify>,
}

impl Db {
    /// Opens the pool lazily: an unreachable database makes the service unready, it does not stop it from starting.
    pub fn connect(config: &DbConfig, clock: Clock, ids: Ids) -> Result<Self> {
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| config.url.starts_with(scheme))
        {
            return Err(Error::unavailable("PostgreSQL", "the URL begins with postgres://"));
        }
        let options = options(&config.url)?;
        let pool = PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(Duration::from_secs(5))
            .max_lifetime(Duration::from_mins(5))
            .connect_lazy_with(options);
        Ok(Self {
            pool,
            clock,
            ids,
            committed: Arc::new(Notify::new()),
        })
    }

    /// Begins a read inside the caller's division. Dropping the transaction ends it.
    pub async fn read(&self, call: &Call) -> Result<Tx> {
        let setup = setup("", &call.caller.scope, remaining(call)?, "");
        self.begin(setup, call.caller.subject.clone(), call.method.to_string(), None)
            .await
    }

    /// Begins a read inside the caller's division of which all statements see one state of the database.
    pub async fn snapshot(&self, call: &Call) -> Result<Tx> {
        let isolation = " ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let setup = setup(isolation, &call.caller.scope, remaining(call)?, "");
        self.begin(setup, call.caller.subject.clone(), call.method.to_string(), None)
            .await
    }

    /// Begins a mutation inside the caller's division, or finds that `request_id` was answered already.
    ///
    /// The same id with another body is `INVALID_ARGUMENT` (`REQUEST_ID_REUSED`). An empty id has no replay protection.
    pub async fn write<M, R>(&self, call: &Call, request_id: &str, request: &M) -> Result<Begun<R>>
    where
        M: prost::Message,
        R: prost::Message + Default,
    {
        let key = idempotency::Key::new(call, request_id, request)?;
        let lock = key.as_ref().map(idempotency::Key::lock_statement).unwrap_or_default();
        let setup = setup("", &call.caller.scope, remaining(call)?, &lock);
        let mut tx = self
            .begin(
                setup,
                call.caller.subject.clone(),
                call.method.to_string(),
                key.as_ref().map(|key| key.request_id),
            )
            .await?;
        if let Some(key) = key {
            if let Some(response) = key.first_answer(&mut tx).await? {
                return Ok(Begun::Replay(response));
            }
            tx.remember(key);
        }
        Ok(Begun::Fresh(tx))
    }

    /// Begins a transaction of the service itself over all divisions; `job` names it in the audit trail.
    pub async fn system(&self, job: &str) -> Result<Tx> {
        let setup = setup("", "", JOB_STATEMENT_TIMEOUT, "");
        self.begin(setup, format!("system:{job}"), job.to_owned(), None).await
    }

    /// Completes when a transaction of this process has committed events.
    pub async fn events_committed(&self) {
        self.committed.notified().await;
    }

    /// Answers whether the database answers, within two seconds.
    pub async fn ping(&self) -> Result<()> {
        let ping = sqlx::query("SELECT 1").execute(&self.pool);
        match tokio::time::timeout(Duration::from_secs(2), ping).await {
            Ok(result) => result.map(drop).map_err(Error::from),
            Err(elapsed) => Err(Error::unavailable("PostgreSQL", elapsed)),
        }
    }

    /// Settings with which the server acknowledges what a power cut could take back, like `fsync = off`; none if it is safe.
    ///
    /// Source: PostgreSQL's documentation, "Reliability and the Write-Ahead Log".
    pub async fn lossy_settings(&self) -> Result<Vec<String>> {
        let sql = "SELECT name || ' = ' || setting FROM pg_settings
                   WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name";
        Ok(sqlx::query_scalar(sql).fetch_all(&self.pool).await?)
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn begin(&self, setup: String, principal: String, method: String, request_id: Option<Uuid>) -> Result<Tx> {
        let conn = self.pool.acquire().await?;
        // One round trip for BEGIN and the settings; `setup` is built from digits and UUIDs only. It goes to its end even if nobody
        // waits for it any more: given up half-way, the connection would return to the pool inside the transaction, and the next
        // BEGIN would change nothing.
        let begun = tokio::spawn(Transaction::begin(conn, Some(AssertSqlSafe(setup).into_sql_str())));
        let inner = begun.await.map_err(Error::internal)??;
        Ok(Tx::new(inner, self.clone(), principal, method, request_id))
    }
}

/// How to connect to the database of `url`. The server soon hears by itself of a connection whose other end is gone, frees what that
/// holds, and its probes keep the way open where addresses are translated.
pub fn options(url: &str) -> Result<PgConnectOptions> {
    let options: PgConnectOptions = url.parse().map_err(|error| Error::unavailable("PostgreSQL", error))?;
    Ok(options.options([
        ("tcp_keepalives_idle", "30"),
        ("tcp_keepalives_interval", "5"),
        ("tcp_keepalives_count", "3"),
        // The same while an answer is under way, in milliseconds.
        ("tcp_user_timeout", "45000"),
    ]))
}

fn remaining(call: &Call) -> Result<Duration> {
    let left = call.deadline.saturating_duration_since(std::time::Instant::now());
    if left.is_zero() {
        Err(Error::deadline())
    } else {
        Ok(left)
    }
}

/// `scope` comes from a verified token and holds digits only; see [`crate::auth::Caller`].
fn setup(isolation: &str, scope: &str, statement_timeout: Duration, lock: &str) -> String {
    let digits: String = scope.chars().filter(char::is_ascii_digit).collect();
    let timeout_ms = statement_timeout.as_millis().max(1);
    format!(
        "BEGIN{isolation}; SET LOCAL xiangtu.scope = '{digits}'; SET LOCAL statement_timeout = {timeout_ms}; {lock}"
    )
}
