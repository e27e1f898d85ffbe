use proto::xiangtu::homestead::v1::{
    AgeingGroup, AgeingReport, AgeingRow, AnswerHandOverRequest, GetAgeingReportRequest, OfferHandOverRequest, Payment,
    ReversePaymentRequest, RunBillingRequest,
};
use time::{Date, Duration, macros::date as day};
use tonic::Code;

use crate::world::{COUNTY, SIBLING, VILLAGE, World, date, fields, payment, section, tariff, year_2024};

pub async fn report(world: &World, as_of: Date, group: AgeingGroup) -> AgeingReport {
    let request = GetAgeingReportRequest {
        division: COUNTY.to_owned(),
        as_of: Some(kit::dates::to_proto(as_of)),
        group_by: group.into(),
    };
    world
        .ageing()
        .get_ageing_report(world.request(request))
        .await
        .expect("a report")
        .into_inner()
}

/// Amounts by bucket, "not due" first.
pub fn buckets(row: &AgeingRow) -> [i64; 6] {
    [
        &row.not_due,
        &row.days_0_to_30,
        &row.days_31_to_90,
        &row.days_91_to_180,
        &row.days_181_to_365,
        &row.days_over_365,
    ]
    .map(|bucket| bucket.as_ref().expect("a bucket").outstanding_fen)
}

fn rows(report: &AgeingReport) -> Vec<(String, i64)> {
    report
        .rows
        .iter()
        .map(|row| {
            (
                row.subject.clone(),
                row.total.as_ref().expect("a total").outstanding_fen,
            )
        })
        .collect()
}

#[tokio::test]
async fn a_debt_moves_from_bucket_to_bucket() {
    let world = World::billed().await;
    let due = day!(2024 - 12 - 31);
    // The bills were issued on 1 March 2025; before that day nothing was owed.
    for (days, bucket) in [
        (60, 2),
        (90, 2),
        (91, 3),
        (180, 3),
        (181, 4),
        (365, 4),
        (366, 5),
        (4_000, 5),
    ] {
        let report = report(&world, due + Duration::days(days), AgeingGroup::Village).await;
        let mut expected = [0; 6];
        expected[bucket] = 172_000;
        assert_eq!(
            buckets(report.total.as_ref().expect("a total")),
            expected,
            "{days} days"
        );
    }
    let before = report(&world, day!(2025 - 02 - 28), AgeingGroup::Village).await;
    assert!(before.rows.is_empty());
    world.stop().await;
}

#[tokio::test]
async fn groups_add_up_to_the_whole() {
    let world = World::billed().await;
    let today = day!(2025 - 03 - 01);
    let by = |group| report(&world, today, group);
    let village = by(AgeingGroup::Village).await;
    let name = |code: &str| format!("divisions/{code}");
    assert_eq!(rows(&village), [(name(VILLAGE), 124_000), (name(SIBLING), 48_000)]);
    assert_eq!(rows(&by(AgeingGroup::Township).await), [(name("410225001"), 172_000)]);
    let cadre = |id: &str| format!("cadres/{id}");
    // A6's larger plot is K2's, so K2 answers for the household.
    let expected = [(cadre("K1"), 88_000), (cadre("K2"), 36_000), (cadre("L1"), 48_000)];
    assert_eq!(rows(&by(AgeingGroup::Cadre).await), expected);
    let bills = village
        .total
        .and_then(|total| total.total)
        .map(|total| total.bill_count);
    assert_eq!(bills, Some(6));
    world.stop().await;
}

#[tokio::test]
async fn the_past_is_as_it_was() {
    let world = World::planned().await;
    let early = RunBillingRequest {
        issue_date: date(2024, 1, 10),
        due_date: date(2024, 1, 31),
        ..year_2024()
    };
    world.bill(early).await.expect("billed");
    let on = |month, day, household: &str, fen| Payment {
        payment_date: date(2024, month, day),
        ..payment(VILLAGE, household, fen)
    };
    world
        .record(world.key(), on(2, 10, "A1", 4_000))
        .await
        .expect("paid in February");
    let undone = world
        .record(world.key(), on(3, 10, "A1", 20_000))
        .await
        .expect("paid in March");
    world
        .record(world.key(), on(6, 1, "A2", 70_000))
        .await
        .expect("paid in June, with an advance");
    let request = ReversePaymentRequest {
        name: undone.name,
        request_id: world.key(),
        reason: "退票".to_owned(),
        cause: proto::xiangtu::homestead::v1::ReversalCause::Mistake.into(),
        effective_date: None,
    };
    world
        .payments()
        .reverse_payment(world.request(request))
        .await
        .expect("undone today");
    let total = async |as_of: Date| {
        let total = report(&world, as_of, AgeingGroup::Village)
            .await
            .total
            .expect("a total");
        buckets(&total)
    };
    assert_eq!(total(day!(2024 - 01 - 09)).await, [0; 6]);
    assert_eq!(total(day!(2024 - 01 - 10)).await, [172_000, 0, 0, 0, 0, 0]);
    assert_eq!(total(day!(2024 - 01 - 31)).await, [0, 172_000, 0, 0, 0, 0]);
    assert_eq!(total(day!(2024 - 02 - 09)).await, [0, 172_000, 0, 0, 0, 0]);
    assert_eq!(total(day!(2024 - 02 - 10)).await, [0, 168_000, 0, 0, 0, 0]);
    assert_eq!(total(day!(2024 - 03 - 10)).await, [0, 0, 148_000, 0, 0, 0]);
    assert_eq!(total(day!(2024 - 06 - 01)).await, [0, 0, 0, 84_000, 0, 0]);
    assert_eq!(total(day!(2025 - 02 - 28)).await, [0, 0, 0, 0, 0, 84_000]);
    // Today the March payment is undone.
    assert_eq!(total(day!(2025 - 03 - 01)).await, [0, 0, 0, 0, 0, 104_000]);
    // A second year's bill changes nothing of the past.
    let mut plan = section();
    plan.tariffs.push(tariff(2025));
    world.apply(plan).await.expect("applied");
    let next = RunBillingRequest {
        from_date: date(2025, 1, 1),
        until_date: date(2026, 1, 1),
        due_date: date(2025, 12, 31),
        ..year_2024()
    };
    world.bill(next).await.expect("billed");
    assert_eq!(total(day!(2024 - 06 - 01)).await, [0, 0, 0, 84_000, 0, 0]);
    let today = total(day!(2025 - 03 - 01)).await;
    // A2's advance of 60 yuan was set against its new bill.
    assert_eq!(today, [172_000 - 6_000, 0, 0, 0, 0, 104_000]);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn the_cadre_of_that_day_answers() {
    let world = World::planned().await;
    let early = RunBillingRequest {
        issue_date: date(2024, 1, 10),
        ..year_2024()
    };
    world.bill(early).await.expect("billed");
    let offer = OfferHandOverRequest {
        name: "portfolios/A2".to_owned(),
        to_cadre: "cadres/K2".to_owned(),
        reason: "调整分工".to_owned(),
        request_id: world.key(),
    };
    let offered = world
        .portfolios()
        .offer_hand_over(world.request(offer))
        .await
        .expect("offered")
        .into_inner();
    let answer = AnswerHandOverRequest {
        name: offered.name,
        accept: Some(true),
        request_id: world.key(),
    };
    world
        .portfolios()
        .answer_hand_over(world.request(answer))
        .await
        .expect("accepted");
    let cadre = |id: &str, fen: i64| (format!("cadres/{id}"), fen);
    let yesterday = report(&world, day!(2025 - 02 - 28), AgeingGroup::Cadre).await;
    // B2 has a cadre only since it was billed today.
    assert_eq!(
        rows(&yesterday),
        [
            (String::new(), 24_000),
            cadre("K1", 88_000),
            cadre("K2", 36_000),
            cadre("L1", 24_000)
        ]
    );
    let today = report(&world, day!(2025 - 03 - 01), AgeingGroup::Cadre).await;
    assert_eq!(
        rows(&today),
        [cadre("K1", 24_000), cadre("K2", 100_000), cadre("L1", 48_000)]
    );
    world.stop().await;
}

#[tokio::test]
async fn what_is_no_group_or_day_is_refused() {
    let world = World::billed().await;
    let request = GetAgeingReportRequest::default();
    let refused = world
        .ageing()
        .get_ageing_report(world.request(request))
        .await
        .expect_err("no group");
    assert_eq!(
        (refused.code(), fields(&refused)),
        (Code::InvalidArgument, vec!["group_by".to_owned()])
    );
    let request = GetAgeingReportRequest {
        as_of: date(2023, 2, 29),
        group_by: AgeingGroup::Village.into(),
        ..GetAgeingReportRequest::default()
    };
    let refused = world
        .ageing()
        .get_ageing_report(world.request(request))
        .await
        .expect_err("no such day");
    assert_eq!(fields(&refused), ["as_of"]);
    world.stop().await;
}
