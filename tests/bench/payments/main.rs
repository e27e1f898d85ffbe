//! Payments over gRPC against `pgbench` calling the same function on the same PostgreSQL, in turns, in one run; then the same in a
//! ledger of 10,000,000 payments.
//!
//! `make bench-payments`; `PAID` says how many payments the ledger grows by, and takes about 800 bytes of disk for each. Over gRPC
//! each payment passes authentication and validation and is answered after its commit; `pgbench` sends one function call a
//! transaction, which writes the same rows. Both share the machine with the database.

mod callers;
mod grown;
mod pgbench;

use std::time::Duration;

use tests::{Suite, Table, per_second, village};

/// Concurrent callers, and the least ratio to `pgbench` that we hold ourselves to.
const LEVELS: [(usize, &str); 4] = [(1, "≥ 0.7"), (16, ""), (64, "≥ 2.0"), (256, "≥ 3.0")];
/// How often both take turns, so that what the machine does meanwhile meets both, and how long each turn is counted, after a while
/// in which new connections learn their plans.
const TURNS: usize = 3;
const WARM_UP: Duration = Duration::from_secs(5);
const TURN: Duration = Duration::from_secs(5);
/// Callers who pay into the ledger before it grows and after.
const CAMPAIGN: usize = 64;
const HOUSEHOLDS: usize = 20_000;

/// Payments by how long each took.
#[derive(Default)]
pub struct Figure {
    turns: u32,
    latencies: Vec<Duration>,
}

impl Figure {
    /// Adds what was answered in the counted part of a turn.
    fn add(&mut self, latencies: Vec<Duration>) {
        self.turns += 1;
        self.latencies.extend(latencies);
    }

    fn per_second(&self) -> f64 {
        per_second(self.latencies.len(), TURN * self.turns)
    }

    /// The 99th percentile, in milliseconds.
    fn p99(&mut self) -> f64 {
        self.latencies.sort_unstable();
        let p99 = self.latencies.get(self.latencies.len() * 99 / 100);
        p99.map_or(0.0, |p99| p99.as_secs_f64() * 1e3)
    }
}

#[tokio::main]
async fn main() {
    let suite = Suite::start_only(&["homestead"], &[("XIANGTU_LOG", "warn")]).await;
    village::bill(&suite, HOUSEHOLDS).await;
    let columns = [
        "ledger",
        "callers",
        "gRPC payments/s",
        "p99 ms",
        "pgbench tps",
        "pgbench p99 ms",
        "ratio",
        "bar",
    ];
    let mut table = Table::new("payments", &columns);
    let mut empty = 0.0;
    for (callers, bar) in LEVELS {
        let rate = turns(&suite, &mut table, ("new", callers, bar)).await;
        if callers == CAMPAIGN {
            empty = rate;
        }
    }
    let paid = std::env::var("PAID").map_or(10_000_000, |n| n.parse().expect("PAID is a number"));
    grown::grow(&suite, paid).await;
    let full = turns(&suite, &mut table, ("grown", CAMPAIGN, "")).await;
    table.finish();

    let mut table = Table::new(
        "payments-grown",
        &["payments in the ledger", "payments/s to an empty one's", "bar"],
    );
    table.row(&[paid.to_string(), format!("{:.2}", full / empty), "≥ 0.8".to_owned()]);
    table.finish();
}

/// Lets both take turns; answers our payments a second.
async fn turns(suite: &Suite, table: &mut Table, (ledger, callers, bar): (&str, usize, &str)) -> f64 {
    let (mut ours, mut theirs) = (Figure::default(), Figure::default());
    for _ in 0..TURNS {
        theirs.add(pgbench::run(suite, callers));
        ours.add(callers::run(suite, callers).await);
    }
    table.row(&[
        ledger.to_owned(),
        callers.to_string(),
        format!("{:.0}", ours.per_second()),
        format!("{:.1}", ours.p99()),
        format!("{:.0}", theirs.per_second()),
        format!("{:.1}", theirs.p99()),
        format!("{:.2}", ours.per_second() / theirs.per_second()),
        bar.to_owned(),
    ]);
    ours.per_second()
}
