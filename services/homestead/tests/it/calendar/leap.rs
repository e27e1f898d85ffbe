//! 29 February: a day of the year like any other.

use proto::xiangtu::homestead::v1::{
    AgreeInstalmentsRequest, InstalmentPlan, InstalmentPlanState, ListArrearsRequest, Payment, RecordMediationRequest,
    RunBillingRequest,
};
use time::macros::datetime;

use crate::{
    adjustments::vacate,
    discounts::{a_tenth, bill},
    instalments::{agree, due, five, get},
    limitation::{agreement, barred},
    world::{SIBLING, VILLAGE, World, date, fields, payment, section, year_2024},
};

type Day = (i32, i32, i32);

/// The days from one to another, due on the last of 2028.
fn of(from: Day, until: Day) -> RunBillingRequest {
    RunBillingRequest {
        from_date: date(from.0, from.1, from.2),
        until_date: date(until.0, until.1, until.2),
        due_date: date(2028, 12, 31),
        ..year_2024()
    }
}

#[tokio::test]
async fn the_parts_of_a_leap_year_make_the_year() {
    let world = World::planned().await;
    world.at(datetime!(2028-03-10 12:00 +8));
    for (from, until) in [
        ((2028, 1, 1), (2028, 2, 29)),
        ((2028, 2, 29), (2028, 3, 1)),
        ((2028, 3, 1), (2029, 1, 1)),
    ] {
        world.bill(of(from, until)).await.expect("billed");
    }
    let charged = async |household: &str| {
        let bills = world.bills_of(household).await;
        bills
            .iter()
            .map(|bill| (bill.gross_fen, bill.relief_fen))
            .collect::<Vec<_>>()
    };
    // 24,000 · 59 / 366 = 3,868.9, · 60 / 366 = 3,934.4; of it half is remitted, rounded as well.
    assert_eq!(charged("A1").await, [(3_869, 0), (65, 0), (20_066, 0)]);
    assert_eq!(charged("A3").await, [(3_869, 1_935), (65, 32), (20_066, 10_033)]);
    let year = world.bill(of((2028, 1, 1), (2029, 1, 1))).await.expect("billed");
    assert_eq!(year.bill_count, 0, "every day is billed");
    let no_such_day = of((2027, 2, 28), (2027, 2, 29));
    assert_eq!(fields(&world.bill(no_such_day).await.expect_err("27")), ["until_date"]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn what_is_given_back_on_the_leap_day_costs_no_more_from_it_on() {
    let world = World::planned().await;
    world.at(datetime!(2028-02-28 23:59:59 +8));
    let year = RunBillingRequest {
        due_date: date(2028, 12, 31),
        ..of((2028, 1, 1), (2029, 1, 1))
    };
    world.bill(year).await.expect("billed");
    let early = vacate(&world, "A2P1", (2028, 2, 29), 4_000, 0).await;
    assert_eq!(fields(&early.expect_err("tomorrow")), ["vacating.vacate_date"]);
    world.at(datetime!(2028-02-29 00:00 +8));
    let vacated = vacate(&world, "A2P1", (2028, 2, 29), 4_000, 0).await.expect("today");
    // 64,000 · 59 / 366 = 10,316.9 before, 24,000 less 3,869 from then on.
    let [correction] = vacated.corrections.as_slice() else {
        panic!("one: {vacated:?}")
    };
    assert_eq!(correction.gross_fen, 10_317 + 20_131 - 64_000);
    let areas: Vec<_> = correction
        .after
        .iter()
        .map(|days| (days.from_date, days.until_date, days.over_occupied_dm2))
        .collect();
    assert_eq!(
        areas,
        [
            (date(2028, 1, 1), date(2028, 2, 29), 10_000),
            (date(2028, 2, 29), date(2029, 1, 1), 6_000)
        ]
    );
    assert_eq!(world.standing("A2").await, (30_448, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn three_years_from_the_leap_day_end_before_march() {
    let world = World::planned().await;
    let billed = async |division: &str, from, until, due| {
        let run = RunBillingRequest {
            division: division.to_owned(),
            issue_date: date(2024, 1, 10),
            due_date: date(2024, 2, due),
            ..of(from, until)
        };
        world.bill(run).await.expect("billed");
    };
    billed(SIBLING, (2024, 1, 1), (2025, 1, 1), 29).await;
    billed(VILLAGE, (2024, 1, 1), (2024, 2, 1), 27).await;
    billed(VILLAGE, (2024, 2, 1), (2025, 1, 1), 28).await;
    let days = async |household: &str| {
        let bills = world.bills_of(household).await;
        bills.iter().map(|bill| bill.limitation_date).collect::<Vec<_>>()
    };
    // The years of the second begin with 29 February, and end with 28 February.
    assert_eq!(days("A1").await, [date(2027, 2, 28), date(2027, 3, 1)]);
    assert_eq!(days("B1").await, [date(2027, 3, 1)]);
    // So they do after a payment on the 28th or 29th, although the latter is a day later.
    for (household, on) in [("A2", 28), ("A6", 29)] {
        let part = Payment {
            payment_date: date(2024, 2, on),
            ..payment(VILLAGE, household, 1)
        };
        world.record(world.key(), part).await.expect("paid");
        assert_eq!(days(household).await[0], date(2027, 3, 1), "{household}");
    }
    let lost = async || {
        let request = ListArrearsRequest {
            division: format!("divisions/{SIBLING}"),
            ..ListArrearsRequest::default()
        };
        let listed = world.collection().list_arrears(world.request(request)).await;
        let cases = listed.expect("listed").into_inner().arrears;
        cases.iter().map(|case| case.barred_fen).sum::<i64>()
    };
    world.at(datetime!(2027-02-28 23:59:59.999999 +8));
    assert_eq!(lost().await, 0);
    world.at(datetime!(2027-03-01 00:00 +8));
    assert_eq!(lost().await, 48_000);
    // Agreed on the 28th or on the leap day itself.
    world.at(datetime!(2028-02-29 00:00 +8));
    for (household, on) in [("B1", 28), ("B2", 29)] {
        let agreed = RecordMediationRequest {
            mediation_date: date(2028, 2, on),
            ..agreement(&world, household)
        };
        let agreed = world.collection().record_mediation(world.request(agreed)).await;
        agreed.expect("agreed");
        assert_eq!(barred(&world, household).await, (2031, 3, 1));
    }
    world.stop().await;
}

#[tokio::test]
async fn a_discount_until_the_leap_day_is_earned_on_it() {
    let world = World::registered().await;
    let mut plan = section();
    plan.tariffs[0].discount = Some(a_tenth());
    world.apply(plan).await.expect("applied");
    world.at(datetime!(2028-01-30 00:00 +8));
    let year = of((2028, 1, 1), (2029, 1, 1));
    world.bill(year).await.expect("billed");
    // Thirty days after 30 January is 29 February.
    world.at(datetime!(2028-02-29 23:59:59.999999 +8));
    world.pay(VILLAGE, "A1", 21_600).await.expect("paid");
    assert_eq!(bill(&world, "A1").await, (2_400, 21_600, 0, 0));
    world.at(datetime!(2028-03-01 00:00 +8));
    world.pay(VILLAGE, "A6", 21_600).await.expect("paid");
    assert_eq!(bill(&world, "A6").await, (0, 21_600, 2_400, 0));
    world.recount().await;
    world.stop().await;
}

/// Due dates of an agreement.
fn dues(plan: &InstalmentPlan) -> Vec<Option<proto::google::r#type::Date>> {
    plan.instalments.iter().map(|one| one.due_date).collect()
}

#[tokio::test]
async fn instalments_fall_on_the_last_day_of_february() {
    let world = World::billed().await;
    world.at(datetime!(2028-01-31 23:59:59.999999 +8));
    let monthly = AgreeInstalmentsRequest {
        first_due_date: date(2028, 1, 31),
        grace_days: Some(0),
        ..five(&world, "A1")
    };
    let plan = agree(&world, monthly).await.expect("agreed");
    assert_eq!(
        dues(&plan),
        [
            date(2028, 1, 31),
            date(2028, 2, 29),
            date(2028, 3, 31),
            date(2028, 4, 30),
            date(2028, 5, 31)
        ]
    );
    world.pay(VILLAGE, "A1", 4_800).await.expect("paid");
    due(&world, "A1", date(2028, 2, 29)).await;
    world.at(datetime!(2028-02-29 23:59:59.999999 +8));
    let kept = get(&world, &plan.name).await;
    assert_eq!((kept.state(), kept.overdue_fen), (InstalmentPlanState::Active, 0));
    let yearly = AgreeInstalmentsRequest {
        first_due_date: date(2028, 2, 29),
        interval_months: 12,
        ..five(&world, "A2")
    };
    assert_eq!(
        dues(&agree(&world, yearly).await.expect("agreed")),
        [
            date(2028, 2, 29),
            date(2029, 2, 28),
            date(2030, 2, 28),
            date(2031, 2, 28),
            date(2032, 2, 29)
        ]
    );
    let monthly = AgreeInstalmentsRequest {
        first_due_date: date(2028, 2, 29),
        instalment_count: 2,
        ..five(&world, "A6")
    };
    assert_eq!(
        dues(&agree(&world, monthly).await.expect("agreed")),
        [date(2028, 2, 29), date(2028, 3, 31)]
    );
    world.at(datetime!(2028-03-01 00:00 +8));
    let broken = get(&world, &plan.name).await;
    assert_eq!(broken.state(), InstalmentPlanState::Defaulted);
    due(&world, "A1", date(2024, 12, 31)).await;
    world.recount().await;
    world.stop().await;
}
