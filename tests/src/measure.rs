//! How a bench measures: rows put behind a service, and the middle of several rounds.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tonic::transport::{Channel, Endpoint};

use crate::Suite;

/// The database of a service as its superuser, who sees every row without its policies.
///
/// # Panics
///
/// If it cannot be reached.
pub async fn behind(suite: &Suite, service: &str) -> PgConnection {
    let url = suite
        .databases
        .get(service)
        .expect("a service of the suite")
        .superuser_url();
    PgConnection::connect(&url).await.expect("a connection")
}

/// Runs statements one after the other, and lets the planner know what they left.
///
/// # Panics
///
/// If one of them fails.
pub async fn fill(conn: &mut PgConnection, statements: &[String]) {
    for statement in statements {
        sqlx::query(AssertSqlSafe(statement.clone()))
            .execute(&mut *conn)
            .await
            .unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
    sqlx::query("VACUUM ANALYZE").execute(conn).await.expect("statistics");
}

/// Connections to a service for so many callers, at most eight.
///
/// # Panics
///
/// If it does not answer.
pub async fn channels(suite: &Suite, service: &str, callers: usize) -> Vec<Channel> {
    let url = format!("http://{}", suite.service(service).address());
    let mut channels = Vec::new();
    for _ in 0..callers.min(8) {
        let endpoint = Endpoint::from_shared(url.clone()).expect("a URL");
        channels.push(endpoint.connect().await.expect("connected"));
    }
    channels
}

/// How long `work` took.
pub async fn timed(work: impl Future) -> Duration {
    let started = Instant::now();
    work.await;
    started.elapsed()
}

/// The middle of some durations; zero of none.
pub fn median(mut durations: Vec<Duration>) -> Duration {
    durations.sort_unstable();
    durations.get(durations.len() / 2).copied().unwrap_or_default()
}

/// Milliseconds with one decimal, as tables show them.
pub fn millis(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64() * 1e3)
}
