use std::time::Duration;

use futures::poll;
use kit::{
    clock::Clock,
    db::{Db, DbConfig},
    id::Ids,
    testing::Harness,
};
use sqlx::{Connection as _, PgConnection};
use time::OffsetDateTime;

use crate::service::WORDS;

/// A call can be given up at any await.
#[tokio::test]
async fn a_begin_that_is_given_up_leaves_no_transaction_behind() {
    let harness = Harness::start(WORDS).await;
    let config = DbConfig {
        url: harness.database.service_url(),
        max_connections: 1,
    };
    let clock = Clock::system();
    let db = Db::connect(&config, clock.clone(), Ids::random(clock)).expect("a pool");
    let mut other = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("a connection");
    for polls in 0..8 {
        let mut begin = Box::pin(db.system("given up"));
        for _ in 0..polls {
            if poll!(&mut begin).is_ready() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(begin);
        let given_up: OffsetDateTime = sqlx::query_scalar("SELECT clock_timestamp()")
            .fetch_one(&mut other)
            .await
            .expect("a time");
        let mut tx = db.system("test").await.expect("a transaction");
        let began: OffsetDateTime = sqlx::query_scalar("SELECT transaction_timestamp()")
            .fetch_one(&mut *tx)
            .await
            .expect("a time");
        assert!(began >= given_up, "after {polls} polls: {began} is before {given_up}");
    }
    harness.stop().await;
}
