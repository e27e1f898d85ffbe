//! Payments over gRPC against `pgbench` calling the same function on the same PostgreSQL, in turns, in one run.
//!
//! `make bench-payments`. Over gRPC each payment passes authentication and validation and is answered after its commit;
//! `pgbench` sends one function call a transaction, which writes the same rows. Both share the machine with the database.

mod pgbench;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kit::{clock::Clock, id::Ids};
use proto::xiangtu::homestead::v1::payment_service_client::PaymentServiceClient;
use tests::{Suite, Table, measure::channels, per_second, village, with_token};
use tonic::transport::Channel;

/// Concurrent callers, and the least ratio to `pgbench` that we hold ourselves to.
const LEVELS: [(usize, &str); 4] = [(1, "≥ 0.7"), (16, ""), (64, "≥ 2.0"), (256, "≥ 3.0")];
const ROUND: Duration = Duration::from_secs(10);
const HOUSEHOLDS: usize = 20_000;

/// Payments a second and the 99th percentile of their latency.
pub struct Figure {
    per_second: f64,
    p99: Duration,
}

#[tokio::main]
async fn main() {
    let suite = Suite::start_only(&["homestead"], &[("XIANGTU_LOG", "warn")]).await;
    village::bill(&suite, HOUSEHOLDS).await;
    let columns = [
        "callers",
        "gRPC payments/s",
        "p99 ms",
        "pgbench tps",
        "p99 ms",
        "ratio",
        "bar",
    ];
    let mut table = Table::new("payments", &columns);
    for (callers, bar) in LEVELS {
        let peer = pgbench::run(&suite, callers, ROUND, HOUSEHOLDS);
        let ours = pay(&suite, callers).await;
        table.row(&[
            callers.to_string(),
            format!("{:.0}", ours.per_second),
            format!("{:.1}", ours.p99.as_secs_f64() * 1e3),
            format!("{:.0}", peer.per_second),
            format!("{:.1}", peer.p99.as_secs_f64() * 1e3),
            format!("{:.2}", ours.per_second / peer.per_second),
            bar.to_owned(),
        ]);
    }
    table.finish();
}

async fn pay(suite: &Suite, callers: usize) -> Figure {
    let ids = Ids::random(Clock::system());
    let token: Arc<str> = suite.token(&["*"], "").into();
    let channels = channels(suite, "homestead", callers).await;
    let until = Instant::now() + ROUND;
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (channel, ids, token) = (
                channels[caller % channels.len()].clone(),
                ids.clone(),
                Arc::clone(&token),
            );
            tokio::spawn(caller_until(until, caller, channel, ids, token))
        })
        .collect();
    let started = Instant::now();
    let mut latencies = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("a caller"));
    }
    let rate = per_second(latencies.len(), started.elapsed());
    latencies.sort_unstable();
    Figure {
        per_second: rate,
        p99: latencies.get(latencies.len() * 99 / 100).copied().unwrap_or_default(),
    }
}

async fn caller_until(until: Instant, caller: usize, channel: Channel, ids: Ids, token: Arc<str>) -> Vec<Duration> {
    let mut client = PaymentServiceClient::new(channel);
    let mut latencies = Vec::new();
    // Steps through the households in an order of its own: 7,919 is prime and no divisor of their number.
    let mut household = caller * 101;
    while Instant::now() < until {
        household = (household + 7_919) % HOUSEHOLDS;
        let request = with_token(&token, village::payment(household, 1, &ids.next().to_string()));
        let sent = Instant::now();
        client.record_payment(request).await.expect("posted");
        latencies.push(sent.elapsed());
    }
    latencies
}
