//! Kills under payments, billing, sealing and custody: nothing acknowledged is lost, nothing is done twice (`make chaos`).
//!
//! `KILLS` says how often each test kills (24 unless set), `SEED` when. `DURABLE=0` takes the stores' durability away:
//! then the lane must fail, which shows that it would see a loss.

mod backup;
mod billing;
mod books;
mod count;
mod custody;
mod cut;
mod insist;
mod moments;
mod office;
mod officer;
mod payers;
mod postgres;
mod redis;
mod restore;
mod services;

use std::{path::PathBuf, time::Duration};

use sqlx::{Connection as _, PgConnection};
use tests::{OwnStores, Receiver, SERVICES, Suite, village};

const HOUSEHOLDS: usize = 40;

/// A suite on stores of its own, with bills to pay and a receiver of every payment's notice.
async fn own_suite(name: &str) -> (OwnStores, Suite, Receiver) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("chaos-{name}"));
    let stores = OwnStores::start(&folder);
    let durable = std::env::var("DURABLE").map_or(true, |durable| durable != "0");
    if !durable {
        acknowledge_early(&stores.at.postgres_url).await;
    }
    let suite = Suite::start_on(&stores.at, &SERVICES, &[("XIANGTU_SEAL_EVERY_S", "1")]).await;
    if durable {
        suite.service("homestead").run("check");
    }
    let receiver = Receiver::start().await;
    village::bill(&suite, HOUSEHOLDS).await;
    village::notify_payments(&suite, &receiver.url()).await;
    (stores, suite, receiver)
}

/// Makes PostgreSQL acknowledge what it has not written yet.
async fn acknowledge_early(url: &str) {
    let mut conn = PgConnection::connect(url).await.expect("a connection");
    for sql in ["ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()"] {
        sqlx::query(sql).execute(&mut conn).await.expect("set");
    }
}

/// How often a test kills what it is about.
fn kills() -> usize {
    std::env::var("KILLS").map_or(24, |kills| kills.parse().expect("KILLS is a number"))
}

/// The time below which so many percent of all times lie, as text.
fn percentile(times: &mut [Duration], percent: usize) -> String {
    times.sort_unstable();
    let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times
        .get(at)
        .map_or_else(|| "–".to_owned(), |time| format!("{} ms", time.as_millis()))
}
