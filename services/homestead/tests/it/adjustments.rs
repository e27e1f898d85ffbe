//! Surveys, vacating, relief, write-offs, refunds, rewards and offsets: the difference to the fen, and the books in balance.

use proto::xiangtu::homestead::v1::{
    Correction, Entry, EntryKind, GetSurveyRequest, GrantReliefRequest, OffsetRewardRequest, PayRewardRequest,
    PaymentMethod, RecordSurveyRequest, RecordVacatingRequest, RefundAdvanceRequest, Survey, Vacating,
    WriteOffBillRequest, adjustment_service_client::AdjustmentServiceClient,
    survey_service_client::SurveyServiceClient,
};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt as _;

use crate::world::{SIBLING, VILLAGE, World, date, fields, payment, reason, section, tariff, year_2024};

pub fn surveys(world: &World) -> SurveyServiceClient<Channel> {
    SurveyServiceClient::new(world.channel())
}

fn adjustments(world: &World) -> AdjustmentServiceClient<Channel> {
    AdjustmentServiceClient::new(world.channel())
}

/// A plot of `area` dm² of which `over` are above the entitlement, all along.
pub fn measured(parcel: &str, area_dm2: i64, over_dm2: i64) -> Survey {
    Survey {
        parcel: format!("parcels/{parcel}"),
        survey_date: date(2025, 2, 20),
        effective_date: date(2020, 1, 1),
        area_dm2,
        over_occupied_dm2: over_dm2,
        surveyor: "兰考县测绘队".to_owned(),
        evidence: vec!["测量表 2025-17".to_owned()],
        reason: "异议复测".to_owned(),
        ..Survey::default()
    }
}

pub async fn survey(world: &World, survey: Survey) -> Result<Survey, Status> {
    let request = RecordSurveyRequest {
        survey: Some(survey),
        request_id: world.key(),
        ..RecordSurveyRequest::default()
    };
    let answer = surveys(world).record_survey(world.request(request)).await;
    answer.map(tonic::Response::into_inner)
}

/// A part of a plot given back on `day`.
pub fn vacating(parcel: &str, day: (i32, i32, i32), vacated_dm2: i64, reward_fen: i64) -> Vacating {
    Vacating {
        parcel: format!("parcels/{parcel}"),
        vacate_date: date(day.0, day.1, day.2),
        vacated_dm2,
        reward_fen,
        resolution: "村民代表会议〔2025〕3号".to_owned(),
        evidence: vec!["退出验收表".to_owned()],
        ..Vacating::default()
    }
}

pub async fn vacate(
    world: &World,
    parcel: &str,
    day: (i32, i32, i32),
    vacated_dm2: i64,
    reward_fen: i64,
) -> Result<Vacating, Status> {
    let request = RecordVacatingRequest {
        vacating: Some(vacating(parcel, day, vacated_dm2, reward_fen)),
        request_id: world.key(),
    };
    let answer = surveys(world).record_vacating(world.request(request)).await;
    answer.map(tonic::Response::into_inner)
}

/// What each bill of a household asks and has: gross, credited, paid, outstanding; those that add to another after it.
async fn bills(world: &World, household: &str) -> Vec<(i64, i64, i64, i64)> {
    let bills = world.bills_of(household).await;
    bills
        .iter()
        .map(|bill| (bill.gross_fen, bill.credited_fen, bill.paid_fen, bill.outstanding_fen))
        .collect()
}

fn difference(corrections: &[Correction]) -> Vec<(i64, i64)> {
    corrections
        .iter()
        .map(|correction| (correction.gross_fen, correction.relief_fen))
        .collect()
}

#[tokio::test]
async fn a_smaller_area_takes_off_and_a_larger_one_adds() {
    let world = World::billed().await;
    world.pay(VILLAGE, "A2", 64_000).await.expect("paid");
    // 100 m² over cost 64,000 fen, 60 m² 24,000: the difference was paid and becomes an advance.
    let smaller = survey(&world, measured("A2P1", 22_700, 6_000)).await.expect("surveyed");
    assert_eq!(difference(&smaller.corrections), [(-40_000, 0)]);
    assert_eq!(
        (smaller.previous_over_occupied_dm2, smaller.household.as_str()),
        (Some(10_000), "households/A2")
    );
    assert_eq!(world.standing("A2").await, (0, 40_000));
    assert_eq!(bills(&world, "A2").await, [(64_000, 40_000, 24_000, 0)]);
    // Larger again: a further bill, which the advance pays; the first bill stays as it was corrected.
    let larger = survey(&world, measured("A2P1", 31_700, 15_000))
        .await
        .expect("surveyed");
    assert_eq!(difference(&larger.corrections), [(100_000, 0)]);
    assert_eq!(world.standing("A2").await, (60_000, 0));
    assert_eq!(
        bills(&world, "A2").await,
        [(64_000, 40_000, 24_000, 0), (100_000, 0, 40_000, 60_000)]
    );
    let further = world.bills_of("A2").await.remove(1);
    assert_eq!(further.due_date, date(2025, 3, 31));
    assert_eq!(
        (further.corrects.as_str(), further.billing_run.as_str()),
        (larger.corrections[0].bill.as_str(), "")
    );
    // Both together are what one correction would have been, and the same again is nothing.
    let same = survey(&world, measured("A2P1", 31_700, 15_000))
        .await
        .expect("surveyed");
    assert!(same.corrections.is_empty());
    let request = world.request(GetSurveyRequest {
        name: larger.name.clone(),
    });
    assert_eq!(
        surveys(&world).get_survey(request).await.expect("kept").into_inner(),
        larger
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_hundredfold_area_needs_a_second_thought_and_can_be_taken_back() {
    let world = World::billed().await;
    let slip = RecordSurveyRequest {
        survey: Some(measured("A1P1", 2_270_000, 2_253_300)),
        request_id: world.key(),
        ..RecordSurveyRequest::default()
    };
    let refused = surveys(&world)
        .record_survey(world.request(slip.clone()))
        .await
        .expect_err("a jump");
    assert_eq!(reason(&refused), "AREA_JUMP");
    assert_eq!(bills(&world, "A1").await, [(24_000, 0, 0, 24_000)]);
    // The refusal burnt no id.
    let meant = RecordSurveyRequest {
        confirm_jump: true,
        ..slip
    };
    surveys(&world)
        .record_survey(world.request(meant))
        .await
        .expect("meant");
    assert!(world.standing("A1").await.0 > 30_000_000);
    survey(&world, measured("A1P1", 22_700, 6_000))
        .await
        .expect("taken back");
    assert_eq!(world.standing("A1").await, (24_000, 0));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn relief_falls_with_the_charge() {
    let world = World::billed().await;
    // A3 is low income: 24,000 less half. With 100 m² it is 64,000 less half.
    survey(&world, measured("A3P1", 26_700, 10_000))
        .await
        .expect("surveyed");
    assert_eq!(world.standing("A3").await, (32_000, 0));
    survey(&world, measured("A3P1", 16_700, 0)).await.expect("surveyed");
    assert_eq!(world.standing("A3").await, (0, 0));
    let told: Vec<_> = world
        .bills_of("A3")
        .await
        .iter()
        .map(|bill| {
            (
                bill.gross_fen,
                bill.relief_fen,
                bill.credited_fen,
                bill.further_relief_fen,
            )
        })
        .collect();
    assert_eq!(
        told,
        [(24_000, 12_000, 24_000, -12_000), (40_000, 20_000, 40_000, -20_000)]
    );
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn vacating_is_charged_to_the_day_before_and_its_reward_may_pay_arrears() {
    let world = World::billed().await;
    // 2024 has 366 days; the first 182 are charged: 24,000 · 182 ÷ 366 = 11,934.4.
    let vacated = vacate(&world, "B1P1", (2024, 7, 1), 6_000, 20_000)
        .await
        .expect("vacated");
    assert_eq!(difference(&vacated.corrections), [(11_934 - 24_000, 0)]);
    assert_eq!(vacated.over_occupied_dm2, 0);
    assert_eq!(world.standing("B1").await, (11_934, 0));
    assert_eq!(world.account("B1").await.reward_due_fen, 20_000);
    let offset = OffsetRewardRequest {
        household: "households/B1".to_owned(),
        document: "抵缴协议".to_owned(),
        request_id: world.key(),
        ..OffsetRewardRequest::default()
    };
    let entry = adjustments(&world)
        .offset_reward(world.request(offset.clone()))
        .await
        .expect("offset")
        .into_inner();
    assert_eq!((entry.kind(), entry.postings.len()), (EntryKind::Offset, 2));
    assert_eq!(
        adjustments(&world)
            .offset_reward(world.request(offset))
            .await
            .expect("replayed")
            .into_inner(),
        entry
    );
    let account = world.account("B1").await;
    assert_eq!((account.outstanding_fen, account.reward_due_fen), (0, 8_066));
    let pay = |amount_fen| PayRewardRequest {
        household: "households/B1".to_owned(),
        amount_fen,
        method: PaymentMethod::Bank.into(),
        document: "转账 3".to_owned(),
        request_id: world.key(),
        ..PayRewardRequest::default()
    };
    let refused = adjustments(&world)
        .pay_reward(world.request(pay(8_067)))
        .await
        .expect_err("more than due");
    assert_eq!(reason(&refused), "PAYMENT_EXCEEDS_REWARD");
    adjustments(&world)
        .pay_reward(world.request(pay(8_066)))
        .await
        .expect("paid");
    assert_eq!(world.account("B1").await.reward_due_fen, 0);
    // The next year charges nothing any more.
    let mut plan = section();
    plan.tariffs.push(tariff(2025));
    world.apply(plan).await.expect("applied");
    let mut next = year_2024();
    (next.from_date, next.until_date, next.due_date) = (date(2025, 1, 1), date(2026, 1, 1), date(2025, 12, 31));
    world.bill(next).await.expect("billed");
    assert_eq!(world.bills_of("B1").await.len(), 1);
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_year_is_billed_by_the_days_of_each_area() {
    let world = World::planned().await;
    vacate(&world, "A2P1", (2024, 7, 1), 4_000, 0).await.expect("vacated");
    vacate(&world, "A2P1", (2024, 10, 1), 6_000, 0).await.expect("vacated");
    world.bill(year_2024()).await.expect("billed");
    // 182 days of 64,000 and 92 of 24,000, each rounded where the year is cut.
    let gross: Vec<_> = bills(&world, "A2").await.iter().map(|bill| bill.0).collect();
    assert_eq!(gross, [31_825, 6_033]);
    let again = world.bill(year_2024()).await.expect("billed");
    assert_eq!((again.bill_count, again.already_billed_count), (0, 6));
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn relief_write_off_and_refund_are_held_to_what_there_is() {
    let world = World::billed().await;
    let bill = world.bills_of("A2").await.remove(0).name;
    world.pay(VILLAGE, "A2", 50_000).await.expect("paid");
    let relieve = |amount_fen| GrantReliefRequest {
        bill: bill.clone(),
        amount_fen,
        resolution: "减免决议".to_owned(),
        request_id: world.key(),
        ..GrantReliefRequest::default()
    };
    let refused = adjustments(&world)
        .grant_relief(world.request(relieve(Some(64_001))))
        .await
        .expect_err("too much");
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::FailedPrecondition, "RELIEF_EXCEEDS_BILL")
    );
    // 20,000 of 64,000 with 50,000 paid: 6,000 become an advance.
    adjustments(&world)
        .grant_relief(world.request(relieve(Some(20_000))))
        .await
        .expect("relieved");
    assert_eq!(world.standing("A2").await, (0, 6_000));
    let refund = |amount_fen, method: PaymentMethod, payer: &str| RefundAdvanceRequest {
        household: "households/A2".to_owned(),
        amount_fen,
        method: method.into(),
        payer: payer.to_owned(),
        document: "退款单".to_owned(),
        request_id: world.key(),
        ..RefundAdvanceRequest::default()
    };
    let refused = async |request| {
        let error = adjustments(&world)
            .refund_advance(world.request(request))
            .await
            .expect_err("refused");
        reason(&error)
    };
    assert_eq!(
        refused(refund(6_001, PaymentMethod::Bank, "")).await,
        "REFUND_EXCEEDS_ADVANCE"
    );
    assert_eq!(
        refused(refund(1, PaymentMethod::Cash, "cadres/K1")).await,
        "CASH_MISSING"
    );
    // K1 takes cash of another household; with it the advance can be paid back.
    let mut cash = payment(VILLAGE, "A1", 1_000);
    (cash.method, cash.collector) = (PaymentMethod::Cash.into(), "cadres/K1".to_owned());
    world.record(world.key(), cash).await.expect("paid");
    adjustments(&world)
        .refund_advance(world.request(refund(1_000, PaymentMethod::Cash, "cadres/K1")))
        .await
        .expect("paid back");
    assert_eq!(
        refused(refund(1, PaymentMethod::Cash, "cadres/K1")).await,
        "CASH_MISSING"
    );
    assert_eq!(world.standing("A2").await, (0, 5_000));
    let own = world.bills_of("A1").await.remove(0).name;
    let write_off = |amount_fen| WriteOffBillRequest {
        bill: own.clone(),
        amount_fen,
        resolution: "核销决议".to_owned(),
        request_id: world.key(),
        ..WriteOffBillRequest::default()
    };
    let refused = adjustments(&world)
        .write_off_bill(world.request(write_off(Some(23_001))))
        .await
        .expect_err("too much");
    assert_eq!(reason(&refused), "WRITE_OFF_EXCEEDS_BILL");
    adjustments(&world)
        .write_off_bill(world.request(write_off(None)))
        .await
        .expect("given up");
    assert_eq!(world.standing("A1").await, (0, 0));
    // A correction of what was written off takes from the write-off, not from anybody's pocket.
    survey(&world, measured("A1P1", 16_700, 0)).await.expect("surveyed");
    assert_eq!(world.standing("A1").await, (0, 1_000));
    world.recount().await;
    world.stop().await;
}

/// What is asked of the one field that an error names.
pub fn asked(status: &Status, field: &str) -> String {
    assert_eq!(fields(status), [field], "{status:?}");
    let bad = status.get_details_bad_request().expect("fields");
    bad.field_violations[0].description.clone()
}

#[tokio::test]
async fn nothing_is_paid_out_as_of_a_day_before_it_was_there() {
    let world = World::billed().await;
    let mut ahead = payment(VILLAGE, "A2", 70_000);
    ahead.payment_date = date(2025, 2, 10);
    world.record(world.key(), ahead).await.expect("paid, 6,000 ahead");
    let refund = async |amount_fen, month, day, payer: &str| {
        let method = if payer.is_empty() {
            PaymentMethod::Bank
        } else {
            PaymentMethod::Cash
        };
        let request = RefundAdvanceRequest {
            household: "households/A2".to_owned(),
            amount_fen,
            method: method.into(),
            payer: payer.to_owned(),
            document: "退款单".to_owned(),
            effective_date: date(2025, month, day),
            request_id: world.key(),
        };
        adjustments(&world).refund_advance(world.request(request)).await
    };
    let early = refund(1_000, 2, 9, "").await.expect_err("a day early");
    assert!(asked(&early, "effective_date").contains("2025-02-10"), "{early:?}");
    refund(1_000, 2, 20, "").await.expect("paid back");
    // 6,000 were there on the tenth, but not from then on.
    let more = refund(5_001, 2, 10, "").await.expect_err("too much");
    assert_eq!(reason(&more), "REFUND_EXCEEDS_ADVANCE");
    refund(4_000, 2, 10, "").await.expect("there all along");
    // The money is there, but not in this hand.
    world.take("K1", 1_000, 2, 25).await;
    let early = refund(1_000, 2, 24, "cadres/K1").await.expect_err("no cash yet");
    assert!(asked(&early, "effective_date").contains("2025-02-25"), "{early:?}");
    refund(1_000, 2, 25, "cadres/K1").await.expect("in cash");
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn a_reward_is_neither_paid_nor_set_against_a_bill_before_its_day() {
    let world = World::billed().await;
    vacate(&world, "B1P1", (2025, 2, 20), 6_000, 20_000)
        .await
        .expect("vacated");
    let pay = async |month, day| {
        let request = PayRewardRequest {
            household: "households/B1".to_owned(),
            amount_fen: 1_000,
            method: PaymentMethod::Bank.into(),
            document: "转账 3".to_owned(),
            effective_date: date(2025, month, day),
            request_id: world.key(),
            ..PayRewardRequest::default()
        };
        adjustments(&world).pay_reward(world.request(request)).await
    };
    let early = pay(1, 1).await.expect_err("before the reward");
    assert!(
        asked(&early, "effective_date").contains("not before 2025-"),
        "{early:?}"
    );
    pay(3, 1).await.expect("paid");
    let offset = async |month, day| {
        let request = OffsetRewardRequest {
            household: "households/B1".to_owned(),
            amount_fen: Some(1_000),
            document: "抵缴协议".to_owned(),
            effective_date: date(2025, month, day),
            request_id: world.key(),
        };
        adjustments(&world).offset_reward(world.request(request)).await
    };
    let issued = world.bills_of("B1").await.remove(0).issue_date;
    assert_eq!(issued, date(2025, 3, 1));
    let early = offset(2, 28).await.expect_err("before the bill");
    assert!(asked(&early, "effective_date").contains("2025-03-01"), "{early:?}");
    offset(3, 1).await.expect("set against");
    world.recount().await;
    world.stop().await;
}

#[tokio::test]
async fn adjustments_are_posted_once_and_checked() {
    let world = World::billed().await;
    let bill = world.bills_of("A1").await.remove(0).name;
    let request = WriteOffBillRequest {
        bill,
        amount_fen: Some(1_000),
        resolution: "核销决议".to_owned(),
        request_id: world.key(),
        ..WriteOffBillRequest::default()
    };
    let post = || async { adjustments(&world).write_off_bill(world.request(request.clone())).await };
    let entries: Vec<Result<Entry, Status>> = futures::future::join_all((0..8).map(|_| post()))
        .await
        .into_iter()
        .map(|answer| answer.map(tonic::Response::into_inner))
        .collect();
    let first = entries[0].as_ref().expect("posted");
    assert!(entries.iter().all(|entry| entry.as_ref().expect("replayed") == first));
    assert_eq!(world.standing("A1").await, (23_000, 0));
    for (bad, field) in [
        (
            WriteOffBillRequest {
                resolution: " ".to_owned(),
                ..request.clone()
            },
            "resolution",
        ),
        (
            WriteOffBillRequest {
                effective_date: date(2025, 3, 2),
                ..request.clone()
            },
            "effective_date",
        ),
        (
            WriteOffBillRequest {
                request_id: "7".to_owned(),
                ..request.clone()
            },
            "request_id",
        ),
    ] {
        let error = adjustments(&world)
            .write_off_bill(world.request(bad))
            .await
            .expect_err(field);
        assert_eq!(fields(&error), [field]);
    }
    let nothing = Survey {
        evidence: Vec::new(),
        over_occupied_dm2: 7,
        area_dm2: 6,
        ..measured("A1P1", 0, 0)
    };
    let error = survey(&world, nothing).await.expect_err("no evidence");
    assert_eq!(fields(&error), ["survey.over_occupied_dm2", "survey.evidence"]);
    let foreign = RecordSurveyRequest {
        survey: Some(measured("A1P1", 0, 0)),
        request_id: world.key(),
        ..RecordSurveyRequest::default()
    };
    let hidden = surveys(&world)
        .record_survey(world.request_in(SIBLING, foreign))
        .await
        .expect_err("outside");
    assert_eq!(hidden.code(), Code::NotFound);
    world.recount().await;
    world.stop().await;
}
