//! The last moment of a year and the first of the next are eight hours before the years of UTC meet.

use proto::xiangtu::homestead::v1::{
    AccountKind, AgeingGroup, AgreeInstalmentsRequest, CashOverdueCause, InstalmentPlanState, ListArrearsRequest,
    Payment, PaymentMethod, PendingPayment, RunBillingRequest, YearReport,
};
use time::{OffsetDateTime, macros::date as day, macros::datetime};

use crate::{
    adjustments::vacate,
    ageing::{buckets, report},
    instalments::{agree, five, get},
    pending::announced,
    world::{SIBLING, VILLAGE, World, date, fields, payment, reason, section, tariff, year_2024},
};

const EVE: OffsetDateTime = datetime!(2025-12-31 23:59:59.999999 +8);
const MIDNIGHT: OffsetDateTime = datetime!(2026-01-01 00:00 +8);

/// What was owed before and after a year, and paid on bills in it.
fn owed(report: &YearReport) -> (i64, i64, i64) {
    let owed = report
        .balances
        .iter()
        .find(|it| it.account() == AccountKind::Receivable)
        .expect("what is owed");
    let moved = report.movements.as_ref().expect("movements");
    (owed.opening_fen, owed.closing_fen, moved.received_for_bills_fen)
}

#[tokio::test]
async fn a_payment_belongs_to_the_year_of_its_day_in_shanghai() {
    let world = World::billed().await;
    world.at(EVE);
    let old = world.pay(VILLAGE, "A1", 1_000).await.expect("paid");
    assert_eq!(
        fields(&world.year_report(VILLAGE, 2026).await.expect_err("not begun")),
        ["year"]
    );
    assert_eq!(
        fields(
            &world
                .close_books(VILLAGE, date(2025, 12, 31))
                .await
                .expect_err("not over")
        ),
        ["end_date"]
    );
    let closed = world.close_day(0, "").await.expect("closed");
    assert_eq!((closed.date, closed.last_receipt_number), (date(2025, 12, 31), 1));
    world.at(MIDNIGHT);
    let new = world.pay(VILLAGE, "A1", 2_000).await.expect("paid");
    assert_eq!(
        [&old, &new].map(|it| (it.payment_date, it.receipt_number)),
        [(date(2025, 12, 31), 1), (date(2026, 1, 1), 2)]
    );
    let closed = world.close_day(0, "").await.expect("closed");
    assert_eq!((closed.date, closed.first_receipt_number), (date(2026, 1, 1), 2));

    // The village owes 124,000, its sibling 48,000; all of it was due 365 days before the last day of the year.
    let old_year = world.year_report(VILLAGE, 2025).await.expect("a report");
    assert_eq!((owed(&old_year), old_year.closed), ((0, 123_000, 1_000), false));
    let new_year = world.year_report(VILLAGE, 2026).await.expect("a report");
    assert_eq!(owed(&new_year), (123_000, 121_000, 2_000));
    let aged = async |as_of| {
        buckets(
            &report(&world, as_of, AgeingGroup::Village)
                .await
                .total
                .expect("a total"),
        )
    };
    assert_eq!(aged(day!(2025 - 12 - 31)).await, [0, 0, 0, 0, 171_000, 0]);
    assert_eq!(aged(day!(2026 - 01 - 01)).await, [0, 0, 0, 0, 0, 169_000]);
    for (month, number) in [(date(2025, 12, 1), 5), (date(2026, 1, 1), 6)] {
        let vouchers = world.vouchers(VILLAGE, month).await;
        let numbers: Vec<_> = vouchers.iter().map(|one| one.voucher_number).collect();
        assert_eq!(numbers, [number], "{month:?}");
    }

    let closed = world.close_books(VILLAGE, date(2025, 12, 31)).await.expect("over");
    assert_eq!(closed.closed_count, 1);
    assert!(world.year_report(VILLAGE, 2025).await.expect("a report").closed);
    let on = async |day| {
        let paid = Payment {
            payment_date: day,
            ..payment(VILLAGE, "A1", 5)
        };
        world.record(world.key(), paid).await
    };
    assert_eq!(
        reason(&on(date(2025, 12, 31)).await.expect_err("closed")),
        "PERIOD_CLOSED"
    );
    on(date(2026, 1, 1)).await.expect("open");
    // A clock that is put back has closed itself out.
    world.at(EVE);
    assert_eq!(reason(&on(None).await.expect_err("closed")), "PERIOD_CLOSED");
    assert_eq!(
        fields(&on(date(2026, 1, 1)).await.expect_err("tomorrow")),
        ["payment.payment_date"]
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_ends_with_the_year_ends_at_midnight() {
    let world = World::billed().await;
    world.at(datetime!(2025-12-16 00:00 +8));
    let agreed = AgreeInstalmentsRequest {
        first_due_date: date(2025, 12, 16),
        ..five(&world, "A6")
    };
    let plan = agree(&world, agreed).await.expect("agreed");
    let waiting = |document| PendingPayment {
        expiry_date: date(2025, 12, 31),
        ..announced("A3", document, 100)
    };
    let first = world.announce(waiting("wx 1")).await.expect("announced");
    let second = world.announce(waiting("wx 2")).await.expect("announced");

    world.at(EVE);
    let cash = Payment {
        method: PaymentMethod::Cash.into(),
        collector: "cadres/K1".to_owned(),
        ..payment(VILLAGE, "A3", 700)
    };
    world.record(world.key(), cash).await.expect("paid");
    assert!(world.in_hand("K1").await.overdue_causes.is_empty());
    assert_eq!(get(&world, &plan.name).await.state(), InstalmentPlanState::Active);
    let confirmed = world.confirm(&first.name).await.expect("in time");
    assert_eq!(confirmed.payment_date, date(2025, 12, 31));

    world.at(MIDNIGHT);
    let position = world.in_hand("K1").await;
    assert_eq!(position.overdue_causes, [i32::from(CashOverdueCause::MonthEnd)]);
    // Fifteen days of grace after the 16th.
    assert_eq!(get(&world, &plan.name).await.state(), InstalmentPlanState::Defaulted);
    assert_eq!(
        reason(&world.confirm(&second.name).await.expect_err("too late")),
        "PENDING_PAYMENT_EXPIRED"
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_claim_is_overdue_and_barred_from_the_first_moment_of_the_day() {
    let world = World::planned().await;
    let only = RunBillingRequest {
        division: SIBLING.to_owned(),
        due_date: date(2025, 12, 31),
        ..year_2024()
    };
    world.bill(only).await.expect("billed");
    let listed = async || {
        let request = world.request(ListArrearsRequest::default());
        let listed = world.collection().list_arrears(request).await.expect("listed");
        let cases = listed.into_inner().arrears;
        cases
            .iter()
            .map(|case| (case.overdue_fen, case.barred_fen))
            .collect::<Vec<_>>()
    };
    world.at(EVE);
    assert_eq!(listed().await, []);
    world.at(MIDNIGHT);
    assert_eq!(listed().await, [(24_000, 0), (24_000, 0)]);
    // Due on the last day of a year, barred three years after the first of the next.
    world.at(datetime!(2028-12-31 23:59:59.999999 +8));
    assert_eq!(listed().await, [(24_000, 0), (24_000, 0)]);
    world.at(datetime!(2029-01-01 00:00 +8));
    assert_eq!(listed().await, [(24_000, 24_000), (24_000, 24_000)]);
    world.stop().await;
}

#[tokio::test]
async fn a_tariff_that_begins_with_the_year_charges_from_its_first_day() {
    let world = World::registered().await;
    let mut dearer = tariff(2025);
    dearer.bands.iter_mut().for_each(|band| band.price_fen_per_m2 *= 2);
    let mut plan = section();
    plan.tariffs.push(dearer);
    world.apply(plan).await.expect("applied");
    let over = RunBillingRequest {
        from_date: date(2024, 7, 1),
        until_date: date(2025, 7, 1),
        ..year_2024()
    };
    world.bill(over.clone()).await.expect("billed");
    let charged = async |household: &str| {
        let bills = world.bills_of(household).await;
        let mut bills: Vec<_> = bills
            .iter()
            .map(|bill| {
                let from = bill.from_date.expect("a day");
                ((from.year, from.month, from.day), bill.gross_fen - bill.credited_fen)
            })
            .collect();
        bills.sort_unstable();
        bills
    };
    // 24,000 · (366 − 182) / 366 of the leap year, 48,000 · 181 / 365 of the other.
    let halves = [((2024, 7, 1), 12_066), ((2025, 1, 1), 23_803)];
    assert_eq!(charged("A1").await, halves);
    for (from_date, until_date) in [
        (date(2024, 1, 1), date(2024, 7, 1)),
        (date(2025, 7, 1), date(2026, 1, 1)),
    ] {
        let rest = RunBillingRequest {
            from_date,
            until_date,
            due_date: date(2025, 12, 31),
            ..over.clone()
        };
        world.bill(rest).await.expect("billed");
    }
    let sum = async |household: &str, year| {
        let bills = charged(household).await;
        let of_year = bills.iter().filter(|((of, ..), _)| *of == year);
        of_year.map(|(_, fen)| fen).sum::<i64>()
    };
    for (household, year, whole) in [
        ("A1", 2024, 24_000),
        ("A1", 2025, 48_000),
        ("A2", 2024, 64_000),
        ("A2", 2025, 128_000),
    ] {
        assert_eq!(sum(household, year).await, whole, "{household} {year}");
    }
    // What is given back on the first day of a year changes nothing of the year before.
    let vacated = vacate(&world, "A1P1", (2025, 1, 1), 6_000, 0).await.expect("vacated");
    assert_eq!(vacated.corrections.len(), 2);
    assert_eq!((sum("A1", 2024).await, sum("A1", 2025).await), (24_000, 0));
    // On the last day of a year it takes that day off, and so does the price of that year.
    vacate(&world, "A2P1", (2024, 12, 31), 10_000, 0)
        .await
        .expect("vacated");
    assert_eq!((sum("A2", 2024).await, sum("A2", 2025).await), (64_000 - 175, 0));
    world.recount().await;
    world.stop().await;
}
