use std::time::Duration;

use kit::testing::{Harness, Setup};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{
    imports::{header, import},
    service::WORDS,
};

async fn look(harness: &Harness) -> PgConnection {
    PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("a look behind")
}

async fn count(conn: &mut PgConnection, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(conn).await.expect("a count")
}

/// Waits until `sql` counts `expected`, at most ten seconds.
async fn until(conn: &mut PgConnection, sql: &'static str, expected: i64) {
    for _ in 0..500 {
        if count(conn, sql).await == expected {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{sql}: {} instead of {expected}", count(conn, sql).await);
}

async fn import_words(harness: &Harness, range: std::ops::Range<u32>) {
    for n in range {
        let file = format!("division_code,word\n410225104201,w{n}\n");
        import(harness, "410225", header("410225"), file.as_bytes())
            .await
            .expect("taken");
    }
}

async fn redis(harness: &Harness) -> (redis::aio::MultiplexedConnection, String) {
    let client = redis::Client::open(harness.variables["XIANGTU_REDIS_URL"].as_str()).expect("a URL");
    let connection = client.get_multiplexed_async_connection().await.expect("Redis");
    (
        connection,
        format!("{}:events:words", harness.variables["XIANGTU_BUS_PREFIX"]),
    )
}

const HEARD: &str = "SELECT count(*) FROM heard";

#[tokio::test]
async fn each_event_has_its_effect_once_whatever_redis_and_the_process_do() {
    let mut harness = Harness::start(WORDS).await;
    let mut conn = look(&harness).await;
    import_words(&harness, 0..5).await;
    until(&mut conn, HEARD, 5).await;

    // Redis loses everything: stream, groups, progress.
    let (mut bus, stream) = redis(&harness).await;
    redis::cmd("DEL")
        .arg(&stream)
        .exec_async(&mut bus)
        .await
        .expect("emptied");
    import_words(&harness, 5..10).await;
    until(&mut conn, HEARD, 10).await;

    // The process is cut off, and Redis goes back to an old state in between.
    harness.crash_and_restart().await;
    redis::cmd("XTRIM")
        .arg(&stream)
        .arg("MAXLEN")
        .arg(0)
        .exec_async(&mut bus)
        .await
        .expect("trimmed");
    import_words(&harness, 10..15).await;
    until(&mut conn, HEARD, 15).await;
    assert_eq!(count(&mut conn, "SELECT count(DISTINCT event_id) FROM heard").await, 15);
    harness.stop().await;
}

#[tokio::test]
async fn calls_succeed_and_events_wait_while_redis_is_away() {
    let variables = [("XIANGTU_REDIS_URL".to_owned(), "redis://127.0.0.1:1".to_owned())].into();
    let mut harness = Harness::with(WORDS, Setup { variables, now: None }).await;
    let mut conn = look(&harness).await;
    import_words(&harness, 0..3).await;
    assert_eq!(count(&mut conn, "SELECT count(*) FROM kit.outbox").await, 3);
    let there = std::env::var("XIANGTU_TEST_REDIS_URL").expect("set by make test");
    harness.variables.insert("XIANGTU_REDIS_URL".to_owned(), there);
    harness.crash_and_restart().await;
    until(&mut conn, HEARD, 3).await;
    harness.stop().await;
}

#[tokio::test]
async fn an_event_that_is_always_refused_is_parked_and_the_next_ones_pass() {
    let harness = Harness::start(WORDS).await;
    let mut conn = look(&harness).await;
    let bad = "INSERT INTO kit.outbox (event_id, type, division_code, subject, payload_type, payload, created_at)
               VALUES ('0197a3c0-7c1e-7000-8000-00000000000b', 'words.bad', '410225', 'x', '', '', now())";
    sqlx::query(AssertSqlSafe(bad))
        .execute(&mut conn)
        .await
        .expect("a bad event");
    import_words(&harness, 0..2).await;
    until(&mut conn, "SELECT count(*) FROM kit.inbox_parked", 1).await;
    until(&mut conn, HEARD, 2).await;
    harness.stop().await;
}
