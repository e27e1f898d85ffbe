//! `kill -9` of every service.

use crate::{
    books, count::Count, cut::Cut, kills, moments::Moments, office::Office, own_suite, payers::Payers, percentile,
};

#[tokio::test(flavor = "multi_thread")]
async fn every_service_is_killed_during_payments_billing_and_sealing() {
    let (_stores, mut suite, receiver) = own_suite("services").await;
    let payers = Payers::start(&suite);
    let office = Office::start(&suite).await;
    let (mut moments, mut ready, mut cut) = (Moments::new(), Vec::new(), Cut::default());
    for round in 0..kills() {
        moments.pass(800).await;
        suite.service_mut("homestead").kill();
        cut.look(&suite).await;
        if moments.below(4) == 0 {
            // Again, while it is starting.
            suite.service_mut("homestead").spawn();
            moments.pass(150).await;
            suite.service_mut("homestead").kill();
            cut.look(&suite).await;
        }
        // Homestead has the books and notifications the notices; the others take their turn.
        if round % 2 == 0 {
            let other = ["notifications", "villages", "notifications", "sanitation"][round / 2 % 4];
            suite.service_mut(other).kill();
            suite.service_mut(other).start().await;
        }
        ready.push(suite.service_mut("homestead").start().await);
    }
    let (deeds, billed) = office.close().await;
    let mut book = payers.finish().await;
    book.acknowledged.extend(deeds.payments.clone());
    let count = Count::of(&suite, &receiver, &book).await;
    let measured = [
        ("kills", ready.len().to_string()),
        ("billing runs cut off", cut.runs.to_string()),
        ("half billed", cut.halves.to_string()),
        ("half sealed", cut.seals.to_string()),
        ("ready p50", percentile(&mut ready, 50)),
        ("ready p99", percentile(&mut ready, 99)),
    ];
    count.show("chaos-services", &measured);
    count.is_exact();
    let checked = books::check(&suite, book.acknowledged.len(), &deeds, &billed).await;
    books::show("chaos-services-books", &checked);
    assert!(cut.runs > 0 && cut.seals > 0, "the kills met billing and sealing");
}
