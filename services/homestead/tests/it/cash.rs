//! Cash in hand, remittances and closed days.

use proto::xiangtu::homestead::v1::{
    CashOverdue, CashOverdueCause as Cause, CashPosition, CashRemitted, CashRules, CloseDayRequest, DayClose,
    GetCashPositionRequest, ListCashPositionsRequest, ListDayClosesRequest, Payment, PaymentMethod,
    RecordRemittanceRequest, Remittance, ReversalCause, ReversePaymentRequest, cash_service_client::CashServiceClient,
};
use sqlx::Connection as _;
use time::Duration;
use tonic::{Code, Status, transport::Channel};

use crate::world::{COUNTY, FAR, SIBLING, VILLAGE, World, date, fields, payment, reason, section};

impl World {
    pub fn cash(&self) -> CashServiceClient<Channel> {
        CashServiceClient::new(self.channel())
    }

    /// Cash of A2 into the hands of `cadre` on a day of 2025.
    pub async fn take(&self, cadre: &str, amount_fen: i64, month: i32, day: i32) -> Payment {
        let payment = Payment {
            method: PaymentMethod::Cash.into(),
            collector: format!("cadres/{cadre}"),
            payment_date: date(2025, month, day),
            ..payment(VILLAGE, "A2", amount_fen)
        };
        self.record(self.key(), payment).await.expect("paid")
    }

    pub async fn remit(&self, cadre: &str, amount_fen: i64) -> Result<Remittance, Status> {
        let remittance = Remittance {
            division: format!("divisions/{VILLAGE}"),
            cadre: format!("cadres/{cadre}"),
            amount_fen,
            document: "slip 1".to_owned(),
            ..Remittance::default()
        };
        self.remit_as(self.key(), remittance).await
    }

    async fn remit_as(&self, request_id: String, remittance: Remittance) -> Result<Remittance, Status> {
        let request = RecordRemittanceRequest {
            remittance: Some(remittance),
            request_id,
        };
        let answer = self.cash().record_remittance(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    pub async fn in_hand(&self, cadre: &str) -> CashPosition {
        let name = format!("divisions/{VILLAGE}/cashPositions/{cadre}");
        let answer = self
            .cash()
            .get_cash_position(self.request(GetCashPositionRequest { name }))
            .await;
        answer.expect("a position").into_inner()
    }

    async fn positions(&self, overdue_only: bool) -> Vec<String> {
        let (mut names, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListCashPositionsRequest {
                overdue_only,
                page_size: 1,
                page_token,
                ..ListCashPositionsRequest::default()
            };
            let answer = self.cash().list_cash_positions(self.request(request)).await;
            let page = answer.expect("a page").into_inner();
            names.extend(page.cash_positions.into_iter().map(|position| position.cadre));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return names;
            }
        }
    }

    async fn undo(&self, payment: &Payment) {
        let request = ReversePaymentRequest {
            name: payment.name.clone(),
            request_id: self.key(),
            reason: "登记有误".to_owned(),
            cause: ReversalCause::Mistake.into(),
            effective_date: None,
        };
        let answer = self.payments().reverse_payment(self.request(request)).await;
        answer.expect("undone");
    }

    pub async fn close_day(&self, counted: i64, reason: &str) -> Result<DayClose, Status> {
        let day_close = DayClose {
            division: format!("divisions/{VILLAGE}"),
            counted_cash_fen: Some(counted),
            reason: reason.to_owned(),
            ..DayClose::default()
        };
        let request = CloseDayRequest {
            day_close: Some(day_close),
            request_id: self.key(),
        };
        let answer = self.cash().close_day(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn stated<M: prost::Message + Default>(&self, event_type: &str) -> Vec<M> {
        let mut conn = sqlx::PgConnection::connect(&self.harness.database.superuser_url())
            .await
            .expect("a connection");
        let payloads: Vec<Vec<u8>> =
            sqlx::query_scalar("SELECT payload FROM kit.outbox WHERE type = $1 ORDER BY created_at, event_id")
                .bind(event_type)
                .fetch_all(&mut conn)
                .await
                .expect("events");
        let decode = |payload: Vec<u8>| M::decode(payload.as_slice()).expect("the message");
        payloads.into_iter().map(decode).collect()
    }
}

#[tokio::test]
async fn what_came_first_is_remitted_first() {
    let world = World::billed().await;
    let first = world.take("K1", 1_000, 2, 25).await;
    // Recorded later, received earlier.
    world.take("K1", 500, 2, 24).await;
    world.take("K1", 2_000, 3, 1).await;
    world.take("K2", 70, 3, 1).await;
    let position = world.in_hand("K1").await;
    assert_eq!(
        (position.received_fen, position.remitted_fen, position.in_hand_fen),
        (3_500, 0, 3_500)
    );
    assert_eq!(position.oldest_unremitted_date, date(2025, 2, 24));
    assert_eq!(
        position.overdue_causes,
        [i32::from(Cause::TooLong), Cause::MonthEnd.into()]
    );
    let paid_in = world.remit("K1", 500).await.expect("remitted");
    assert_eq!(paid_in.in_hand_fen, 3_000);
    assert_eq!(world.in_hand("K1").await.oldest_unremitted_date, date(2025, 2, 25));
    world.remit("K1", 999).await.expect("remitted");
    assert_eq!(world.in_hand("K1").await.oldest_unremitted_date, date(2025, 2, 25));
    assert_eq!(world.positions(true).await, ["cadres/K1"]);
    world.remit("K1", 1).await.expect("remitted");
    let position = world.in_hand("K1").await;
    assert_eq!(position.oldest_unremitted_date, date(2025, 3, 1));
    assert!(position.overdue_causes.is_empty());
    assert_eq!(world.positions(false).await, ["cadres/K1", "cadres/K2"]);
    assert!(world.positions(true).await.is_empty());
    // The cash of a payment that is undone was remitted before: it comes out of what is in hand.
    world.undo(&first).await;
    let position = world.in_hand("K1").await;
    assert_eq!(
        (position.received_fen, position.remitted_fen, position.in_hand_fen),
        (2_500, 1_500, 1_000)
    );
    assert_eq!(position.oldest_unremitted_date, date(2025, 3, 1));
    world.remit("K1", 1_000).await.expect("remitted");
    assert_eq!(world.in_hand("K1").await.oldest_unremitted_date, None);
    let events: Vec<CashRemitted> = world.stated("cash.remitted").await;
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.amount_fen, event.in_hand_fen))
        .collect();
    assert_eq!(told, [(500, 3_000), (999, 2_001), (1, 2_000), (1_000, 0)]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn nothing_is_remitted_as_of_a_day_before_it_was_taken() {
    let world = World::billed().await;
    world.take("K1", 1_000, 2, 25).await;
    world.take("K1", 500, 2, 27).await;
    let remit = async |amount_fen, day| {
        let remittance = Remittance {
            division: format!("divisions/{VILLAGE}"),
            cadre: "cadres/K1".to_owned(),
            amount_fen,
            document: "slip 1".to_owned(),
            remittance_date: date(2025, 2, day),
            ..Remittance::default()
        };
        world.remit_as(world.key(), remittance).await
    };
    for (amount_fen, day) in [(1, 24), (1_001, 26)] {
        let early = remit(amount_fen, day).await.expect_err("not there yet");
        assert_eq!(fields(&early), ["remittance.remittance_date"]);
    }
    remit(1_001, 27).await.expect("there");
    // What left on the 27th is not there for the 25th either: 499 are.
    assert_eq!(fields(&remit(500, 25).await.expect_err("spent")), Vec::<String>::new());
    remit(499, 25).await.expect("there all along");
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn nobody_remits_more_than_they_have_or_twice() {
    let world = World::billed().await;
    world.take("K1", 1_000, 3, 1).await;
    for (cadre, fen) in [("K1", 1_001), ("K2", 1)] {
        let refused = world.remit(cadre, fen).await.expect_err("too much");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::FailedPrecondition, "REMITTANCE_EXCEEDS_CASH")
        );
    }
    let good = Remittance {
        division: format!("divisions/{VILLAGE}"),
        cadre: "cadres/K1".to_owned(),
        amount_fen: 600,
        document: "slip 1".to_owned(),
        ..Remittance::default()
    };
    let key = world.key();
    let one = world.remit_as(key.clone(), good.clone()).await.expect("remitted");
    assert_eq!(world.remit_as(key, good.clone()).await.expect("the same"), one);
    // Two at once, for which there is cash of one.
    let (a, b) = tokio::join!(world.remit("K1", 300), world.remit("K1", 300));
    assert!(a.is_ok() != b.is_ok());
    assert_eq!(world.in_hand("K1").await.in_hand_fen, 100);
    let bad = Remittance {
        division: "410225001".to_owned(),
        cadre: "K1".to_owned(),
        amount_fen: 0,
        document: " ".to_owned(),
        remittance_date: date(2025, 3, 2),
        ..Remittance::default()
    };
    let expected = ["division", "cadre", "amount_fen", "document", "remittance_date"];
    let refused = world.remit_as(world.key(), bad).await.expect_err("five mistakes");
    assert_eq!(fields(&refused), expected.map(|field| format!("remittance.{field}")));
    let foreign = RecordRemittanceRequest {
        remittance: Some(good),
        request_id: world.key(),
    };
    let refused = world
        .cash()
        .record_remittance(world.request_in("410225104", foreign))
        .await;
    assert_eq!(refused.expect_err("another township").code(), Code::NotFound);
    for name in [
        format!("divisions/{VILLAGE}/cashPositions/K2"),
        format!("divisions/{FAR}/cashPositions/K1"),
        format!("divisions/{VILLAGE}"),
        "cashPositions/K1".to_owned(),
    ] {
        let answer = world
            .cash()
            .get_cash_position(world.request(GetCashPositionRequest { name }))
            .await;
        assert_eq!(answer.expect_err("none").code(), Code::NotFound);
    }
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn overdue_cash_is_stated_once_a_day() {
    let world = World::billed().await;
    world.take("K1", 1_000, 3, 1).await;
    world.take("T1", 600_000, 3, 1).await;
    let until = async |count: usize| {
        loop {
            let events: Vec<CashOverdue> = world.stated("cash.overdue").await;
            assert!(events.len() <= count, "{events:?}");
            if events.len() == count {
                return events;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let events = until(1).await;
    assert_eq!(
        (events[0].cadre.as_str(), events[0].causes.as_slice()),
        ("cadres/T1", [i32::from(Cause::AboveCeiling)].as_slice())
    );
    // What a later look finds is stated alone.
    world.take("K2", 500_001, 3, 1).await;
    assert_eq!(until(2).await[1].cadre, "cadres/K2");
    world.harness.kit.clock.advance(Duration::days(4));
    let events = &until(5).await[2..];
    assert!(events.iter().all(|event| event.as_of == date(2025, 3, 5)));
    assert!(events.iter().all(|event| event.causes[0] == i32::from(Cause::TooLong)));
    // The plan allows more, so that the next day nothing is overdue.
    let mut plan = section();
    plan.cash = Some(CashRules {
        maximum_days: 30,
        ceiling_fen: 1_000_000,
        across_month_end: false,
    });
    world.apply(plan).await.expect("applied");
    assert!(world.positions(true).await.is_empty());
    world.harness.kit.clock.advance(Duration::DAY);
    assert!(world.positions(true).await.is_empty());
    let mut plan = section();
    plan.cash = Some(CashRules {
        maximum_days: 366,
        ceiling_fen: -1,
        across_month_end: true,
    });
    let refused = world.apply(plan).await.expect_err("out of range");
    assert_eq!(
        fields(&refused),
        ["section.cash.maximum_days", "section.cash.ceiling_fen"]
    );
    world.stop().await;
}

#[tokio::test]
async fn a_closed_day_is_frozen_and_every_entry_lies_in_one() {
    let world = World::billed().await;
    let cash = world.take("K1", 1_000, 3, 1).await;
    world.take("K2", 200, 2, 28).await;
    world.pay(VILLAGE, "A1", 24_000).await.expect("paid");
    let mobile = Payment {
        method: PaymentMethod::Mobile.into(),
        ..payment(VILLAGE, "A3", 77)
    };
    world.record(world.key(), mobile).await.expect("paid");
    world.pay(SIBLING, "B1", 5).await.expect("elsewhere");
    world.undo(&cash).await;
    world.take("K1", 900, 3, 1).await;
    world.remit("K1", 400).await.expect("remitted");
    let refused = world.close_day(701, "").await.expect_err("one fen too much");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "CASH_DIFFERENCE")
    );
    let first = world.close_day(701, "零钱多一分").await.expect("closed");
    let receipts = (
        first.first_receipt_number,
        first.last_receipt_number,
        first.receipt_count,
    );
    assert_eq!(receipts, (1, 5, 5));
    assert_eq!((first.cash_fen, first.bank_fen, first.mobile_fen), (2_100, 24_000, 77));
    assert_eq!(
        (first.reversal_count, first.reversed_fen, first.remitted_fen),
        (1, 1_000, 400)
    );
    assert_eq!((first.booked_cash_fen, first.difference_fen), (700, 1));
    assert_eq!((first.date, first.closer.as_str()), (date(2025, 3, 1), "officer"));
    assert_eq!(
        reason(&world.close_day(700, "").await.expect_err("closed")),
        "DAY_CLOSED"
    );
    // Recorded after the close, on the same day: it belongs to the next one.
    world.take("K1", 50, 3, 1).await;
    world.harness.kit.clock.advance(Duration::DAY);
    let second = world.close_day(750, "").await.expect("closed");
    assert_eq!(
        (second.first_receipt_number, second.receipt_count, second.cash_fen),
        (6, 1, 50)
    );
    assert_eq!((second.booked_cash_fen, second.difference_fen), (750, 0));
    assert!(second.last_entry_number > first.last_entry_number);
    world.harness.kit.clock.advance(Duration::DAY);
    let idle = world.close_day(750, "").await.expect("closed");
    assert_eq!((idle.first_receipt_number, idle.receipt_count), (0, 0));
    let request = ListDayClosesRequest {
        division: COUNTY.to_owned(),
        filter: "difference_fen != 0".to_owned(),
        ..ListDayClosesRequest::default()
    };
    let listed = world.cash().list_day_closes(world.request(request)).await;
    assert_eq!(listed.expect("listed").into_inner().day_closes, [first]);
    let nothing = CloseDayRequest {
        day_close: Some(DayClose {
            division: format!("divisions/{VILLAGE}"),
            date: date(2025, 3, 9),
            ..DayClose::default()
        }),
        request_id: world.key(),
    };
    let refused = world.cash().close_day(world.request(nothing)).await;
    assert_eq!(
        fields(&refused.expect_err("two mistakes")),
        ["day_close.date", "day_close.counted_cash_fen"]
    );
    world.stop().await;
}
