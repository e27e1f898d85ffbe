use proto::xiangtu::homestead::v1::{
    GetEntryRequest, GetPaymentRequest, GetStatementRequest, PaymentReversal, ReversePaymentRequest,
};
use tonic::{Code, Status};

use crate::world::{VILLAGE, World, date, fields, reason, tariff, year_2024};

async fn reverse(world: &World, name: &str, request_id: String) -> Result<PaymentReversal, Status> {
    let request = ReversePaymentRequest {
        name: name.to_owned(),
        request_id,
        reason: "登记有误".to_owned(),
        cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
        effective_date: None,
    };
    world
        .payments()
        .reverse_payment(world.request(request))
        .await
        .map(tonic::Response::into_inner)
}

#[tokio::test]
async fn a_payment_is_undone_once() {
    let world = World::billed().await;
    let paid = world.pay(VILLAGE, "A1", 25_000).await.expect("paid");
    let key = world.key();
    let reversal = reverse(&world, &paid.name, key.clone()).await.expect("undone");
    assert_eq!(
        (reversal.amount_fen, reversal.payment.as_str()),
        (25_000, paid.name.as_str())
    );
    assert_eq!(world.standing("A1").await, (24_000, 0));
    assert_eq!(
        reverse(&world, &paid.name, key.clone()).await.expect("replayed"),
        reversal
    );
    let twice = reverse(&world, &paid.name, world.key())
        .await
        .expect_err("undone before");
    assert_eq!(
        (twice.code(), reason(&twice).as_str()),
        (Code::FailedPrecondition, "PAYMENT_REVERSED")
    );
    let request = world.request(GetPaymentRequest {
        name: paid.name.clone(),
    });
    let got = world.payments().get_payment(request).await.expect("kept").into_inner();
    assert_eq!(got.reversal, format!("{}/reversal", paid.name));
    // The id of a reversal is no id for a payment.
    let as_payment = world
        .record(key, crate::world::payment(VILLAGE, "A1", 1))
        .await
        .expect_err("used");
    assert_eq!(reason(&as_payment), "REQUEST_ID_REUSED");
    // Money can be paid again; the receipt of the undone payment is not given twice.
    assert_eq!(world.pay(VILLAGE, "A1", 24_000).await.expect("paid").receipt_number, 2);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn many_reversals_at_once_undo_once() {
    let world = World::billed().await;
    let mut names = Vec::new();
    for _ in 0..10 {
        names.push(world.pay(VILLAGE, "A2", 1_000).await.expect("paid").name);
    }
    let attempts = names
        .iter()
        .chain(&names)
        .chain(&names)
        .map(|name| reverse(&world, name, world.key()));
    let outcomes = futures::future::join_all(attempts).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 10);
    assert!(
        outcomes
            .iter()
            .filter_map(|outcome| outcome.as_ref().err())
            .all(|error| reason(error) == "PAYMENT_REVERSED")
    );
    assert_eq!(world.standing("A2").await, (64_000, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_spent_advance_opens_the_bill_that_it_settled() {
    let world = World::billed().await;
    let paid = world.pay(VILLAGE, "A1", 34_000).await.expect("paid ahead");
    let mut plan = crate::world::section();
    plan.tariffs.push(tariff(2025));
    world.apply(plan).await.expect("applied");
    let mut next_year = year_2024();
    (next_year.from_date, next_year.until_date, next_year.due_date) =
        (date(2025, 1, 1), date(2026, 1, 1), date(2025, 12, 31));
    world.bill(next_year).await.expect("billed");
    assert_eq!(world.standing("A1").await, (14_000, 0));
    reverse(&world, &paid.name, world.key()).await.expect("undone");
    let open: Vec<_> = world
        .bills_of("A1")
        .await
        .iter()
        .map(|bill| (bill.paid_fen, bill.outstanding_fen))
        .collect();
    assert_eq!(open, [(0, 24_000), (0, 24_000)]);
    assert_eq!(world.standing("A1").await, (48_000, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_is_no_payment_is_not_undone() {
    let world = World::billed().await;
    let missing = reverse(&world, &format!("payments/{}", world.key()), world.key())
        .await
        .expect_err("none");
    assert_eq!(missing.code(), Code::NotFound);
    let bill = world.bills_of("A1").await[0].name.replace("bills/", "payments/");
    assert_eq!(
        reverse(&world, &bill, world.key()).await.expect_err("a bill").code(),
        Code::NotFound
    );
    let paid = world.pay(VILLAGE, "A1", 1).await.expect("paid");
    let request = ReversePaymentRequest {
        name: paid.name,
        request_id: world.key(),
        reason: " ".to_owned(),
        cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
        effective_date: None,
    };
    let silent = world
        .payments()
        .reverse_payment(world.request(request))
        .await
        .expect_err("no reason");
    assert_eq!(fields(&silent), ["reason"]);
    world.stop().await;
}

#[tokio::test]
async fn a_statement_tells_the_whole_story() {
    let world = World::billed().await;
    let paid = world.pay(VILLAGE, "A1", 25_000).await.expect("paid");
    reverse(&world, &paid.name, world.key()).await.expect("undone");
    world.pay(VILLAGE, "A1", 4_000).await.expect("paid");
    let request = GetStatementRequest {
        household: "households/A1".to_owned(),
        ..GetStatementRequest::default()
    };
    let statement = world
        .ledger()
        .get_statement(world.request(request.clone()))
        .await
        .expect("a statement")
        .into_inner();
    assert_eq!(
        (statement.opening_balance_fen, statement.closing_balance_fen),
        (0, 20_000)
    );
    let kinds: Vec<_> = statement
        .entries
        .iter()
        .map(|entry| (entry.kind, entry.entry_number))
        .collect();
    assert_eq!(kinds.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [1, 2, 3, 2]);
    for entry in &statement.entries {
        assert_eq!(entry.postings.iter().map(|posting| posting.amount_fen).sum::<i64>(), 0);
        let get = world.request(GetEntryRequest {
            name: entry.name.clone(),
        });
        assert_eq!(
            world.ledger().get_entry(get).await.expect("an entry").into_inner(),
            *entry
        );
    }
    assert_eq!(statement.entries[2].reverses, statement.entries[1].name);
    let later = GetStatementRequest {
        from_date: date(2025, 3, 2),
        ..request
    };
    let later = world
        .ledger()
        .get_statement(world.request(later))
        .await
        .expect("a statement")
        .into_inner();
    assert_eq!((later.opening_balance_fen, later.entries.len()), (20_000, 0));
    world.stop().await;
}
