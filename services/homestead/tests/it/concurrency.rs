use std::{collections::BTreeSet, time::Duration};

use futures::future::join_all;
use kit::{config::Env, id::Ids, lifecycle::Lifecycle, service::start};
use proto::xiangtu::homestead::v1::{
    AccountAdjusted, BatchRecordPaymentsRequest, Payment, RecordPaymentRequest, RecordPaymentResult, ReversalCause,
    ReversePaymentRequest, RunBillingRequest, record_payment_result::Outcome,
};
use tonic::{Code, Response, Status};

use crate::{
    collection::events,
    world::{COUNTY, SIBLING, VILLAGE, World, date, payment, reason, year_2024},
};

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
    let (run, paid) = tokio::join!(world.bill(year_2024()), paying);
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

/// Records one payment through a batch that holds it twice, and answers both results.
async fn record_twice(world: &World, key: String, asked: Payment) -> [Result<Payment, Status>; 2] {
    let request = RecordPaymentRequest {
        payment: Some(asked),
        request_id: key,
        validate_only: false,
    };
    let batch = BatchRecordPaymentsRequest {
        requests: vec![request; 2],
    };
    let mut client = world.payments();
    let answer = client.batch_record_payments(world.request(batch)).await;
    let results = answer.expect("results").into_inner().results;
    let result = |result: RecordPaymentResult| match result.outcome.expect("an outcome") {
        Outcome::Payment(paid) => Ok(paid),
        Outcome::Error(error) => {
            let details = prost::Message::encode_to_vec(&error);
            Err(Status::with_details(
                Code::from_i32(error.code),
                error.message,
                details.into(),
            ))
        }
    };
    let results: Vec<_> = results.into_iter().map(result).collect();
    results.try_into().expect("two results")
}

#[tokio::test]
async fn of_two_bodies_under_one_key_one_posts_whoever_sends_them_how_often() {
    let world = World::billed().await;
    let (mut receipts, mut paid_fen) = (0, 0);
    for senders in [2, 3, 5, 8, 13, 21, 34, 64] {
        let key = world.key();
        let calls = (0..senders).map(|at| {
            let (key, world) = (key.clone(), &world);
            // Of four senders one has another amount, one sends both times at once and one both in one call.
            async move {
                let asked = payment(VILLAGE, "A2", if at % 4 == 1 { 20 } else { 10 });
                match at % 4 {
                    2 => record_twice(world, key, asked).await.to_vec(),
                    3 => vec![
                        world.record(key.clone(), asked.clone()).await,
                        world.record(key, asked).await,
                    ],
                    _ => vec![world.record(key, asked).await],
                }
            }
        });
        let answers: Vec<_> = join_all(calls).await.into_iter().flatten().collect();
        let posted: Vec<&Payment> = answers.iter().flatten().collect();
        assert!(!posted.is_empty() && posted.iter().all(|paid| *paid == posted[0]));
        let others = if posted[0].amount_fen == 10 { 20 } else { 10 };
        let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
        assert!(
            refused.iter().all(|error| reason(error) == "REQUEST_ID_REUSED"),
            "{refused:?}"
        );
        let sent = |amount| {
            let of = (0..senders).filter(|at| (at % 4 == 1) == (amount == 20));
            of.map(|at| if at % 4 < 2 { 1 } else { 2 }).sum::<usize>()
        };
        assert_eq!(
            (posted.len(), refused.len()),
            (sent(posted[0].amount_fen), sent(others))
        );
        receipts += 1;
        paid_fen += posted[0].amount_fen;
    }
    assert_eq!(world.standing("A2").await, (64_000 - paid_fen, 0));
    assert_eq!(world.recount().await.receipt_count, receipts);
    world.stop().await;
}

#[tokio::test]
async fn reversals_of_every_payment_by_everybody_undo_each_once() {
    const PAYMENTS: usize = 30;
    let world = World::billed().await;
    let paying = (0..PAYMENTS).map(|at| {
        let (village, household) = [(VILLAGE, "A1"), (VILLAGE, "A2"), (SIBLING, "B1")][at % 3];
        // A1 ends up with an advance, which has to go back too.
        world.pay(village, household, 3_000)
    });
    let names: Vec<String> = join_all(paying)
        .await
        .into_iter()
        .map(|paid| paid.expect("paid").name)
        .collect();
    let reverse = |name: &str, request_id: String, reason: &str| {
        let request = ReversePaymentRequest {
            name: name.to_owned(),
            request_id,
            reason: reason.to_owned(),
            cause: ReversalCause::Mistake.into(),
            effective_date: None,
        };
        let (request, mut client) = (world.request(request), world.payments());
        async move { client.reverse_payment(request).await.map(Response::into_inner) }
    };
    // Everybody undoes everything: twice under one key, once under that key for another reason, and once under another key.
    let attempts = names.iter().map(|name| {
        let (key, other) = (world.key(), world.key());
        let calls = [
            reverse(name, key.clone(), "登记有误"),
            reverse(name, key.clone(), "登记有误"),
            reverse(name, key, "重复登记"),
            reverse(name, other, "登记有误"),
        ];
        join_all(calls)
    });
    for answers in join_all(attempts).await {
        let told: Vec<_> = answers.iter().map(|answer| answer.as_ref().map_err(reason)).collect();
        let reused = || Err("REQUEST_ID_REUSED".to_owned());
        let undone = || Err("PAYMENT_REVERSED".to_owned());
        match told.as_slice() {
            [Ok(one), Ok(two), third, fourth] => {
                assert_eq!(one, two);
                assert_eq!((third.clone(), fourth.clone()), (reused(), undone()));
            }
            // Another was faster; a refusal uses no key up, so the third is refused for the same reason.
            [one, two, Ok(_), fourth] => {
                assert_eq!(
                    (one.clone(), two.clone(), fourth.clone()),
                    (reused(), reused(), undone())
                );
            }
            [one, two, third, Ok(_)] => {
                assert_eq!(
                    (one.clone(), two.clone(), third.clone()),
                    (undone(), undone(), undone())
                );
            }
            _ => panic!("{told:?}"),
        }
    }
    for (household, owed_fen) in [("A1", 24_000), ("A2", 64_000), ("B1", 24_000)] {
        assert_eq!(world.standing(household).await, (owed_fen, 0));
    }
    let recount = world.recount().await;
    // In whichever order: an advance of one payment settles what the undoing of another opens.
    let settlements: Vec<AccountAdjusted> = events(&world, "account.adjusted").await;
    let entries = 6 + 2 * PAYMENTS + settlements.len();
    assert_eq!(
        (recount.receipt_count, recount.entry_count),
        (30, i64::try_from(entries).expect("few"))
    );
    world.stop().await;
}

#[tokio::test]
async fn billing_of_two_replicas_at_once_bills_every_day_once() {
    let world = World::planned().await;
    // A second replica on the same database: each carries out one operation at a time, so that two are at work at once.
    let mut variables = Env::of(world.harness.variables.clone());
    let second = start(
        homestead::service(),
        &mut variables,
        world.harness.kit.clock.clone(),
        Ids::random(world.harness.kit.clock.clone()),
        Lifecycle::new(),
    );
    let second = second.await.expect("a second replica");
    let month = |division: &str, month: i32| RunBillingRequest {
        division: division.to_owned(),
        from_date: date(2024, month, 1),
        until_date: date(2024, month + 1, 1),
        ..year_2024()
    };
    let mut expected_fen = 0;
    for at in 1..=8 {
        let dry = RunBillingRequest {
            validate_only: true,
            ..month(COUNTY, at)
        };
        let dry = world.bill(dry).await.expect("computed");
        assert_eq!(dry.bill_count, 6);
        expected_fen += dry.gross_fen - dry.relief_fen;
    }
    for at in 1..=8 {
        // Larger and smaller divisions, and one of them twice.
        let runs = [COUNTY, VILLAGE, SIBLING, COUNTY].map(|division| world.bill(month(division, at)));
        let runs = join_all(runs).await;
        let bills: i64 = runs.iter().map(|run| run.as_ref().expect("billed").bill_count).sum();
        assert_eq!(bills, 6, "month {at}");
    }
    let mut seen = BTreeSet::new();
    let mut billed_fen = 0;
    for household in ["A1", "A2", "A3", "A6", "B1", "B2"] {
        for bill in world.bills_of(household).await {
            let from = bill.from_date.expect("a day");
            assert!(seen.insert((household, from.month)), "{household} is billed twice");
            billed_fen += bill.gross_fen - bill.relief_fen;
        }
    }
    assert_eq!((seen.len(), billed_fen), (48, expected_fen));
    let again = world.bill(month(COUNTY, 3)).await.expect("billed again");
    assert_eq!((again.bill_count, again.already_billed_count), (0, 6));
    assert_eq!(world.recount().await.entry_count, 48);
    second.stop().await;
    world.stop().await;
}
