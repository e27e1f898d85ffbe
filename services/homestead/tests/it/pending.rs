//! Payments in two phases.

use proto::xiangtu::homestead::v1::{
    ConfirmPendingPaymentRequest, CreatePendingPaymentRequest, GetPendingPaymentRequest, ListPendingPaymentsRequest,
    Payment, PaymentMethod, PendingPayment, PendingPaymentState, VoidPendingPaymentRequest,
    pending_payment_service_client::PendingPaymentServiceClient,
};
use sqlx::Connection as _;
use time::Duration;
use tonic::{Code, Status, transport::Channel};

use crate::world::{SIBLING, VILLAGE, World, date, fields, reason};

pub fn announced(household: &str, document: &str, amount_fen: i64) -> PendingPayment {
    PendingPayment {
        division: format!("divisions/{VILLAGE}"),
        household: format!("households/{household}"),
        amount_fen,
        method: PaymentMethod::Mobile.into(),
        document: document.to_owned(),
        ..PendingPayment::default()
    }
}

impl World {
    fn pending(&self) -> PendingPaymentServiceClient<Channel> {
        PendingPaymentServiceClient::new(self.channel())
    }

    pub async fn announce(&self, pending_payment: PendingPayment) -> Result<PendingPayment, Status> {
        let request = CreatePendingPaymentRequest {
            pending_payment: Some(pending_payment),
            request_id: self.key(),
        };
        let answer = self.pending().create_pending_payment(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    pub async fn confirm(&self, name: &str) -> Result<Payment, Status> {
        let request = ConfirmPendingPaymentRequest {
            name: name.to_owned(),
            payment_date: None,
            request_id: self.key(),
        };
        let answer = self.pending().confirm_pending_payment(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn void(&self, name: &str) -> Result<PendingPayment, Status> {
        let request = VoidPendingPaymentRequest {
            name: name.to_owned(),
            reason: "村民取消".to_owned(),
            request_id: self.key(),
        };
        let answer = self.pending().void_pending_payment(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    pub async fn pending_state(&self, name: &str) -> PendingPaymentState {
        let request = GetPendingPaymentRequest { name: name.to_owned() };
        let answer = self.pending().get_pending_payment(self.request(request)).await;
        answer.expect("known").into_inner().state()
    }
}

#[tokio::test]
async fn nothing_moves_until_the_money_is_there_and_then_once() {
    let world = World::billed().await;
    let pending = world
        .announce(announced("A1", "wx 1", 24_000))
        .await
        .expect("announced");
    assert_eq!(
        (pending.state(), pending.expiry_date, pending.payment.as_str()),
        (PendingPaymentState::Pending, date(2025, 3, 8), "")
    );
    assert_eq!(world.standing("A1").await, (24_000, 0));
    let first = world.confirm(&pending.name).await.expect("confirmed");
    assert_eq!(
        first.name.strip_prefix("payments/"),
        pending.name.strip_prefix("pendingPayments/")
    );
    assert_eq!((first.receipt_number, first.document.as_str()), (1, "wx 1"));
    assert_eq!(world.standing("A1").await, (0, 0));
    world.harness.kit.clock.advance(Duration::DAY);
    assert_eq!(world.confirm(&pending.name).await.expect("the same"), first);
    assert_eq!(
        reason(&world.void(&pending.name).await.expect_err("posted")),
        "PENDING_PAYMENT_CONFIRMED"
    );
    assert_eq!(world.pending_state(&pending.name).await, PendingPaymentState::Confirmed);
    assert_eq!(world.recount().await.receipt_count, 1);
    world.stop().await;
}

#[tokio::test]
async fn one_at_a_time_for_a_document_and_for_a_bill() {
    let world = World::billed().await;
    let bill = world.bills_of("A1").await.remove(0).name;
    let naming = |document: &str| PendingPayment {
        bill: bill.clone(),
        ..announced("A1", document, 100)
    };
    world.announce(announced("A1", "wx 1", 100)).await.expect("announced");
    let first = world.announce(naming("wx 2")).await.expect("another document");
    for again in [announced("A1", "wx 1", 200), naming("wx 3")] {
        let refused = world.announce(again).await.expect_err("pending");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, "PAYMENT_PENDING")
        );
    }
    world.void(&first.name).await.expect("voided");
    world.announce(naming("wx 3")).await.expect("the bill is free");
    let other = PendingPayment {
        bill,
        ..announced("A2", "wx 1", 100)
    };
    assert_eq!(
        world.announce(other).await.expect_err("another's bill").code(),
        Code::NotFound
    );
    let misplaced = PendingPayment {
        division: format!("divisions/{SIBLING}"),
        ..announced("A1", "wx 9", 100)
    };
    assert_eq!(
        world.announce(misplaced).await.expect_err("misplaced").code(),
        Code::NotFound
    );
    let bad = PendingPayment {
        method: PaymentMethod::Cash.into(),
        document: " ".to_owned(),
        expiry_date: date(2025, 2, 28),
        ..announced("A1", "", 1)
    };
    let expected = ["method", "document", "expiry_date"].map(|field| format!("pending_payment.{field}"));
    assert_eq!(
        fields(&world.announce(bad).await.expect_err("three mistakes")),
        expected
    );
    let request = ListPendingPaymentsRequest {
        state: PendingPaymentState::Pending.into(),
        ..ListPendingPaymentsRequest::default()
    };
    let listed = world.pending().list_pending_payments(world.request(request)).await;
    let documents: Vec<_> = listed.expect("listed").into_inner().pending_payments;
    let mut documents: Vec<_> = documents.iter().map(|one| one.document.as_str()).collect();
    documents.sort_unstable();
    assert_eq!(documents, ["wx 1", "wx 3"]);
    world.stop().await;
}

#[tokio::test]
async fn what_was_given_up_never_posts() {
    let world = World::billed().await;
    let voided = world.announce(announced("A1", "wx 1", 100)).await.expect("announced");
    world.void(&voided.name).await.expect("voided");
    assert_eq!(
        reason(&world.confirm(&voided.name).await.expect_err("too late")),
        "PENDING_PAYMENT_VOIDED"
    );
    // Neither does a call that was on its way: the ledger itself refuses the id.
    let id = voided.name.strip_prefix("pendingPayments/").expect("a name");
    let payment = crate::world::payment(VILLAGE, "A1", 100);
    world.record(id.to_owned(), payment).await.expect_err("given up");
    let short = PendingPayment {
        expiry_date: date(2025, 3, 1),
        ..announced("A2", "wx 2", 100)
    };
    let late = world.announce(short).await.expect("announced");
    world.harness.kit.clock.advance(Duration::DAY);
    assert_eq!(
        reason(&world.confirm(&late.name).await.expect_err("too late")),
        "PENDING_PAYMENT_EXPIRED"
    );
    while world.pending_state(&late.name).await != PendingPaymentState::Expired {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(world.recount().await.receipt_count, 0);
    world.stop().await;
}

/// The process died after posting and before it noted that: the ledger decides.
#[tokio::test]
async fn what_is_posted_counts_as_confirmed() {
    let world = World::billed().await;
    let pending = world
        .announce(announced("A1", "wx 1", 24_000))
        .await
        .expect("announced");
    let paid = world.confirm(&pending.name).await.expect("confirmed");
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    let forget = "UPDATE pending_payment SET state = 1, settled_at = NULL";
    sqlx::query(forget).execute(&mut conn).await.expect("forgotten");
    assert_eq!(
        reason(&world.void(&pending.name).await.expect_err("posted")),
        "PENDING_PAYMENT_CONFIRMED"
    );
    world.harness.kit.clock.advance(Duration::days(8));
    while world.pending_state(&pending.name).await != PendingPaymentState::Confirmed {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    sqlx::query(forget).execute(&mut conn).await.expect("forgotten");
    assert_eq!(world.confirm(&pending.name).await.expect("the same").name, paid.name);
    assert_eq!(world.recount().await.receipt_count, 1);
    world.stop().await;
}

#[tokio::test]
async fn confirming_and_voiding_at_once_has_one_outcome() {
    let world = World::billed().await;
    for n in 0..10 {
        let pending = world
            .announce(announced("A1", &format!("wx {n}"), 10))
            .await
            .expect("announced");
        let (one, two, void) = tokio::join!(
            world.confirm(&pending.name),
            world.confirm(&pending.name),
            world.void(&pending.name)
        );
        match (one, two) {
            (Ok(one), Ok(two)) => {
                assert_eq!(one.name, two.name);
                assert_eq!(reason(&void.expect_err("posted")), "PENDING_PAYMENT_CONFIRMED");
            }
            (Err(one), Err(two)) => {
                assert_eq!(reason(&one), "PENDING_PAYMENT_VOIDED");
                assert_eq!(reason(&two), "PENDING_PAYMENT_VOIDED");
                assert_eq!(void.expect("voided").state(), PendingPaymentState::Voided);
            }
            mixed => panic!("{mixed:?}"),
        }
    }
    world.recount().await;
    world.stop().await;
}
