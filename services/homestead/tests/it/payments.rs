use prost::Message as _;
use proto::xiangtu::homestead::v1::{
    BatchRecordPaymentsRequest, GetPaymentRequest, ListPaymentsRequest, Payment, PaymentMethod, PaymentPosted,
    RecordPaymentRequest, record_payment_result::Outcome,
};
use sqlx::Connection as _;
use tonic::Code;

use crate::world::{FAR, SIBLING, VILLAGE, World, date, fields, payment, reason, tariff, year_2024};

#[tokio::test]
async fn part_exact_and_over() {
    let world = World::billed().await;
    let part = world.pay(VILLAGE, "A1", 10_000).await.expect("part");
    assert_eq!(
        (part.receipt_number, part.advance_fen, part.allocations.len()),
        (1, 0, 1)
    );
    assert_eq!(part.payment_date, date(2025, 3, 1));
    assert_eq!(world.standing("A1").await, (14_000, 0));
    let exact = world.pay(VILLAGE, "A1", 14_000).await.expect("exact");
    assert_eq!((exact.receipt_number, exact.advance_fen), (2, 0));
    assert_eq!(world.standing("A1").await, (0, 0));
    let over = world.pay(VILLAGE, "A2", 64_001).await.expect("over by one fen");
    assert_eq!(
        (over.receipt_number, over.advance_fen, over.allocations[0].amount_fen),
        (3, 1, 64_000)
    );
    assert_eq!(world.standing("A2").await, (0, 1));
    let ahead = world.pay(SIBLING, "B1", 1).await.expect("another village");
    assert_eq!(ahead.receipt_number, 1);
    let recount = world.recount().await;
    assert_eq!(recount.receipt_count, 4);
    world.stop().await;
}

#[tokio::test]
async fn a_repeat_answers_what_was_answered() {
    let world = World::billed().await;
    let key = world.key();
    let first = world
        .record(key.clone(), payment(VILLAGE, "A1", 10_000))
        .await
        .expect("paid");
    world.pay(VILLAGE, "A1", 14_000).await.expect("the rest");
    // Tomorrow, and the day is not stated: the answer keeps the day of the first.
    world.harness.kit.clock.advance(time::Duration::DAY);
    let again = world
        .record(key.clone(), payment(VILLAGE, "A1", 10_000))
        .await
        .expect("replayed");
    assert_eq!(again.encode_to_vec(), first.encode_to_vec());
    for other in [
        payment(VILLAGE, "A1", 10_001),
        payment(VILLAGE, "A2", 10_000),
        payment(SIBLING, "B1", 10_000),
        Payment {
            document: "bank 2".to_owned(),
            ..payment(VILLAGE, "A1", 10_000)
        },
        Payment {
            payment_date: date(2025, 3, 1),
            ..payment(VILLAGE, "A1", 10_000)
        },
    ] {
        let refused = world.record(key.clone(), other).await.expect_err("another body");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::InvalidArgument, "REQUEST_ID_REUSED")
        );
    }
    assert_eq!(world.standing("A1").await, (0, 0));
    assert_eq!(world.recount().await.receipt_count, 2);
    world.stop().await;
}

#[tokio::test]
async fn a_refusal_burns_no_key() {
    let world = World::billed().await;
    let key = world.key();
    for (refused, code) in [
        (payment(VILLAGE, "B1", 24_000), Code::NotFound),
        (payment(VILLAGE, "nobody", 24_000), Code::NotFound),
        (
            Payment {
                bill: format!("bills/{}", world.key()),
                ..payment(VILLAGE, "A1", 24_000)
            },
            Code::NotFound,
        ),
        (
            Payment {
                collector: "cadres/L1".to_owned(),
                ..payment(VILLAGE, "A1", 24_000)
            },
            Code::NotFound,
        ),
        (payment(VILLAGE, "A1", 0), Code::InvalidArgument),
    ] {
        let error = world.record(key.clone(), refused).await.expect_err("refused");
        assert_eq!(error.code(), code);
    }
    let paid = world
        .record(key, payment(VILLAGE, "A1", 24_000))
        .await
        .expect("the key is free");
    assert_eq!(paid.receipt_number, 1);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn the_oldest_debt_comes_first_unless_a_bill_is_named() {
    let world = World::billed().await;
    let mut plan = crate::world::section();
    plan.tariffs.push(tariff(2025));
    world.apply(plan).await.expect("applied");
    let mut next_year = year_2024();
    (next_year.from_date, next_year.until_date, next_year.due_date) =
        (date(2025, 1, 1), date(2026, 1, 1), date(2025, 12, 31));
    world.bill(next_year).await.expect("billed");
    let bills = world.bills_of("A1").await;
    let (old, new) = (&bills[0].name, &bills[1].name);
    let named = Payment {
        bill: new.clone(),
        ..payment(VILLAGE, "A1", 30_000)
    };
    let paid = world.record(world.key(), named).await.expect("paid");
    let parts: Vec<_> = paid
        .allocations
        .iter()
        .map(|part| (&part.bill, part.amount_fen))
        .collect();
    assert_eq!(parts, [(new, 24_000), (old, 6_000)]);
    let rest = world.pay(VILLAGE, "A1", 20_000).await.expect("the rest");
    assert_eq!(
        (
            &rest.allocations[0].bill,
            rest.allocations[0].amount_fen,
            rest.advance_fen
        ),
        (old, 18_000, 2_000)
    );
    let other = Payment {
        bill: old.clone(),
        ..payment(VILLAGE, "A2", 1)
    };
    assert_eq!(
        world
            .record(world.key(), other)
            .await
            .expect_err("somebody else's bill")
            .code(),
        Code::NotFound
    );
    let got = world
        .payments()
        .get_payment(world.request(GetPaymentRequest {
            name: paid.name.clone(),
        }))
        .await;
    assert_eq!(got.expect("kept").into_inner(), paid);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_preview_shows_the_allocation_and_records_nothing() {
    let world = World::billed().await;
    let request = RecordPaymentRequest {
        payment: Some(payment(VILLAGE, "A1", 25_000)),
        request_id: world.key(),
        validate_only: true,
    };
    let preview = world
        .payments()
        .record_payment(world.request(request))
        .await
        .expect("a preview")
        .into_inner();
    assert_eq!(
        (preview.name.as_str(), preview.receipt_number, preview.advance_fen),
        ("", 0, 1_000)
    );
    assert_eq!(preview.allocations[0].amount_fen, 24_000);
    assert_eq!(world.standing("A1").await, (24_000, 0));
    world.stop().await;
}

#[tokio::test]
async fn a_batch_has_a_result_for_each() {
    let world = World::billed().await;
    let (one, same) = (world.key(), world.key());
    let item = |request_id: &str, payment: Payment| RecordPaymentRequest {
        payment: Some(payment),
        request_id: request_id.to_owned(),
        validate_only: false,
    };
    let requests = vec![
        item(&one, payment(VILLAGE, "A1", 24_000)),
        item(&world.key(), payment(VILLAGE, "nobody", 1)),
        item(&same, payment(VILLAGE, "A2", 64_000)),
        item(&same, payment(VILLAGE, "A2", 64_000)),
        item(&same, payment(VILLAGE, "A2", 1)),
        item("not a uuid", payment(VILLAGE, "A2", 1)),
        item(&world.key(), payment(SIBLING, "B1", 0)),
        item(&world.key(), payment(SIBLING, "B1", 25_000)),
        // Two that together are more than the debt: the second becomes an advance, and neither is refused.
        item(&world.key(), payment(VILLAGE, "A3", 8_000)),
        item(&world.key(), payment(VILLAGE, "A3", 8_000)),
    ];
    let request = BatchRecordPaymentsRequest { requests };
    let results = world
        .payments()
        .batch_record_payments(world.request(request))
        .await
        .expect("results")
        .into_inner()
        .results;
    let told: Vec<_> = results
        .iter()
        .map(|result| match result.outcome.as_ref().expect("an outcome") {
            Outcome::Payment(paid) => Ok((paid.receipt_number, paid.advance_fen)),
            Outcome::Error(error) => Err(Code::from_i32(error.code)),
        })
        .collect();
    let paid = |at: usize| told[at].expect("paid");
    assert_eq!(paid(0).1, 0);
    assert_eq!(told[1], Err(Code::NotFound));
    assert_eq!(told[2], told[3]);
    assert_eq!(
        (told[4], told[5], told[6]),
        (
            Err(Code::InvalidArgument),
            Err(Code::InvalidArgument),
            Err(Code::InvalidArgument)
        )
    );
    assert_eq!((paid(7).1, paid(8).1, paid(9).1), (1_000, 0, 4_000));
    assert_eq!(world.standing("A3").await, (0, 4_000));
    assert_eq!(world.recount().await.receipt_count, 5);
    let empty = world
        .payments()
        .batch_record_payments(world.request(BatchRecordPaymentsRequest::default()))
        .await;
    assert_eq!(empty.expect_err("empty").code(), Code::InvalidArgument);
    let requests = vec![item(&one, payment(VILLAGE, "A1", 24_000)); 1_001];
    let many = world
        .payments()
        .batch_record_payments(world.request(BatchRecordPaymentsRequest { requests }))
        .await;
    assert_eq!(many.expect_err("too many").code(), Code::InvalidArgument);
    world.stop().await;
}

#[tokio::test]
async fn bad_payments_name_their_fields() {
    let world = World::billed().await;
    let cash = Payment {
        method: PaymentMethod::Cash.into(),
        ..payment(VILLAGE, "A1", 1)
    };
    for (bad, field) in [
        (payment(VILLAGE, "A1", -1), "payment.amount_fen"),
        (payment(VILLAGE, "A1", 100_000_000_001), "payment.amount_fen"),
        (payment("410225001", "A1", 1), "payment.division"),
        (
            Payment {
                household: "A1".to_owned(),
                ..payment(VILLAGE, "A1", 1)
            },
            "payment.household",
        ),
        (
            Payment {
                method: 0,
                ..payment(VILLAGE, "A1", 1)
            },
            "payment.method",
        ),
        (
            Payment {
                method: 9,
                ..payment(VILLAGE, "A1", 1)
            },
            "payment.method",
        ),
        (
            Payment {
                payment_date: date(2025, 3, 2),
                ..payment(VILLAGE, "A1", 1)
            },
            "payment.payment_date",
        ),
        (
            Payment {
                payment_date: date(2025, 2, 29),
                ..payment(VILLAGE, "A1", 1)
            },
            "payment.payment_date",
        ),
        (cash, "payment.collector"),
    ] {
        let refused = world.record(world.key(), bad).await.expect_err(field);
        assert_eq!(
            (refused.code(), fields(&refused)),
            (Code::InvalidArgument, vec![field.to_owned()])
        );
    }
    let without = world
        .record(String::new(), payment(VILLAGE, "A1", 1))
        .await
        .expect_err("no request id");
    assert_eq!(fields(&without), ["request_id"]);
    assert_eq!(world.recount().await.receipt_count, 0);
    world.stop().await;
}

#[tokio::test]
async fn cash_is_in_the_hands_of_its_collector() {
    let world = World::billed().await;
    let by = |cadre: &str| Payment {
        method: PaymentMethod::Cash.into(),
        collector: format!("cadres/{cadre}"),
        ..payment(VILLAGE, "A1", 100)
    };
    world.record(world.key(), by("K1")).await.expect("the village's cadre");
    world.record(world.key(), by("T1")).await.expect("the township's cadre");
    assert_eq!(
        world
            .record(world.key(), by("L1"))
            .await
            .expect_err("another village's")
            .code(),
        Code::NotFound
    );
    let request = ListPaymentsRequest {
        filter: "collector = K1".to_owned(),
        ..ListPaymentsRequest::default()
    };
    let listed = world
        .payments()
        .list_payments(world.request(request))
        .await
        .expect("listed")
        .into_inner()
        .payments;
    assert_eq!(listed.iter().map(|paid| paid.receipt_number).collect::<Vec<_>>(), [1]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn audit_and_event_commit_with_the_payment() {
    let world = World::billed().await;
    let paid = world.pay(VILLAGE, "A2", 64_300).await.expect("paid");
    world.pay(VILLAGE, "nobody", 1).await.expect_err("refused");
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    let audit: Vec<(String, String, String)> =
        sqlx::query_as("SELECT principal, division_code, resource FROM kit.audit WHERE method LIKE '%RecordPayment'")
            .fetch_all(&mut conn)
            .await
            .expect("audit rows");
    assert_eq!(audit, [("officer".to_owned(), VILLAGE.to_owned(), paid.name.clone())]);
    let events: Vec<(String, String, Vec<u8>)> =
        sqlx::query_as("SELECT subject, payload_type, payload FROM kit.outbox WHERE type = 'payment.posted'")
            .fetch_all(&mut conn)
            .await
            .expect("events");
    let [(subject, payload_type, payload)] = events.as_slice() else {
        panic!("one event")
    };
    assert_eq!(
        (subject, payload_type.as_str()),
        (&paid.name, "/xiangtu.homestead.v1.PaymentPosted")
    );
    let event = PaymentPosted::decode(payload.as_slice()).expect("the message");
    let expected = PaymentPosted {
        payment: paid.name.clone(),
        division: format!("divisions/{VILLAGE}"),
        household: "households/A2".to_owned(),
        amount_fen: 64_300,
        method: PaymentMethod::Bank.into(),
        payment_date: date(2025, 3, 1),
        collector: String::new(),
        receipt_number: 1,
        advance_fen: 300,
        outstanding_fen: 0,
    };
    assert_eq!(event, expected);
    world.stop().await;
}

#[tokio::test]
async fn payments_are_listed_by_receipt() {
    let world = World::billed().await;
    for (village, household, fen) in [
        (SIBLING, "B1", 5),
        (VILLAGE, "A1", 1),
        (VILLAGE, "A2", 2),
        (VILLAGE, "A1", 3),
    ] {
        world.pay(village, household, fen).await.expect("paid");
    }
    let mut found = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListPaymentsRequest {
            page_size: 2,
            page_token,
            ..ListPaymentsRequest::default()
        };
        let page = world
            .payments()
            .list_payments(world.request(request))
            .await
            .expect("a page")
            .into_inner();
        found.extend(
            page.payments
                .into_iter()
                .map(|paid| (paid.receipt_number, paid.amount_fen)),
        );
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(found, [(1, 1), (2, 2), (3, 3), (1, 5)]);
    let far = ListPaymentsRequest {
        division: FAR.to_owned(),
        ..ListPaymentsRequest::default()
    };
    assert!(
        world
            .payments()
            .list_payments(world.request(far))
            .await
            .expect("a page")
            .into_inner()
            .payments
            .is_empty()
    );
    world.stop().await;
}
