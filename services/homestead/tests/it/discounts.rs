//! The discount for whoever pays at once: earned to the fen and the day, granted once, and taken back.

use proto::xiangtu::{
    homestead::v1::{
        Entry, EntryKind, ListEntriesRequest, Payment, ReversePaymentRequest, TariffDiscount, WriteOffBillRequest,
        adjustment_service_client::AdjustmentServiceClient,
    },
    r#type::v1::Ratio,
};
use time::macros::datetime;

use crate::world::{VILLAGE, World, date, payment, section, year_2024};

/// 10 % off for whoever pays within 30 days of the issue.
pub fn a_tenth() -> TariffDiscount {
    TariffDiscount {
        share: Some(Ratio {
            numerator: 1,
            denominator: 10,
        }),
        within_days: 30,
    }
}

/// With a discount of a tenth; bills of 1 March 2025, of which A1 owes 24,000 fen.
pub async fn offered() -> World {
    let world = World::registered().await;
    let mut plan = section();
    plan.tariffs[0].discount = Some(a_tenth());
    world.apply(plan).await.expect("applied");
    world.bill(year_2024()).await.expect("billed");
    world
}

async fn entries(world: &World, household: &str) -> Vec<Entry> {
    let request = ListEntriesRequest {
        filter: format!("household = {household}"),
        ..ListEntriesRequest::default()
    };
    let listed = world.ledger().list_entries(world.request(request)).await;
    listed.expect("listed").into_inner().entries
}

async fn of_kind(world: &World, household: &str, kind: EntryKind) -> usize {
    let entries = entries(world, household).await;
    entries.iter().filter(|entry| entry.kind() == kind).count()
}

/// Waits until discounts were looked for after everything that is posted by now.
pub async fn settled(world: &World) {
    let mut conn = world.owner().await;
    let behind = "SELECT count(*) FROM book b LEFT JOIN discount_looked l USING (division_code) WHERE b.entries > coalesce(l.entries, 0)";
    loop {
        let count: i64 = sqlx::query_scalar(behind).fetch_one(&mut conn).await.expect("a count");
        if count == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

pub async fn pay_on(world: &World, household: &str, amount_fen: i64, day: (i32, i32, i32)) -> Payment {
    let paid = Payment {
        payment_date: date(day.0, day.1, day.2),
        ..payment(VILLAGE, household, amount_fen)
    };
    world.record(world.key(), paid).await.expect("paid")
}

/// Relief since the bill, paid and outstanding of the one bill, and the advance.
pub async fn bill(world: &World, household: &str) -> (i64, i64, i64, i64) {
    settled(world).await;
    let bill = world.bills_of(household).await.remove(0);
    let (_, advance_fen) = world.standing(household).await;
    (
        bill.further_relief_fen,
        bill.paid_fen,
        bill.outstanding_fen,
        advance_fen,
    )
}

#[tokio::test]
async fn it_is_earned_on_the_last_day_and_to_the_fen() {
    let world = offered().await;
    // Recorded long after; what counts is the day of the payment.
    world.harness.kit.clock.set(datetime!(2025-05-01 04:00 UTC));
    pay_on(&world, "A1", 21_600, (2025, 3, 31)).await;
    pay_on(&world, "A6", 21_600, (2025, 4, 1)).await;
    pay_on(&world, "A2", 57_599, (2025, 3, 31)).await;
    assert_eq!(bill(&world, "A1").await, (2_400, 21_600, 0, 0));
    assert_eq!(bill(&world, "A6").await, (0, 21_600, 2_400, 0));
    assert_eq!(bill(&world, "A2").await, (0, 57_599, 6_401, 0));
    // The missing fen comes in late, then in time.
    pay_on(&world, "A2", 1, (2025, 4, 1)).await;
    assert_eq!(bill(&world, "A2").await, (0, 57_600, 6_400, 0));
    pay_on(&world, "A2", 1, (2025, 3, 31)).await;
    // One fen more than asked was paid, and it becomes an advance.
    assert_eq!(bill(&world, "A2").await, (6_400, 57_600, 0, 1));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_was_paid_beyond_it_becomes_an_advance_once() {
    let world = offered().await;
    // A3 owes 12,000 after relief and pays it in full and more.
    pay_on(&world, "A3", 12_500, (2025, 3, 1)).await;
    assert_eq!(bill(&world, "A3").await, (1_200, 10_800, 0, 1_700));
    let granted = entries(&world, "A3").await;
    let granted: Vec<_> = granted
        .iter()
        .filter(|entry| entry.kind() == EntryKind::Discount)
        .collect();
    assert_eq!((granted.len(), granted[0].postings.len()), (1, 4));
    for _ in 0..3 {
        pay_on(&world, "A3", 1, (2025, 3, 1)).await;
        settled(&world).await;
    }
    assert_eq!(of_kind(&world, "A3", EntryKind::Discount).await, 1);
    assert_eq!(bill(&world, "A3").await, (1_200, 10_800, 0, 1_703));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_was_written_off_is_not_paid() {
    let world = offered().await;
    let half = pay_on(&world, "A1", 12_000, (2025, 3, 1)).await;
    let request = WriteOffBillRequest {
        bill: half.allocations[0].bill.clone(),
        resolution: "核销决议".to_owned(),
        request_id: world.key(),
        ..WriteOffBillRequest::default()
    };
    let mut adjustments = AdjustmentServiceClient::new(world.channel());
    let written = adjustments.write_off_bill(world.request(request)).await;
    written.expect("written off");
    assert_eq!(bill(&world, "A1").await, (0, 12_000, 0, 0));
    assert_eq!(of_kind(&world, "A1", EntryKind::Discount).await, 0);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn it_is_taken_back_when_the_bill_is_owed_again() {
    let world = offered().await;
    let paid = pay_on(&world, "A1", 21_600, (2025, 3, 1)).await;
    assert_eq!(bill(&world, "A1").await, (2_400, 21_600, 0, 0));
    let reversal = ReversePaymentRequest {
        name: paid.name,
        reason: "退票".to_owned(),
        request_id: world.key(),
        cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
        effective_date: None,
    };
    let undone = world.payments().reverse_payment(world.request(reversal)).await;
    undone.expect("undone");
    assert_eq!(bill(&world, "A1").await, (0, 0, 24_000, 0));
    assert_eq!(of_kind(&world, "A1", EntryKind::Correction).await, 1);
    world.recount().await;
    // Paid again in time, it is earned again; too late, it is not.
    pay_on(&world, "A1", 21_600, (2025, 3, 1)).await;
    assert_eq!(bill(&world, "A1").await, (2_400, 21_600, 0, 0));
    assert_eq!(of_kind(&world, "A1", EntryKind::Discount).await, 2);
    world.recount().await;
    world.stop().await;
}
