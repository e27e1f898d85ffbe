//! `kill -9` of PostgreSQL.

use std::time::{Duration, Instant};

use crate::{books, count::Count, kills, moments::Moments, office::Office, own_suite, payers::Payers, percentile};

/// After this the services must have found PostgreSQL again by themselves.
const RECOVERY: Duration = Duration::from_secs(10);
/// So long without a failed call is error-free.
const QUIET: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn postgres_is_killed_during_payments_billing_and_sealing() {
    let (mut stores, suite, receiver) = own_suite("postgres").await;
    let payers = Payers::start(&suite);
    let office = Office::start(&suite).await;
    let (mut moments, mut recovered) = (Moments::new(), Vec::new());
    let rounds = (kills() / 3).max(1);
    for _ in 0..rounds {
        moments.pass(1_000).await;
        stores.kill_postgres();
        moments.pass(500).await;
        stores.revive();
        let back = Instant::now();
        let last_failed = loop {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let (acknowledged, failed) = payers.look(|book| (book.last_acknowledged, book.last_failed));
            let works = acknowledged.is_some_and(|at| at > back + QUIET);
            if works && failed.is_none_or(|at| at.elapsed() > QUIET) {
                break failed;
            }
            assert!(back.elapsed() < RECOVERY + QUIET, "payments fail still");
        };
        recovered.push(last_failed.map_or(Duration::ZERO, |at| at.saturating_duration_since(back)));
    }
    let (deeds, billed) = office.close().await;
    let mut book = payers.finish().await;
    book.acknowledged.extend(deeds.payments.clone());
    assert!(book.failed > 0, "PostgreSQL was missed");
    let count = Count::of(&suite, &receiver, &book).await;
    let measured = [
        ("kills", rounds.to_string()),
        ("error-free p50", percentile(&mut recovered, 50)),
        ("error-free p99", percentile(&mut recovered, 99)),
    ];
    count.show("chaos-postgres", &measured);
    count.is_exact();
    let checked = books::check(&suite, book.acknowledged.len(), &deeds, &billed).await;
    books::show("chaos-postgres-books", &checked);
}
