//! Redis emptied, and Redis killed.

use std::time::{Duration, Instant};

use crate::{count::Count, kills, moments::Moments, own_suite, payers::Payers, percentile};
use redis::{AsyncConnectionConfig, aio::MultiplexedConnection};

async fn connect(url: &str) -> MultiplexedConnection {
    let client = redis::Client::open(url).expect("a URL");
    // A busy machine may take its time.
    let patient = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(10)));
    let connection = client.get_multiplexed_async_connection_with_config(&patient).await;
    connection.expect("Redis")
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_emptied_during_payments() {
    let (stores, suite, receiver) = own_suite("redis-emptied").await;
    let payers = Payers::start(&suite);
    let mut moments = Moments::new();
    let mut redis = connect(&stores.at.redis_url).await;
    let mut gone = 0_u64;
    for _ in 0..kills() {
        moments.pass(600).await;
        let keys: u64 = redis::cmd("DBSIZE").query_async(&mut redis).await.expect("a size");
        redis::cmd("FLUSHALL").exec_async(&mut redis).await.expect("emptied");
        gone += keys;
    }
    assert!(gone > 0, "there was something to lose");
    let book = payers.finish().await;
    assert_eq!(book.failed, 0, "payments do not need Redis");
    let count = Count::of(&suite, &receiver, &book).await;
    let measured = [("times emptied", kills().to_string()), ("keys lost", gone.to_string())];
    count.show("chaos-redis-emptied", &measured);
    count.is_exact();
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_is_killed_during_payments() {
    let (mut stores, suite, receiver) = own_suite("redis-killed").await;
    let payers = Payers::start(&suite);
    let (mut moments, mut late) = (Moments::new(), Vec::new());
    let rounds = (kills() / 3).max(1);
    for round in 0..rounds {
        moments.pass(800).await;
        stores.kill_redis().await;
        moments.pass(800).await;
        if round % 2 == 0 {
            stores.forget_redis();
        }
        stores.revive();
        // Notices go on soon after it is back.
        let (back, before) = (Instant::now(), receiver.arrivals().len());
        while receiver.arrivals().len() == before {
            assert!(back.elapsed() < Duration::from_secs(20), "notices do not go on");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        late.push(back.elapsed());
    }
    let book = payers.finish().await;
    assert_eq!(book.failed, 0, "payments do not need Redis");
    let count = Count::of(&suite, &receiver, &book).await;
    let measured = [
        ("kills", rounds.to_string()),
        ("notices go on p50", percentile(&mut late, 50)),
        ("notices go on p99", percentile(&mut late, 99)),
    ];
    count.show("chaos-redis-killed", &measured);
    count.is_exact();
}
