//! Bank statements held against the ledger.

use std::collections::BTreeMap;

use proto::xiangtu::homestead::v1::{
    BankStatementLine, BankStatementLineState as State, CreatePendingPaymentRequest, ListStatementLinesRequest,
    ListUnconfirmedPaymentsRequest, Payment, PaymentMethod, PendingPayment, ReconcileStatementsRequest,
    ResolveStatementLineRequest, ReversalCause, ReversePaymentRequest, StatementReconciliation,
    bank_statement_service_client::BankStatementServiceClient,
    pending_payment_service_client::PendingPaymentServiceClient, resolve_statement_line_request::Resolution,
};
use sqlx::Connection as _;
use tonic::{Code, Status, transport::Channel};

use crate::world::{COUNTY, SIBLING, VILLAGE, World, date, fields, payment, reason};

const HEADER: &str = "village_code,bank_reference,booked_on,amount_yuan,payer_name,payer_account_tail,remark\n";

/// A statement of the village's account with `lines` of `reference,amount,payer,remark`.
fn statement(lines: &[&str]) -> String {
    let row = |line: &&str| {
        let cells: Vec<&str> = line.split(',').collect();
        let [reference, amount, payer, remark] = cells[..] else {
            panic!("{line}")
        };
        format!("{VILLAGE},{reference},2025-02-20,{amount},{payer},1234,{remark}\n")
    };
    let rows: Vec<String> = lines.iter().map(row).collect();
    format!("{HEADER}{}", rows.concat())
}

impl World {
    fn statements(&self) -> BankStatementServiceClient<Channel> {
        BankStatementServiceClient::new(self.channel())
    }

    async fn bank_says(&self, lines: &[&str]) {
        let report = self.import("bank_statements", &statement(lines)).await;
        assert!(report.applied, "{:?}", report.errors);
    }

    async fn reconcile(&self) -> StatementReconciliation {
        let request = ReconcileStatementsRequest {
            division: COUNTY.to_owned(),
            request_id: self.key(),
        };
        let operation = self.statements().reconcile_statements(self.request(request)).await;
        self.wait(operation.expect("started").into_inner())
            .await
            .expect("reconciled")
    }

    /// The lines by reference.
    async fn lines(&self) -> BTreeMap<String, BankStatementLine> {
        let request = ListStatementLinesRequest::default();
        let answer = self.statements().list_statement_lines(self.request(request)).await;
        let lines = answer.expect("listed").into_inner().lines;
        lines
            .into_iter()
            .map(|line| (line.bank_reference.clone(), line))
            .collect()
    }

    async fn resolve(&self, reference: &str, resolution: Resolution) -> Result<BankStatementLine, Status> {
        let name = self.lines().await[reference].name.clone();
        let request = ResolveStatementLineRequest {
            name,
            bill: String::new(),
            payment_date: None,
            request_id: self.key(),
            resolution: Some(resolution),
        };
        let answer = self.statements().resolve_statement_line(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn reverse(&self, name: &str) {
        let request = ReversePaymentRequest {
            name: name.to_owned(),
            request_id: self.key(),
            reason: "记错户".to_owned(),
            cause: ReversalCause::Mistake.into(),
            effective_date: None,
        };
        self.payments()
            .reverse_payment(self.request(request))
            .await
            .expect("undone");
    }

    async fn unconfirmed(&self, minimum_days: Option<i32>) -> Vec<i64> {
        let request = ListUnconfirmedPaymentsRequest {
            minimum_days,
            ..ListUnconfirmedPaymentsRequest::default()
        };
        let answer = self.statements().list_unconfirmed_payments(self.request(request)).await;
        let payments = answer.expect("listed").into_inner().payments;
        payments.iter().map(|paid| paid.receipt_number).collect()
    }
}

fn recorded(household: &str, amount_fen: i64, document: &str) -> Payment {
    Payment {
        document: document.to_owned(),
        payment_date: date(2025, 2, 19),
        ..payment(VILLAGE, household, amount_fen)
    }
}

#[tokio::test]
async fn every_rule_decides_its_lines() {
    let world = World::billed().await;
    let bill = world.bills_of("A6").await.remove(0).name;
    let matched = world
        .record(world.key(), recorded("A1", 10_000, "F1"))
        .await
        .expect("paid");
    world
        .record(world.key(), recorded("A2", 5_000, "cadre's own"))
        .await
        .expect("paid");
    let quoted = world.record(world.key(), recorded("A2", 700, "")).await.expect("paid");
    let announced = PendingPayment {
        division: format!("divisions/{VILLAGE}"),
        household: "households/A3".to_owned(),
        amount_fen: 12_000,
        method: PaymentMethod::Mobile.into(),
        document: "F4".to_owned(),
        ..PendingPayment::default()
    };
    let request = CreatePendingPaymentRequest {
        pending_payment: Some(announced),
        request_id: world.key(),
    };
    let mut pending = PendingPaymentServiceClient::new(world.channel());
    let pending = pending.create_pending_payment(world.request(request)).await;
    let pending = pending.expect("announced").into_inner().name;
    world
        .bank_says(&[
            "F1,100.00,赵水志,",
            "F2,50.00,某某,宅基地费 户号A1",
            &format!("F3,7.00,,收据号{}", quoted.receipt_number),
            "F4,120.00,,微信",
            &format!("F5,240.00,,{bill}"),
            "F6,590.00,李梅保,",
            "F7,-5.00,,手续费",
            "F8,1.00,,A1 和 A2",
            "F9,33.00,陌生人,缴费",
            "F10,50.00,,A2",
        ])
        .await;
    let run = world.reconcile().await;
    assert_eq!(
        (run.line_count, run.matched_count, run.posted_count, run.posted_fen),
        (10, 2, 3, 5_000 + 12_000 + 24_000)
    );
    assert_eq!((run.proposed_count, run.open_count, run.ignored_count), (1, 3, 1));
    let lines = world.lines().await;
    let told = |reference: &str| {
        let line = &lines[reference];
        (line.state(), line.reason.as_str(), line.household.as_str())
    };
    assert_eq!(told("F1"), (State::Matched, "", ""));
    assert_eq!(lines["F1"].entry, matched.name);
    assert_eq!(told("F2"), (State::Posted, "", ""));
    assert_eq!(told("F3"), (State::Matched, "", ""));
    assert_eq!(lines["F3"].entry, quoted.name);
    assert_eq!(told("F4"), (State::Posted, "", ""));
    assert_eq!(
        lines["F4"].entry.strip_prefix("payments/"),
        pending.strip_prefix("pendingPayments/")
    );
    assert_eq!(told("F5"), (State::Posted, "", ""));
    // 64,000 − 5,000 − 700 is not 59,000 yet: the name alone proposes nothing.
    assert_eq!(told("F6"), (State::Open, "NO_MATCH", ""));
    assert_eq!(told("F7"), (State::Ignored, "DEBIT_LINE", ""));
    assert_eq!(told("F8"), (State::Open, "AMBIGUOUS_HOUSEHOLD", ""));
    assert_eq!(told("F9"), (State::Open, "NO_MATCH", ""));
    assert_eq!(told("F10"), (State::Proposed, "POSSIBLY_RECORDED", "households/A2"));
    assert_eq!(lines["F6"].payer_name_masked.chars().next(), Some('李'));
    assert!(!lines["F6"].payer_name_masked.contains("梅保"));
    assert_eq!(world.standing("A1").await, (9_000, 0));
    assert_eq!(world.standing("A3").await, (0, 0));
    assert_eq!(world.standing("A6").await, (0, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_name_and_an_amount_are_only_proposed() {
    let world = World::billed().await;
    world.bank_says(&["F1,640.00,李梅保,", "F2,640.01,李梅保,"]).await;
    let run = world.reconcile().await;
    assert_eq!((run.posted_count, run.proposed_count, run.open_count), (0, 1, 1));
    let lines = world.lines().await;
    assert_eq!(
        (lines["F1"].household.as_str(), lines["F1"].reason.as_str()),
        ("households/A2", "NAME_AND_AMOUNT")
    );
    assert_eq!(world.standing("A2").await, (64_000, 0));
    let household = Resolution::Household("households/A2".to_owned());
    let line = world.resolve("F1", household.clone()).await.expect("credited");
    assert_eq!((line.state(), line.resolver.as_str()), (State::Posted, "officer"));
    assert_eq!(world.standing("A2").await, (0, 0));
    let again = world.resolve("F1", household).await.expect_err("once");
    assert_eq!(reason(&again), "LINE_RESOLVED");
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn nothing_posts_twice_whatever_is_repeated() {
    let world = World::billed().await;
    let lines = ["F1,100.00,,A1", "F2,20.00,,A1", "F3,5.00,,谁"];
    world.bank_says(&lines).await;
    world.bank_says(&lines).await;
    assert_eq!(world.reconcile().await.posted_count, 2);
    assert_eq!(world.standing("A1").await, (12_000, 0));
    world.bank_says(&lines).await;
    let again = world.reconcile().await;
    assert_eq!((again.line_count, again.posted_count), (1, 0));
    // The process died after posting and before it noted that.
    let mut conn = sqlx::PgConnection::connect(&world.harness.database.superuser_url())
        .await
        .expect("a connection");
    let forget =
        "UPDATE statement_line SET state = 1, entry_id = NULL, resolved_at = NULL WHERE bank_reference <> 'F3'";
    sqlx::query(forget).execute(&mut conn).await.expect("forgotten");
    let elsewhere = world
        .resolve("F1", Resolution::Household("households/A2".to_owned()))
        .await;
    assert_eq!(reason(&elsewhere.expect_err("posted for A1")), "LINE_RESOLVED");
    let same = world
        .resolve("F1", Resolution::Household("households/A1".to_owned()))
        .await;
    assert_eq!(same.expect("found again").state(), State::Posted);
    assert_eq!(world.reconcile().await.posted_count, 1);
    assert_eq!(world.standing("A1").await, (12_000, 0));
    // Two runs and a person at once.
    world.bank_says(&["F4,10.00,,A1"]).await;
    let (_, _, _) = tokio::join!(
        world.reconcile(),
        world.reconcile(),
        world.resolve("F4", Resolution::Household("households/A1".to_owned()))
    );
    assert_eq!(world.standing("A1").await, (11_000, 0));
    assert_eq!(world.recount().await.receipt_count, 3);
    world.stop().await;
}

#[tokio::test]
async fn money_that_was_given_back_waits_for_a_person() {
    let world = World::billed().await;
    world.bank_says(&["F1,100.00,,A1"]).await;
    world.reconcile().await;
    let first = world.lines().await["F1"].entry.clone();
    world.reverse(&first).await;
    let run = world.reconcile().await;
    assert_eq!((run.posted_count, run.proposed_count), (0, 1));
    assert_eq!(world.lines().await["F1"].reason, "PAYMENT_REVERSED");
    let line = world
        .resolve("F1", Resolution::Household("households/A2".to_owned()))
        .await;
    let second = line.expect("credited").entry;
    assert_ne!(first, second);
    assert_eq!(world.standing("A1").await, (24_000, 0));
    assert_eq!(world.standing("A2").await, (54_000, 0));
    // And straight after it was given back again, without a run between.
    world.reverse(&second).await;
    let line = world
        .resolve("F1", Resolution::Household("households/A1".to_owned()))
        .await;
    assert_eq!(line.expect("credited").state(), State::Posted);
    assert_eq!(world.standing("A1").await, (14_000, 0));
    assert_eq!(world.standing("A2").await, (64_000, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn people_match_and_ignore_with_care() {
    let world = World::billed().await;
    let one = world
        .record(world.key(), recorded("A1", 10_000, "other"))
        .await
        .expect("paid");
    let undone = world
        .record(world.key(), recorded("A1", 10_000, "wrong"))
        .await
        .expect("paid");
    world.reverse(&undone.name).await;
    let far = world.pay(SIBLING, "B1", 10_000).await.expect("paid");
    world
        .bank_says(&["F1,100.00,,", "F2,100.00,,", "F3,99.00,,", "F4,-1.00,,"])
        .await;
    assert_eq!(world.unconfirmed(None).await, [1]);
    assert_eq!(world.unconfirmed(Some(0)).await, [1, 1]);
    let matching = |payment: &Payment| Resolution::Payment(payment.name.clone());
    for (reference, payment, expected) in [
        ("F3", &one, "AMOUNT_DIFFERS"),
        ("F1", &undone, "PAYMENT_REVERSED"),
        ("F1", &far, "RESOURCE_NOT_FOUND"),
    ] {
        let refused = world.resolve(reference, matching(payment)).await.expect_err(expected);
        assert_eq!(reason(&refused), expected);
    }
    let line = world.resolve("F1", matching(&one)).await.expect("matched");
    assert_eq!((line.state(), line.entry.as_str()), (State::Matched, one.name.as_str()));
    assert_eq!(
        reason(&world.resolve("F2", matching(&one)).await.expect_err("taken")),
        "PAYMENT_CONFIRMED"
    );
    assert!(world.unconfirmed(None).await.is_empty());
    let debit = world
        .resolve("F4", Resolution::Household("households/A1".to_owned()))
        .await;
    assert_eq!(reason(&debit.expect_err("money that left")), "DEBIT_LINE");
    let blank = world.resolve("F2", Resolution::IgnoreReason(" ".to_owned())).await;
    assert_eq!(fields(&blank.expect_err("no reason")), ["ignore_reason"]);
    let ignored = world
        .resolve("F2", Resolution::IgnoreReason("误汇".to_owned()))
        .await
        .expect("ignored");
    assert_eq!((ignored.state(), ignored.reason.as_str()), (State::Ignored, "误汇"));
    let nobody = world
        .resolve("F2", Resolution::Household("households/B1".to_owned()))
        .await;
    assert_eq!(nobody.expect_err("another village's").code(), Code::NotFound);
    // What was ignored may still turn out to be somebody's.
    let found = world
        .resolve("F2", Resolution::Household("households/A1".to_owned()))
        .await;
    assert_eq!(found.expect("credited").state(), State::Posted);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_file_is_taken_whole_or_not_at_all() {
    let world = World::billed().await;
    world.bank_says(&["F1,100.00,赵水志,谢谢"]).await;
    for (line, reason) in [
        (
            format!("{VILLAGE},F1,2025-02-20,100.01,赵水志,1234,谢谢\n"),
            "LINE_DIFFERS",
        ),
        (format!("{VILLAGE},F2,2025-02-20,100,,,\n"), "BAD_AMOUNT"),
        (format!("{VILLAGE},F2,2025-02-20,0.00,,,\n"), "BAD_AMOUNT"),
        (format!("{VILLAGE},F2,2025-03-02,1.00,,,\n"), "IN_FUTURE"),
        ("410225001,F2,2025-02-20,1.00,,,\n".to_owned(), "BAD_CODE"),
        ("410225105200,F2,2025-02-20,1.00,,,\n".to_owned(), "UNKNOWN_VILLAGE"),
        (
            format!("{VILLAGE},F2,2025-02-20,1.00,,,\n{VILLAGE},F2,2025-02-20,1.00,,,\n"),
            "DUPLICATE",
        ),
    ] {
        let file = format!("{HEADER}{VILLAGE},F9,2025-02-20,1.00,,,\n{line}");
        let report = world.import("bank_statements", &file).await;
        let reasons: Vec<_> = report.errors.iter().map(|error| error.reason.as_str()).collect();
        assert_eq!((report.applied, reasons), (false, vec![reason]));
    }
    let foreign = format!("{HEADER}{VILLAGE},F2,2025-02-20,1.00,,,\n");
    let report = world
        .import_as("410225104", "bank_statements", &foreign)
        .await
        .expect("a report");
    assert!(!report.applied);
    assert_eq!(world.lines().await.len(), 1);
    world.stop().await;
}
