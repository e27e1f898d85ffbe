use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use proto::xiangtu::homestead::v1::{
    BatchRecordPaymentsRequest, Payment, RecordPaymentRequest, record_payment_result::Outcome,
};
use tonic::Code;

use crate::world::{SIBLING, VILLAGE, World, payment, reason};

#[tokio::test]
async fn one_key_from_many_senders_posts_once() {
    let world = World::billed().await;
    let key = world.key();
    let answers = join_all((0..64).map(|_| world.record(key.clone(), payment(VILLAGE, "A1", 1_000)))).await;
    let answers: Vec<Payment> = answers
        .into_iter()
        .map(|answer| answer.expect("the same answer"))
        .collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(world.standing("A1").await, (23_000, 0));
    assert_eq!(world.recount().await.receipt_count, 1);
    world.stop().await;
}

#[tokio::test]
async fn one_key_for_two_villages_posts_once() {
    let world = World::billed().await;
    for _ in 0..8 {
        let key = world.key();
        let calls = (0..24).map(|at| {
            let (village, household) = if at % 2 == 0 { (VILLAGE, "A2") } else { (SIBLING, "B1") };
            world.record(key.clone(), payment(village, household, 10))
        });
        let answers = join_all(calls).await;
        let receipts: BTreeSet<_> = answers
            .iter()
            .filter_map(|answer| answer.as_ref().ok())
            .map(|paid| (paid.household.clone(), paid.receipt_number))
            .collect();
        assert_eq!(receipts.len(), 1, "{receipts:?}");
        let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert_eq!(refused.len(), 12);
        assert!(
            refused
                .iter()
                .all(|error| error.code() == Code::InvalidArgument && reason(error) == "REQUEST_ID_REUSED")
        );
    }
    let paid = 64_000 + 24_000 - world.standing("A2").await.0 - world.standing("B1").await.0;
    assert_eq!(paid, 80);
    assert_eq!(world.recount().await.receipt_count, 8);
    world.stop().await;
}

#[tokio::test]
async fn refused_neighbours_do_not_matter() {
    let world = World::billed().await;
    let keys: Vec<String> = (0..200).map(|_| world.key()).collect();
    let calls = keys.iter().enumerate().map(|(at, key)| {
        let asked = match at % 5 {
            0 => payment(VILLAGE, "nobody", 100),
            1 => payment(VILLAGE, "B1", 100),
            2 => payment(SIBLING, "B2", 100),
            3 => payment(VILLAGE, "A2", 100),
            _ => payment(VILLAGE, "A1", 700),
        };
        world.record(key.clone(), asked)
    });
    let answers = join_all(calls).await;
    for (at, answer) in answers.iter().enumerate() {
        match answer {
            Ok(_) => assert!(at % 5 > 1, "{at}"),
            Err(error) => assert!(at % 5 < 2 && error.code() == Code::NotFound, "{at}: {error:?}"),
        }
    }
    // 40 × 7 yuan on a debt of 240: the last ones become an advance, none is refused.
    assert_eq!(world.standing("A1").await, (0, 4_000));
    assert_eq!(world.standing("A2").await, (60_000, 0));
    assert_eq!(world.standing("B2").await, (20_000, 0));
    let receipts = |village: &str| -> BTreeSet<i64> {
        let of_village = answers.iter().flatten().filter(|paid| paid.division.ends_with(village));
        of_village.map(|paid| paid.receipt_number).collect()
    };
    assert_eq!(receipts(VILLAGE), (1..=80).collect());
    assert_eq!(receipts(SIBLING), (1..=40).collect());
    // The refused keys are free.
    let retried = join_all(
        keys.iter()
            .step_by(5)
            .map(|key| world.record(key.clone(), payment(VILLAGE, "A2", 1))),
    )
    .await;
    assert!(retried.iter().all(Result::is_ok));
    assert_eq!(world.recount().await.receipt_count, 160);
    world.stop().await;
}

#[tokio::test]
async fn payments_meet_billing_and_reversals() {
    let world = World::planned().await;
    let paying = join_all((0..60).map(|at| world.pay(VILLAGE, if at % 2 == 0 { "A1" } else { "A2" }, 500)));
    let (run, paid) = tokio::join!(world.bill(crate::world::year_2024()), paying);
    assert_eq!(run.expect("billed").bill_count, 6);
    assert!(paid.iter().all(Result::is_ok));
    let (owed, ahead) = world.standing("A1").await;
    assert_eq!(owed - ahead, 24_000 - 15_000);
    // An advance may stand beside an open bill only as far as it was paid before the bill was there.
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn who_goes_away_and_comes_back_has_paid_once() {
    let world = World::billed().await;
    let keys: Vec<String> = (0..100).map(|_| world.key()).collect();
    let call = |key: &String| world.record(key.clone(), payment(VILLAGE, "A2", 100));
    let impatient = keys.iter().enumerate().map(|(at, key)| {
        let wait = Duration::from_micros(500 + 200 * u64::try_from(at).expect("small"));
        tokio::time::timeout(wait, call(key))
    });
    join_all(impatient).await;
    // So many cancelled calls make the server close the connection; whoever is hit asks again, as a cashier would.
    let insist = |key| async move {
        while let Err(error) = call(key).await {
            assert!(
                matches!(
                    error.code(),
                    Code::Unavailable | Code::Unknown | Code::Cancelled | Code::Internal | Code::ResourceExhausted
                ),
                "{error:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    join_all(keys.iter().map(insist)).await;
    assert_eq!(world.standing("A2").await, (54_000, 0));
    assert_eq!(world.recount().await.receipt_count, 100);
    world.stop().await;
}

#[tokio::test]
async fn a_crash_loses_and_doubles_nothing() {
    let mut world = World::billed().await;
    let keys: Vec<String> = (0..300).map(|_| world.key()).collect();
    for round in 0..3 {
        let acknowledged = {
            let calls = keys
                .iter()
                .skip(round * 100)
                .take(100)
                .map(|key| world.record(key.clone(), payment(VILLAGE, "A2", 10)));
            let wait = Duration::from_millis(30 * u64::try_from(round).expect("small") + 15);
            let paying = join_all(calls.map(|call| tokio::time::timeout(wait, call)));
            paying
                .await
                .into_iter()
                .flatten()
                .filter_map(Result::ok)
                .collect::<Vec<_>>()
        };
        world.harness.crash_and_restart().await;
        for paid in acknowledged {
            let key = paid.name.trim_start_matches("payments/").to_owned();
            assert_eq!(world.record(key, payment(VILLAGE, "A2", 10)).await.expect("kept"), paid);
        }
        let again = keys
            .iter()
            .take((round + 1) * 100)
            .map(|key| world.record(key.clone(), payment(VILLAGE, "A2", 10)));
        assert!(join_all(again).await.iter().all(Result::is_ok));
    }
    assert_eq!(world.standing("A2").await, (61_000, 0));
    assert_eq!(world.recount().await.receipt_count, 300);
    world.stop().await;
}

#[tokio::test]
async fn large_batches_from_many_callers_agree() {
    let world = World::billed().await;
    let batch = |village: &str, household: &str, count: usize| {
        let requests = (0..count).map(|_| RecordPaymentRequest {
            payment: Some(payment(village, household, 3)),
            request_id: world.key(),
            validate_only: false,
        });
        BatchRecordPaymentsRequest {
            requests: requests.collect(),
        }
    };
    let batches = [(VILLAGE, "A1"), (VILLAGE, "A2"), (SIBLING, "B1"), (VILLAGE, "A1")]
        .map(|(village, household)| batch(village, household, 700));
    let calls = batches.map(|request| {
        let request = world.request(request);
        let mut client = world.payments();
        async move { client.batch_record_payments(request).await }
    });
    for answer in join_all(calls).await {
        let results = answer.expect("results").into_inner().results;
        assert!(
            results
                .iter()
                .all(|result| matches!(result.outcome, Some(Outcome::Payment(_))))
        );
    }
    assert_eq!(world.standing("A1").await, (24_000 - 4_200, 0));
    assert_eq!(world.recount().await.receipt_count, 2_800);
    world.stop().await;
}
