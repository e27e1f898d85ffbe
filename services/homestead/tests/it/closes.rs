//! Closing books.

use proto::google::r#type::Date;
use proto::xiangtu::homestead::v1::{
    CloseBooksRequest, CloseBooksResponse, ListClosedPeriodsRequest, ListStatementLinesRequest, Payment,
    ReconcileStatementsRequest, ResolveStatementLineRequest, ReversalCause, ReversePaymentRequest,
    StatementReconciliation, bank_statement_service_client::BankStatementServiceClient,
    book_close_service_client::BookCloseServiceClient, resolve_statement_line_request::Resolution,
};
use sqlx::Connection as _;
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::world::{COUNTY, SIBLING, VILLAGE, World, date, fields, payment, reason};

impl World {
    fn closing(&self) -> BookCloseServiceClient<Channel> {
        BookCloseServiceClient::new(self.channel())
    }

    pub async fn close_books(&self, division: &str, end_date: Option<Date>) -> Result<CloseBooksResponse, Status> {
        let request = CloseBooksRequest {
            division: division.to_owned(),
            end_date,
            request_id: self.key(),
        };
        let answer = self.closing().close_books(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn closed(&self, division: &str) -> Vec<(String, Option<Date>)> {
        let request = ListClosedPeriodsRequest {
            division: division.to_owned(),
            ..ListClosedPeriodsRequest::default()
        };
        let answer = self.closing().list_closed_periods(self.request(request)).await;
        let periods = answer.expect("listed").into_inner().closed_periods;
        periods
            .into_iter()
            .map(|period| (period.division, period.end_date))
            .collect()
    }
}

fn on(day: Option<Date>, payment: Payment) -> Payment {
    Payment {
        payment_date: day,
        ..payment
    }
}

#[tokio::test]
async fn a_closed_period_takes_nothing_any_more() {
    let world = World::billed().await;
    let paid = world
        .record(world.key(), on(date(2025, 2, 20), payment(VILLAGE, "A1", 1)))
        .await;
    let paid = paid.expect("open still");
    let closed = world.close_books(VILLAGE, date(2025, 2, 28)).await.expect("closed");
    assert_eq!((closed.closed_count, closed.closed_before_count), (1, 0));
    for day in [date(2025, 2, 28), date(2024, 12, 31)] {
        let late = on(day, payment(VILLAGE, "A1", 1));
        let refused = world.record(world.key(), late).await.expect_err("closed");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, "PERIOD_CLOSED")
        );
    }
    let undoing = ReversePaymentRequest {
        name: paid.name,
        request_id: world.key(),
        reason: "登记有误".to_owned(),
        cause: ReversalCause::Mistake.into(),
        effective_date: date(2025, 2, 21),
    };
    let refused = world.payments().reverse_payment(world.request(undoing)).await;
    assert_eq!(reason(&refused.expect_err("closed")), "PERIOD_CLOSED");
    world
        .record(world.key(), on(date(2025, 3, 1), payment(VILLAGE, "A1", 1)))
        .await
        .expect("open");
    world
        .record(world.key(), on(date(2025, 2, 28), payment(SIBLING, "B1", 1)))
        .await
        .expect("the sibling is open");
    // Forward only, village by village.
    let again = world.close_books(COUNTY, date(2025, 2, 28)).await.expect("the others");
    assert_eq!((again.closed_count, again.closed_before_count), (2, 1));
    let back = world.close_books(VILLAGE, date(2025, 1, 31)).await.expect("nothing");
    assert_eq!((back.closed_count, back.closed_before_count), (0, 1));
    let village = format!("divisions/{VILLAGE}");
    assert_eq!(world.closed(VILLAGE).await, [(village, date(2025, 2, 28))]);
    assert_eq!(world.closed(COUNTY).await.len(), 3);
    for day in [date(2025, 2, 27), date(2025, 3, 31), None] {
        let refused = world.close_books(VILLAGE, day).await.expect_err("no such month end");
        assert_eq!(fields(&refused), ["end_date"]);
    }
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_is_not_ready_stays_open_all_of_it() {
    let world = World::billed().await;
    world.take("K1", 1_000, 2, 28).await;
    let refused = world
        .close_books(COUNTY, date(2025, 2, 28))
        .await
        .expect_err("cash in hand");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "BOOKS_NOT_READY")
    );
    assert!(refused.message().contains(VILLAGE) && !refused.message().contains(SIBLING));
    assert!(world.closed(COUNTY).await.is_empty());
    // Cash of the next month is no hindrance, nor is that of this month once it is in the bank.
    world.take("K1", 5, 3, 1).await;
    world.remit("K1", 1_000).await.expect("remitted");
    let file = format!(
        "village_code,bank_reference,booked_on,amount_yuan\n{SIBLING},F1,2025-02-28,1.00\n{VILLAGE},F2,2025-03-01,1.00\n"
    );
    assert!(world.import("bank_statements", &file).await.applied);
    let refused = world
        .close_books(COUNTY, date(2025, 2, 28))
        .await
        .expect_err("an open line");
    assert!(refused.message().contains(SIBLING) && !refused.message().contains(VILLAGE));
    world.close_books(VILLAGE, date(2025, 2, 28)).await.expect("ready");
    // A line of a closed period is not posted, and says so.
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    sqlx::query("UPDATE book SET closed_before = '2025-03-01'")
        .execute(&mut conn)
        .await
        .expect("closed");
    let file = format!(
        "village_code,bank_reference,booked_on,amount_yuan,remark\n{SIBLING},F3,2025-02-28,1.00,B1\n{SIBLING},F4,2025-03-01,1.00,B1\n"
    );
    assert!(world.import("bank_statements", &file).await.applied);
    let request = ReconcileStatementsRequest {
        division: SIBLING.to_owned(),
        request_id: world.key(),
    };
    let mut statements = BankStatementServiceClient::new(world.channel());
    let operation = statements.reconcile_statements(world.request(request)).await;
    let run: StatementReconciliation = world
        .wait(operation.expect("started").into_inner())
        .await
        .expect("done");
    assert_eq!((run.posted_count, run.open_count), (1, 2));
    assert_eq!(world.standing("B1").await, (23_900, 0));
    // A person credits it on a day that is open.
    let lines = statements.list_statement_lines(world.request(ListStatementLinesRequest {
        filter: "bank_reference = F3".to_owned(),
        ..ListStatementLinesRequest::default()
    }));
    let line = lines.await.expect("listed").into_inner().lines.remove(0);
    assert_eq!(line.reason, "POSTING_REFUSED");
    let on = async |payment_date| {
        let request = ResolveStatementLineRequest {
            name: line.name.clone(),
            bill: String::new(),
            payment_date,
            request_id: world.key(),
            resolution: Some(Resolution::Household("households/B1".to_owned())),
        };
        let mut client = BankStatementServiceClient::new(world.channel());
        client.resolve_statement_line(world.request(request)).await
    };
    assert_eq!(reason(&on(None).await.expect_err("closed")), "PERIOD_CLOSED");
    assert_eq!(
        fields(&on(date(2025, 2, 27)).await.expect_err("before the bank")),
        ["payment_date"]
    );
    assert_eq!(
        fields(&on(date(2025, 3, 2)).await.expect_err("tomorrow")),
        ["payment_date"]
    );
    on(date(2025, 3, 1)).await.expect("credited");
    assert_eq!(world.standing("B1").await, (23_800, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn sums_that_do_not_agree_keep_the_books_open() {
    let world = World::billed().await;
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    world.pay(VILLAGE, "A1", 24_001).await.expect("paid");
    sqlx::query("UPDATE advance SET amount_fen = amount_fen + 1")
        .execute(&mut conn)
        .await
        .expect("changed");
    world.harness.kit.clock.advance(time::Duration::days(31));
    let refused = world
        .close_books(COUNTY, date(2025, 3, 31))
        .await
        .expect_err("one fen too much");
    assert_eq!(reason(&refused), "BOOKS_NOT_READY");
    assert!(refused.message().contains("A1"), "{refused:?}");
    let told = refused
        .get_details_localized_message()
        .expect("a message for people")
        .message;
    assert!(told.contains("预收款与分录不符：应为"), "{told}");
    world.stop().await;
}

/// A payment and the close of its period at once: it stands before the close, or is refused.
#[tokio::test]
async fn closing_waits_for_what_is_being_posted() {
    let world = World::billed().await;
    let pays = async {
        let mut refused = 0;
        for _ in 0..40 {
            let late = on(date(2025, 2, 28), payment(VILLAGE, "A1", 1));
            match world.record(world.key(), late).await {
                Ok(_) => assert_eq!(refused, 0, "posted after a refusal"),
                Err(error) => {
                    assert_eq!(reason(&error), "PERIOD_CLOSED");
                    refused += 1;
                }
            }
        }
        refused
    };
    let (refused, closed) = tokio::join!(pays, world.close_books(COUNTY, date(2025, 2, 28)));
    assert_eq!(closed.expect("closed").closed_count, 3);
    let recount = world.recount().await;
    assert_eq!(recount.receipt_count + refused, 40);
    world.stop().await;
}
