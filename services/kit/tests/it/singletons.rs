//! What must happen once although several replicas try.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use kit::{
    lease, migrate,
    testing::{Database, Harness, Setup},
};
use sqlx::{Connection as _, PgConnection};
use time::macros::datetime;
use tokio_util::sync::CancellationToken;

use crate::service::WORDS;

#[tokio::test]
async fn a_lease_has_one_holder_until_it_runs_out_by_the_clock_of_the_database() {
    let setup = Setup {
        now: Some(datetime!(2024-02-29 15:59 UTC)),
        ..Setup::default()
    };
    let harness = Harness::with(WORDS, setup).await;
    let (db, ids, clock) = (&harness.kit.db, &harness.kit.ids, &harness.kit.clock);
    let mut owner = PgConnection::connect(&harness.database.superuser_url())
        .await
        .expect("a connection");
    let [one, other] = [ids.next(), ids.next()];
    let take = async |holder| lease::acquire(db, holder, "job:x").await.expect("an answer");
    // As if the clock of the database had gone on by this much, or back.
    let mut pass = async |step: time::Duration| {
        sqlx::query("UPDATE kit.lease SET until = until - $1 WHERE name = 'job:x'")
            .bind(step)
            .execute(&mut owner)
            .await
            .expect("moved");
    };
    assert!(take(one).await && !take(other).await);
    assert!(
        lease::acquire(db, other, "job:y").await.expect("an answer"),
        "another job"
    );
    for day in [time::Duration::DAY, -2 * time::Duration::DAY] {
        clock.advance(day);
        assert!(!take(other).await, "the clock of a replica means nothing");
    }
    pass(time::Duration::seconds(3)).await;
    assert!(take(one).await, "renewed");
    pass(time::Duration::seconds(3)).await;
    assert!(!take(other).await, "the renewal counts");
    pass(time::Duration::seconds(4)).await;
    assert!(take(other).await && !take(one).await, "taken over");
    pass(-time::Duration::DAY).await;
    assert!(
        take(one).await && !take(other).await,
        "nobody waits a day for a clock that went back"
    );
    harness.stop().await;
}

#[tokio::test]
async fn of_two_replicas_one_works_and_the_other_follows_when_it_stops() {
    let harness = Harness::start(WORDS).await;
    let working = Arc::new(AtomicUsize::new(0));
    let (turns_sender, mut turns) = tokio::sync::mpsc::unbounded_channel();
    let replicas: Vec<_> = (0..2)
        .map(|replica| {
            let (db, holder, stop) = (harness.kit.db.clone(), harness.kit.ids.next(), CancellationToken::new());
            let (working, turns, stopping) = (Arc::clone(&working), turns_sender.clone(), stop.clone());
            let work = async move {
                lease::hold(&db, holder, "job:x", &stopping, |held| {
                    let (working, turns) = (Arc::clone(&working), turns.clone());
                    async move {
                        assert_eq!(working.fetch_add(1, Ordering::SeqCst), 0, "two at a time");
                        let _ = turns.send(replica);
                        held.cancelled().await;
                        working.fetch_sub(1, Ordering::SeqCst);
                    }
                })
                .await;
            };
            (stop, tokio::spawn(work))
        })
        .collect();
    let first: usize = turns.recv().await.expect("one works");
    replicas[first].0.cancel();
    assert_eq!(turns.recv().await, Some(1 - first));
    for (stop, work) in replicas {
        stop.cancel();
        work.await.expect("no panic");
    }
    harness.stop().await;
}

#[tokio::test]
async fn several_may_migrate_at_once() {
    let harness = Harness::start(WORDS).await;
    let name = format!("m_{}", harness.kit.ids.next().simple());
    let database = Database::empty(&name).await.expect("a database");
    let url = database.owner_url();
    let runs = (0..4).map(|_| migrate::run(&url, WORDS.migrations));
    for run in futures::future::join_all(runs).await {
        run.expect("migrated");
    }
    let mut conn = PgConnection::connect(&url).await.expect("a connection");
    let applied: i64 = sqlx::query_scalar("SELECT count(*) FROM service_migrations WHERE success")
        .fetch_one(&mut conn)
        .await
        .expect("a count");
    assert_eq!(usize::try_from(applied).ok(), Some(WORDS.migrations.iter().count()));
    conn.close().await.expect("closed");
    database.drop().await.expect("dropped");
    harness.stop().await;
}
