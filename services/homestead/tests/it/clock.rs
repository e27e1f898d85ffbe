//! The clock goes a day ahead, or back, and returns: nothing is lost or doubled, and everything goes on within its term.

use std::time::Duration;

use proto::xiangtu::homestead::v1::{
    BillingRun, DraftDunningNoticesRequest, Entry, ListEntriesRequest, Payment, PaymentMethod, PendingPayment,
    PendingPaymentState, ReversalCause, ReversePaymentRequest, RunBillingRequest,
};
use time::{OffsetDateTime, macros::datetime};
use tonic::Status;

use crate::{
    collection::draft,
    discounts::a_tenth,
    instalments::{agree, five},
    pending::announced,
    reassessing::reassess,
    roots::until_rooted,
    visits::{visit, visiting},
    world::{COUNTY, SIBLING, VILLAGE, World, date, fields, payment, reason, section, year_2024},
};

/// Noon of 1 March 2025 in Shanghai, where every test starts.
const NOON: OffsetDateTime = datetime!(2025-03-01 04:00 UTC);

/// Bills of 2024, a discount, and every job once a second.
async fn busy() -> World {
    let world = World::hurried(&["XIANGTU_ROOT_EVERY_S"]).await;
    world.register().await;
    let mut plan = section();
    plan.tariffs[0].discount = Some(a_tenth());
    world.apply(plan).await.expect("applied");
    world.bill(year_2024()).await.expect("billed");
    world
}

impl World {
    /// Puts the clock this many days beside [`NOON`].
    fn off_by(&self, days: i64) {
        self.harness.kit.clock.set(NOON + time::Duration::days(days));
    }

    async fn entries_of(&self, village: &str) -> Vec<Entry> {
        let request = ListEntriesRequest {
            division: village.to_owned(),
            page_size: 1_000,
            ..ListEntriesRequest::default()
        };
        let listed = self.ledger().list_entries(self.request(request)).await;
        listed.expect("listed").into_inner().entries
    }

    /// Waits until a query of the owner answers true, at most half a minute.
    async fn until(&self, what: &str, sql: &'static str) {
        let mut conn = self.owner().await;
        for _ in 0..600 {
            let answer = sqlx::query_scalar::<_, bool>(sql).fetch_one(&mut conn).await;
            if answer.expect("an answer") {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{what} within half a minute");
    }

    /// Waits until every job has done what there was to do, then recounts; numbers have no gaps and no doubles.
    async fn settled(&self) {
        self.until(
            "discounts were looked for",
            "SELECT count(*) = 0 FROM book b LEFT JOIN discount_looked l USING (division_code) WHERE b.entries > coalesce(l.entries, 0)",
        )
        .await;
        self.until(
            "collection was stated",
            "SELECT count(*) = 0 FROM book b LEFT JOIN collection_stated s USING (division_code) WHERE b.entries > coalesce(s.entries, 0)",
        )
        .await;
        self.until(
            "events were numbered",
            "SELECT count(*) = 0 FROM kit.outbox WHERE sequence IS NULL",
        )
        .await;
        self.until(
            "the journal was sealed",
            "SELECT bool_and(entries < coalesce((SELECT max(until_number) FROM seal s WHERE s.division_code = b.division_code), 1))
             FROM book b",
        )
        .await;
        tokio::time::timeout(Duration::from_secs(30), until_rooted(self))
            .await
            .expect("a root within half a minute");
        self.recount().await;
        for village in [VILLAGE, SIBLING] {
            let mut numbers: Vec<i64> = self
                .entries_of(village)
                .await
                .iter()
                .map(|entry| entry.entry_number)
                .collect();
            numbers.sort_unstable();
            let all = 1..=i64::try_from(numbers.len()).expect("few");
            assert_eq!(numbers, all.collect::<Vec<_>>(), "{village}");
        }
    }

    async fn cash_of(&self, household: &str, amount_fen: i64) -> Result<Payment, Status> {
        let cash = Payment {
            method: PaymentMethod::Cash.into(),
            collector: "cadres/K1".to_owned(),
            ..payment(VILLAGE, household, amount_fen)
        };
        self.record(self.key(), cash).await
    }

    async fn undo_at_once(&self, name: &str) -> Result<(), Status> {
        let request = ReversePaymentRequest {
            name: name.to_owned(),
            request_id: self.key(),
            reason: "登记有误".to_owned(),
            cause: ReversalCause::Mistake.into(),
            effective_date: None,
        };
        let answer = self.payments().reverse_payment(self.request(request)).await;
        answer.map(drop)
    }
}

#[tokio::test]
async fn no_job_waits_for_the_day_to_which_a_dead_replica_held_it() {
    let world = busy().await;
    world.settled().await;
    let mut agreed = five(&world, "A6");
    agreed.first_due_date = date(2025, 3, 1);
    agreed.grace_days = Some(0);
    agree(&world, agreed).await.expect("agreed");
    let short = PendingPayment {
        expiry_date: date(2025, 3, 1),
        ..announced("A2", "wx 1", 100)
    };
    let pending = world.announce(short).await.expect("announced");
    // What a replica leaves that dies while the clock of the database stands a day ahead.
    world
        .behind_the_back(
            "UPDATE kit.lease SET holder = gen_random_uuid(), until = clock_timestamp() + interval '1 day'",
        )
        .await;
    // So long until whoever held them has noticed.
    tokio::time::sleep(kit::lease::TERM / 2).await;
    world.off_by(1);
    world.pay(VILLAGE, "A1", 21_600).await.expect("paid");
    world.settled().await;
    assert_eq!(world.standing("A1").await, (0, 0), "the discount was given");
    world
        .until(
            "an agreement that was not kept ended",
            "SELECT count(*) = 1 FROM instalment_plan WHERE state = 3",
        )
        .await;
    world
        .until(
            "an announced payment expired",
            "SELECT count(*) = 1 FROM pending_payment WHERE state = 4",
        )
        .await;
    assert_eq!(world.pending_state(&pending.name).await, PendingPaymentState::Expired);
    world.stop().await;
}

#[tokio::test]
async fn a_day_ahead_and_back_neither_loses_nor_doubles() {
    let world = busy().await;
    world.pay(VILLAGE, "A1", 10_000).await.expect("paid");
    let short = PendingPayment {
        expiry_date: date(2025, 3, 1),
        ..announced("A2", "wx 1", 100)
    };
    let pending = world.announce(short).await.expect("announced");
    let request = RunBillingRequest {
        from_date: date(2025, 1, 1),
        until_date: date(2026, 1, 1),
        due_date: date(2025, 12, 31),
        request_id: world.key(),
        ..year_2024()
    };
    let started = world.billing_runs().run_billing(world.request(request.clone())).await;
    let under_way = started.expect("started").into_inner();
    world.off_by(1);
    let run: BillingRun = world.wait(under_way).await.expect("billed");
    assert_eq!(run.bill_count, 6);
    assert_eq!(
        world.bills_of("A1").await[1].issue_date,
        date(2025, 3, 1),
        "the day it was started"
    );
    let (key, tomorrows) = (world.key(), payment(VILLAGE, "A2", 10_000));
    let ahead = world.record(key.clone(), tomorrows.clone()).await.expect("paid");
    assert_eq!(ahead.payment_date, date(2025, 3, 2));
    world.cash_of("A3", 500).await.expect("paid");
    assert_eq!(world.close_day(500, "").await.expect("closed").last_receipt_number, 3);
    let noticed = draft(&world, DraftDunningNoticesRequest::default())
        .await
        .expect("drafted");
    assert!(noticed.notice_count > 0);
    while world.pending_state(&pending.name).await != PendingPaymentState::Expired {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    world.settled().await;

    world.off_by(0);
    assert_eq!(world.record(key, tomorrows).await.expect("the same"), ahead);
    let again = world.billing_runs().run_billing(world.request(request)).await;
    let again: BillingRun = world
        .wait(again.expect("the same run").into_inner())
        .await
        .expect("done");
    assert_eq!(again.name, run.name);
    let future = Payment {
        payment_date: date(2025, 3, 2),
        ..payment(VILLAGE, "A1", 1)
    };
    let refused = world.record(world.key(), future).await.expect_err("not yet");
    assert_eq!(fields(&refused), ["payment.payment_date"]);
    assert_eq!(
        fields(&world.undo_at_once(&ahead.name).await.expect_err("before the payment")),
        ["effective_date"]
    );
    assert_eq!(
        reason(&world.confirm(&pending.name).await.expect_err("given up")),
        "PENDING_PAYMENT_EXPIRED"
    );
    assert_eq!(
        reason(&world.close_day(500, "").await.expect_err("closed")),
        "DAY_CLOSED"
    );
    // Whoever was noticed tomorrow is not noticed today as well.
    let quiet = draft(&world, DraftDunningNoticesRequest::default())
        .await
        .expect("drafted");
    assert_eq!((quiet.notice_count, quiet.waiting_count > 0), (0, true));
    let mut visited = visiting(&world, "A1", "K1");
    visited.visit_time = crate::ladder::instant(3, 2, 10);
    assert_eq!(
        fields(&visit(&world, visited).await.expect_err("not yet")),
        ["visit_time"]
    );
    let early = world.remit("K1", 500).await.expect_err("it comes tomorrow");
    assert_eq!(fields(&early), ["remittance.remittance_date"]);
    let todays = world.pay(VILLAGE, "A1", 1).await.expect("paid");
    assert_eq!((todays.receipt_number, todays.payment_date), (4, date(2025, 3, 1)));
    world.settled().await;

    world.off_by(-1);
    let yesterdays = world.pay(VILLAGE, "A1", 1).await.expect("paid");
    assert_eq!(
        (yesterdays.receipt_number, yesterdays.payment_date),
        (5, date(2025, 2, 28))
    );
    world.pay(SIBLING, "B1", 30_000).await.expect("paid");
    world.settled().await;
    world.off_by(1);
    world.undo_at_once(&ahead.name).await.expect("undone");
    world.off_by(2);
    world.remit("K1", 500).await.expect("remitted");
    let closed = world.close_day(0, "").await.expect("closed");
    assert_eq!((closed.first_receipt_number, closed.last_receipt_number), (4, 5));
    world.settled().await;
    assert_eq!(world.recount().await.receipt_count, 6);
    world.stop().await;
}

#[tokio::test]
async fn payments_from_all_sides_while_the_clock_jumps() {
    let world = busy().await;
    let payers = (0..4).map(async |payer: usize| {
        let (village, household) = [(VILLAGE, "A1"), (VILLAGE, "A2"), (SIBLING, "B1"), (SIBLING, "B2")][payer];
        let mut dates = Vec::new();
        for _ in 0..40 {
            // A call whose token was made before a jump is refused before it does anything; its id stays free.
            let key = world.key();
            let paid = loop {
                match world.record(key.clone(), payment(village, household, 100)).await {
                    Ok(paid) => break paid,
                    Err(refused) => assert_eq!(refused.code(), tonic::Code::Unauthenticated, "{refused:?}"),
                }
            };
            dates.push(paid.payment_date);
        }
        dates
    });
    let jumps = async {
        for days in [1, 0, -1, 0].repeat(8) {
            world.off_by(days);
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    let (paid, ()) = tokio::join!(futures::future::join_all(payers), jumps);
    let days = [date(2025, 2, 28), date(2025, 3, 1), date(2025, 3, 2)];
    assert!(paid.iter().flatten().all(|day| days.contains(day)));
    world.off_by(0);
    world.settled().await;
    assert_eq!(world.recount().await.receipt_count, 160);
    let account = world.account("B1").await;
    assert_eq!(account.outstanding_fen, 24_000 - 4_000);
    world.stop().await;
}

#[tokio::test]
async fn plots_are_held_against_bills_that_a_clock_ahead_has_dated_later() {
    let world = World::planned().await;
    world.off_by(1);
    world.bill(year_2024()).await.expect("billed");
    world.off_by(0);
    let plots = "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed
A1P1,A1,1,267.00,167,100.00,1999_on,extension,occupied,1,0
";
    assert!(world.import("homesteads", plots).await.applied);
    let run = reassess(&world, false, None).await.expect("posted");
    assert_eq!((run.correction_count, run.added_fen), (1, 40_000));
    assert_eq!(world.standing("A1").await, (64_000, 0));
    // Put right by a clock a day ahead, and imported again before it.
    world.off_by(1);
    assert!(
        world
            .import(
                "homesteads",
                &plots.replace("267.00", "227.00").replace("100.00", "60.00")
            )
            .await
            .applied
    );
    assert_eq!(
        reassess(&world, false, None).await.expect("posted").credited_fen,
        40_000
    );
    world.off_by(0);
    assert!(world.import("homesteads", plots).await.applied);
    assert_eq!(reassess(&world, false, None).await.expect("posted").added_fen, 40_000);
    assert_eq!(
        reassess(&world, false, None)
            .await
            .expect("nothing left")
            .correction_count,
        0
    );
    assert_eq!(world.bills_of("A5").await, [], "{COUNTY} has nobody else to correct");
    world.recount().await;
    world.stop().await;
}
