//! Connections to PostgreSQL that stand and say nothing, as behind a frozen host or where packets get lost.

mod way;

use std::time::{Duration, Instant};

use futures::future::join_all;
use proto::xiangtu::homestead::v1::Payment;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::world::{SIBLING, VILLAGE, World, payment, reason};
use way::{Side, Way};

/// Longest that a call may take which meets a silent connection: for a place, to connect and to be answered. No call may take more
/// than half a minute.
const LONGEST: Duration = Duration::from_secs(5 + 5 + 17);

/// Billed, and the service reaches its database by a way that can be cut.
async fn far_away() -> (World, Way) {
    let mut world = World::billed().await;
    let way = Way::to(&world.harness.database.service_url()).await;
    let url = ("XIANGTU_DATABASE_URL".to_owned(), way.url.clone());
    world.harness.variables.extend([url]);
    world.harness.crash_and_restart().await;
    (world, way)
}

fn is_unknown(error: &Status) -> bool {
    let again = error
        .get_details_retry_info()
        .is_some_and(|retry| retry.retry_delay.is_some());
    error.code() == Code::Unavailable && reason(error) == "OUTCOME_UNKNOWN" && again
}

async fn one_payment_is_not_answered(side: Side) {
    let (world, mut way) = far_away().await;
    world.pay(VILLAGE, "A1", 100).await.expect("paid");
    way.swallow(side);
    let (key, asked) = (world.key(), payment(VILLAGE, "A1", 1_000));
    let began = Instant::now();
    let unanswered = async {
        let answer = world.record(key.clone(), asked.clone()).await;
        (answer, began.elapsed())
    };
    let others = async {
        way.swallowed().await;
        let pay = |at| match at % 3 {
            0 => world.pay(VILLAGE, "A1", 10),
            1 => world.pay(VILLAGE, "A2", 10),
            _ => world.pay(SIBLING, "B1", 10),
        };
        (join_all((0..60).map(pay)).await, began.elapsed())
    };
    let ((unanswered, waited), (others, took)) = tokio::join!(unanswered, others);
    let refused = others.iter().find_map(|paid| paid.as_ref().err());
    assert!(refused.is_none(), "{refused:?}");
    assert!(took < waited, "the others went on: {took:?}");
    let error = unanswered.expect_err("no answer");
    assert!(is_unknown(&error), "{error:?}");
    assert!(waited < LONGEST, "{waited:?}");
    let paid = world.record(key.clone(), asked.clone()).await.expect("paid");
    // What was under way arrives after the repeat.
    way.let_through().await;
    assert_eq!(world.record(key, asked).await.expect("the same"), paid);
    assert_eq!(world.standing("A1").await, (24_000 - 100 - 1_000 - 200, 0));
    assert_eq!(world.recount().await.receipt_count, 62);
    world.stop().await;
}

#[tokio::test]
async fn a_payment_that_did_not_arrive_is_paid_by_its_repeat() {
    one_payment_is_not_answered(Side::Questions).await;
}

#[tokio::test]
async fn a_payment_of_which_the_answer_did_not_arrive_is_found_by_its_repeat() {
    one_payment_is_not_answered(Side::Answers).await;
}

async fn nobody_is_answered(side: Side) {
    let (world, way) = far_away().await;
    let pay = |key: String, at: usize| {
        let (village, household) = [(VILLAGE, "A1"), (VILLAGE, "A2"), (SIBLING, "B1")][at % 3];
        world.record(key, payment(village, household, 10))
    };
    // So many that the writers open their connections too.
    let paid = join_all((0..60).map(|at| pay(world.key(), at))).await;
    assert!(paid.iter().all(Result::is_ok));
    way.swallow(side);
    let keys: Vec<String> = (0..60).map(|_| world.key()).collect();
    let began = Instant::now();
    let calls = keys.iter().enumerate().map(|(at, key)| async move {
        let answer = pay(key.clone(), at).await;
        (answer, began.elapsed())
    });
    let answers: Vec<(Result<Payment, Status>, Duration)> = join_all(calls).await;
    for (answer, waited) in &answers {
        assert!(*waited < LONGEST, "{waited:?}");
        assert!(answer.as_ref().map_or_else(is_unknown, |_| true), "{answer:?}");
    }
    let unknown = answers.iter().filter(|(answer, _)| answer.is_err()).count();
    assert!(unknown > 0);
    let repeat = || join_all(keys.iter().enumerate().map(|(at, key)| pay(key.clone(), at)));
    let paid = repeat().await;
    way.let_through().await;
    for (paid, again) in paid.into_iter().zip(repeat().await) {
        assert_eq!(paid.expect("paid"), again.expect("the same"));
    }
    assert_eq!(world.standing("A1").await, (24_000 - 400, 0));
    assert_eq!(world.standing("B1").await, (24_000 - 400, 0));
    assert_eq!(world.recount().await.receipt_count, 120);
    world.stop().await;
}

#[tokio::test]
async fn writers_go_on_after_questions_that_did_not_arrive() {
    nobody_is_answered(Side::Questions).await;
}

#[tokio::test]
async fn writers_go_on_after_answers_that_did_not_arrive() {
    nobody_is_answered(Side::Answers).await;
}

/// A server that is alone with a connection frees what that holds: within 45 s, not after hours.
#[tokio::test]
async fn the_server_looks_whether_the_other_end_is_there() {
    let world = World::empty().await;
    let mut tx = world.harness.kit.db.system("test").await.expect("begun");
    let settings: Vec<String> = sqlx::query_scalar(
        "SELECT current_setting(name) FROM unnest('{tcp_keepalives_idle,tcp_keepalives_interval,tcp_keepalives_count,tcp_user_timeout}'::text[]) name",
    )
    .fetch_all(&mut *tx)
    .await
    .expect("settings");
    drop(tx);
    assert_eq!(settings, ["30", "5", "3", "45000"]);
    world.stop().await;
}
