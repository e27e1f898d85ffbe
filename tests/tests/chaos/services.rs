//! `kill -9` of every service.

use tests::SERVICES;

use crate::{count::Count, kills, moments::Moments, own_suite, payers::Payers, percentile};

#[tokio::test(flavor = "multi_thread")]
async fn every_service_is_killed_during_payments() {
    let (_stores, mut suite, receiver) = own_suite("services").await;
    let payers = Payers::start(&suite);
    let (mut moments, mut ready) = (Moments::new(), Vec::new());
    for round in 0..kills() {
        // Homestead has the money and notifications the notices; the others take their turn.
        let name = match round % 6 {
            0 | 2 | 4 => "homestead",
            1 | 5 => "notifications",
            _ => SERVICES[round / 6 % 2],
        };
        moments.pass(400).await;
        suite.service_mut(name).kill();
        if moments.below(4) == 0 {
            // Again, while it is starting.
            suite.service_mut(name).spawn();
            moments.pass(150).await;
            suite.service_mut(name).kill();
        }
        ready.push(suite.service_mut(name).start().await);
    }
    let book = payers.finish().await;
    let count = Count::of(&suite, &receiver, &book).await;
    let measured = [
        ("kills", ready.len().to_string()),
        ("ready p50", percentile(&mut ready, 50)),
        ("ready p99", percentile(&mut ready, 99)),
    ];
    count.show("chaos-services", &measured);
    count.is_exact();
}
