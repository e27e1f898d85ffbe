//! Roll rates, collection curves and year reports, each held against figures worked out by hand.

mod refusals;

use proto::xiangtu::homestead::v1::{
    ArrearsCollected, CloseBooksRequest, CollectionCurve, CurvePoint, GetCollectionCurveRequest, GetRollRatesRequest,
    GetYearReportRequest, GrantReliefRequest, OffsetRewardRequest, PayRewardRequest, Payment, PaymentMethod,
    RecordRemittanceRequest, RecordSurveyRequest, RecordVacatingRequest, RefundAdvanceRequest, Remittance,
    ReversalCause, ReversePaymentRequest, RollCell, RollRates, RollRow, RunBillingRequest, Survey, Vacating,
    WriteOffBillRequest, YearMovements, YearReport, adjustment_service_client::AdjustmentServiceClient,
    book_close_service_client::BookCloseServiceClient, report_service_client::ReportServiceClient,
    survey_service_client::SurveyServiceClient,
};
use tonic::{Code, Status};

use crate::{
    collection::events,
    world::{FAR, SIBLING, VILLAGE, World, date, payment, section, tariff, year_2024},
};

type Day = (i32, i32, i32);

impl World {
    fn reports(&self) -> ReportServiceClient<tonic::transport::Channel> {
        ReportServiceClient::new(self.channel())
    }

    async fn roll(&self, first: Day, last: Option<Day>) -> Result<RollRates, Status> {
        let request = GetRollRatesRequest {
            division: String::new(),
            first_date: date(first.0, first.1, first.2),
            last_date: last.and_then(|last| date(last.0, last.1, last.2)),
        };
        let answer = self.reports().get_roll_rates(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn curve(&self, request: GetCollectionCurveRequest) -> Result<CollectionCurve, Status> {
        let answer = self.reports().get_collection_curve(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    pub async fn year_report(&self, village: &str, year: i32) -> Result<YearReport, Status> {
        let request = GetYearReportRequest {
            division: village.to_owned(),
            year,
        };
        let answer = self.reports().get_year_report(self.request(request)).await;
        answer.map(tonic::Response::into_inner)
    }

    async fn paid_on(&self, day: Day, method: PaymentMethod, household: &str, amount_fen: i64) -> Payment {
        let collector = if method == PaymentMethod::Cash { "cadres/K1" } else { "" };
        let payment = Payment {
            payment_date: date(day.0, day.1, day.2),
            method: method.into(),
            collector: collector.to_owned(),
            ..payment(VILLAGE, household, amount_fen)
        };
        self.record(self.key(), payment).await.expect("paid")
    }

    async fn bill_name(&self, household: &str) -> String {
        self.bills_of(household).await.remove(0).name
    }

    /// The year 2024 is billed on 10 January, due on 31 January; everything that can happen to bills has happened since.
    async fn eventful() -> (Self, String) {
        let world = Self::planned().await;
        let early = RunBillingRequest {
            issue_date: date(2024, 1, 10),
            due_date: date(2024, 1, 31),
            ..year_2024()
        };
        let run = world.bill(early).await.expect("billed").name;
        let mut adjustments = AdjustmentServiceClient::new(world.channel());
        world.paid_on((2024, 1, 20), PaymentMethod::Bank, "A1", 4_000).await;
        let undone = world.paid_on((2024, 2, 10), PaymentMethod::Bank, "A1", 20_000).await;
        world.paid_on((2024, 2, 15), PaymentMethod::Mobile, "A6", 3_000).await;
        // 6,000 more than the bill.
        world.paid_on((2024, 3, 1), PaymentMethod::Cash, "A2", 70_000).await;
        let reverse = ReversePaymentRequest {
            name: undone.name,
            request_id: world.key(),
            reason: "退票".to_owned(),
            cause: ReversalCause::Mistake.into(),
            effective_date: date(2024, 4, 10),
        };
        world
            .payments()
            .reverse_payment(world.request(reverse))
            .await
            .expect("undone");
        let refund = RefundAdvanceRequest {
            household: "households/A2".to_owned(),
            amount_fen: 2_000,
            method: PaymentMethod::Bank.into(),
            document: "退款单".to_owned(),
            effective_date: date(2024, 5, 31),
            request_id: world.key(),
            ..RefundAdvanceRequest::default()
        };
        adjustments
            .refund_advance(world.request(refund))
            .await
            .expect("refunded");
        let relief = GrantReliefRequest {
            bill: world.bill_name("A6").await,
            amount_fen: Some(10_000),
            resolution: "减免决议".to_owned(),
            effective_date: date(2024, 6, 30),
            request_id: world.key(),
        };
        adjustments.grant_relief(world.request(relief)).await.expect("relieved");
        let write_off = WriteOffBillRequest {
            bill: world.bill_name("A3").await,
            amount_fen: Some(5_000),
            resolution: "核销决议".to_owned(),
            effective_date: date(2024, 12, 1),
            request_id: world.key(),
        };
        adjustments
            .write_off_bill(world.request(write_off))
            .await
            .expect("written off");
        world.year_2025().await;
        (world, run)
    }

    /// A remittance, a correction, and a reward that is set against a bill and paid.
    async fn year_2025(&self) {
        let remittance = Remittance {
            division: format!("divisions/{VILLAGE}"),
            cadre: "cadres/K1".to_owned(),
            amount_fen: 50_000,
            document: "slip 1".to_owned(),
            remittance_date: date(2025, 2, 1),
            ..Remittance::default()
        };
        let remit = RecordRemittanceRequest {
            remittance: Some(remittance),
            request_id: self.key(),
        };
        self.cash()
            .record_remittance(self.request(remit))
            .await
            .expect("remitted");
        let mut surveys = SurveyServiceClient::new(self.channel());
        let survey = Survey {
            parcel: "parcels/A2P1".to_owned(),
            survey_date: date(2025, 2, 20),
            effective_date: date(2020, 1, 1),
            area_dm2: 22_700,
            over_occupied_dm2: 6_000,
            surveyor: "测绘队".to_owned(),
            evidence: vec!["测量表".to_owned()],
            reason: "复测".to_owned(),
            ..Survey::default()
        };
        let measure = RecordSurveyRequest {
            survey: Some(survey),
            request_id: self.key(),
            ..RecordSurveyRequest::default()
        };
        surveys.record_survey(self.request(measure)).await.expect("surveyed");
        let vacating = Vacating {
            parcel: "parcels/A1P1".to_owned(),
            vacate_date: date(2025, 2, 28),
            vacated_dm2: 100,
            reward_fen: 5_000,
            resolution: "决议".to_owned(),
            evidence: vec!["退出验收表".to_owned()],
            ..Vacating::default()
        };
        let vacate = RecordVacatingRequest {
            vacating: Some(vacating),
            request_id: self.key(),
        };
        surveys.record_vacating(self.request(vacate)).await.expect("vacated");
        let mut adjustments = AdjustmentServiceClient::new(self.channel());
        let offset = OffsetRewardRequest {
            household: "households/A1".to_owned(),
            amount_fen: Some(3_000),
            document: "协议".to_owned(),
            request_id: self.key(),
            ..OffsetRewardRequest::default()
        };
        adjustments.offset_reward(self.request(offset)).await.expect("offset");
        let pay = PayRewardRequest {
            household: "households/A1".to_owned(),
            amount_fen: 2_000,
            method: PaymentMethod::Bank.into(),
            document: "转账".to_owned(),
            request_id: self.key(),
            ..PayRewardRequest::default()
        };
        adjustments.pay_reward(self.request(pay)).await.expect("paid");
    }
}

/// Amounts and bills of a row that are not nothing, by name.
fn row(row: &RollRow) -> Vec<(&'static str, i64, i64)> {
    let cells = [
        ("total", row.total),
        ("not due", row.not_due),
        ("0", row.days_0_to_30),
        ("31", row.days_31_to_90),
        ("91", row.days_91_to_180),
        ("181", row.days_181_to_365),
        ("366", row.days_over_365),
        ("paid", row.paid),
        ("remitted", row.remitted),
        ("credited", row.credited),
        ("written off", row.written_off),
    ];
    let cells = cells.map(|(name, cell)| (name, cell.expect("a cell")));
    let named = cells.iter().filter(|(_, cell)| *cell != RollCell::default());
    named
        .map(|(name, cell)| (*name, cell.amount_fen, cell.bill_count))
        .collect()
}

/// The only row of a report that is not empty, which is its total.
fn only(report: &RollRates) -> (i32, Vec<(&'static str, i64, i64)>) {
    let rows: Vec<_> = report.rows.iter().filter(|one| !row(one).is_empty()).collect();
    let [one] = rows[..] else { panic!("{rows:?}") };
    assert_eq!(Some(row(one)), report.total.as_ref().map(row));
    (one.age, row(one))
}

#[tokio::test]
async fn arrears_roll_on_or_are_settled() {
    let (world, _) = World::eventful().await;
    // Before its first payment A1's bill is not due; A1's later payment was undone by the second day of the next.
    let report = world.roll((2024, 1, 15), Some((2024, 2, 29))).await.expect("a report");
    let paid = [("total", 172_000, 6), ("0", 145_000, 5), ("paid", 27_000, 1)];
    assert_eq!(only(&report), (1, paid.to_vec()));
    let report = world.roll((2024, 2, 9), Some((2024, 4, 30))).await.expect("a report");
    let undone = [("total", 168_000, 6), ("31", 101_000, 5), ("paid", 67_000, 1)];
    assert_eq!(only(&report), (2, undone.to_vec()));
    // A1 owed nothing on the first day: what it owes again is in no row.
    let report = world.roll((2024, 2, 29), Some((2024, 4, 30))).await.expect("a report");
    let again = [("total", 145_000, 5), ("31", 81_000, 4), ("paid", 64_000, 1)];
    assert_eq!(only(&report), (2, again.to_vec()));
    // A2 paid 64,000, of which 40,000 were then no longer charged and are an advance.
    let report = world.roll((2024, 2, 9), None).await.expect("a report");
    let all = [
        ("total", 168_000, 6),
        ("366", 83_000, 5),
        ("paid", 30_000, 0),
        ("remitted", 10_000, 0),
        ("credited", 40_000, 1),
        ("written off", 5_000, 0),
    ];
    assert_eq!(only(&report), (2, all.to_vec()));
    assert_eq!(report.last_date, date(2025, 3, 1));
    assert!(report.total.is_some_and(|total| total.reopened_fen == 0));
    let before = world.roll((2024, 1, 9), None).await.expect("a report");
    assert!(before.total.as_ref().is_some_and(|total| row(total).is_empty()));
    // A village's officer sees the village alone.
    let request = GetRollRatesRequest {
        first_date: date(2024, 2, 9),
        ..GetRollRatesRequest::default()
    };
    let own = world.reports().get_roll_rates(world.request_in(SIBLING, request)).await;
    let own = own.expect("a report").into_inner();
    assert_eq!(only(&own), (2, vec![("total", 48_000, 2), ("366", 48_000, 2)]));
    world.recount().await;
    world.stop().await;
}

/// Days, settled, relieved, credited, written off.
fn point(point: &CurvePoint) -> (i32, [i64; 4]) {
    let parts = [
        point.settled_fen,
        point.relieved_fen,
        point.credited_fen,
        point.written_off_fen,
    ];
    (point.days, parts)
}

#[tokio::test]
async fn a_curve_tells_what_was_settled_since_the_due_date() {
    let (world, run) = World::eventful().await;
    let due = GetCollectionCurveRequest {
        from_date: date(2024, 1, 31),
        until_date: date(2024, 2, 1),
        ..GetCollectionCurveRequest::default()
    };
    let curve = world.curve(due.clone()).await.expect("a curve");
    assert_eq!((curve.bill_count, curve.billed_fen), (6, 172_000));
    let expected = [
        (0, [4_000, 0, 0, 0]),
        (30, [91_000, 0, 0, 0]),
        (60, [91_000, 0, 0, 0]),
        (90, [71_000, 0, 0, 0]),
        (120, [71_000, 0, 0, 0]),
        (150, [71_000, 0, 0, 0]),
        (180, [71_000, 10_000, 0, 0]),
        (210, [71_000, 10_000, 0, 0]),
        (240, [71_000, 10_000, 0, 0]),
        (270, [71_000, 10_000, 0, 0]),
        (300, [71_000, 10_000, 0, 0]),
        (330, [71_000, 10_000, 0, 5_000]),
        (360, [71_000, 10_000, 0, 5_000]),
    ];
    assert_eq!(curve.points.iter().map(point).collect::<Vec<_>>(), expected);
    assert!(curve.points.iter().all(|point| point.complete));
    let total = curve.total.expect("a total");
    assert_eq!(point(&total), (0, [34_000, 10_000, 40_000, 5_000]));
    assert_eq!(total.outstanding_fen, 83_000);
    for one in curve.points.iter().chain([&total]) {
        assert_eq!(point(one).1.iter().sum::<i64>() + one.outstanding_fen, 172_000);
    }
    // The day before the relief: nothing later is known, and the last step is not over.
    let earlier = GetCollectionCurveRequest {
        as_of: date(2024, 6, 29),
        step_days: 75,
        step_count: 3,
        ..due.clone()
    };
    let earlier = world.curve(earlier).await.expect("a curve");
    let complete: Vec<_> = earlier.points.iter().map(|one| (point(one), one.complete)).collect();
    let settled = |days, fen, complete| ((days, [fen, 0, 0, 0]), complete);
    let expected = [
        settled(0, 4_000, true),
        settled(75, 71_000, true),
        settled(150, 71_000, true),
        settled(225, 71_000, false),
    ];
    assert_eq!(complete, expected);
    let of_run = GetCollectionCurveRequest {
        billing_run: run.clone(),
        ..GetCollectionCurveRequest::default()
    };
    let by_run = world.curve(of_run.clone()).await.expect("a curve");
    assert_eq!((by_run.points, by_run.total), (curve.points, Some(total)));
    // Who sees no bill of a run does not see the run.
    let hidden = world
        .reports()
        .get_collection_curve(world.request_in(FAR, of_run))
        .await;
    assert_eq!(hidden.expect_err("outside").code(), Code::NotFound);
    let none = GetCollectionCurveRequest {
        from_date: date(2023, 1, 1),
        until_date: date(2024, 1, 31),
        ..GetCollectionCurveRequest::default()
    };
    assert_eq!(world.curve(none).await.expect("a curve").bill_count, 0);
    world.stop().await;
}

#[tokio::test]
async fn an_advance_settles_a_new_bill_before_its_due_date() {
    let (world, _) = World::eventful().await;
    let mut plan = section();
    plan.tariffs.push(tariff(2025));
    world.apply(plan).await.expect("applied");
    let next = RunBillingRequest {
        from_date: date(2025, 1, 1),
        until_date: date(2026, 1, 1),
        due_date: date(2025, 12, 31),
        ..year_2024()
    };
    let run = world.bill(next).await.expect("billed");
    let of_run = GetCollectionCurveRequest {
        billing_run: run.name.clone(),
        step_count: 1,
        ..GetCollectionCurveRequest::default()
    };
    let curve = world.curve(of_run).await.expect("a curve");
    // A2 owes 24,000 of 60 m² and had 44,000 in advance.
    let points: Vec<_> = curve.points.iter().map(|one| (point(one), one.complete)).collect();
    assert_eq!(
        points,
        [((0, [24_000, 0, 0, 0]), false), ((30, [24_000, 0, 0, 0]), false)]
    );
    assert_eq!(curve.billed_fen, run.gross_fen - run.relief_fen);
    let report = world.year_report(VILLAGE, 2025).await.expect("a report");
    assert_eq!(report.movements.map(|moved| moved.advances_used_fen), Some(24_000));
    assert_eq!(world.standing("A2").await, (0, 20_000));
    world.recount().await;
    world.stop().await;
}

/// Accounts with their opening and closing balances, without those that are 0 throughout.
fn balances(report: &YearReport) -> Vec<(&'static str, i64, i64)> {
    let moved = report
        .balances
        .iter()
        .filter(|one| (one.opening_fen, one.closing_fen) != (0, 0));
    let short = |one: &proto::xiangtu::homestead::v1::YearBalance| {
        let name = one.account().as_str_name().trim_start_matches("ACCOUNT_KIND_");
        (name, one.opening_fen, one.closing_fen)
    };
    moved.map(short).collect()
}

#[tokio::test]
async fn a_year_opens_moves_and_closes() {
    let (world, _) = World::eventful().await;
    let report = world.year_report(VILLAGE, 2024).await.expect("a report");
    assert_eq!(
        (report.household_count, report.bill_count, report.closed),
        (4, 4, false)
    );
    let movements = YearMovements {
        charged_fen: 136_000,
        relief_on_bills_fen: 12_000,
        relief_granted_fen: 10_000,
        written_off_fen: 5_000,
        received_for_bills_fen: 71_000,
        received_ahead_fen: 6_000,
        refunded_bank_fen: 2_000,
        ..YearMovements::default()
    };
    assert_eq!(report.movements, Some(movements));
    let reliefs: Vec<_> = report
        .reliefs
        .iter()
        .map(|one| (one.relief_class, one.amount_fen))
        .collect();
    assert_eq!(reliefs, [(1, 12_000)]);
    let receipts: Vec<_> = report
        .receipts
        .iter()
        .map(|one| (one.method, one.received_fen, one.undone_fen))
        .collect();
    assert_eq!(receipts, [(1, 70_000, 0), (2, 24_000, 20_000), (3, 3_000, 0)]);
    let expected = [
        ("RECEIVABLE", 0, 38_000),
        ("INCOME", 0, 136_000),
        ("RELIEF", 0, 22_000),
        ("CASH", 0, 70_000),
        ("BANK", 0, 5_000),
        ("ADVANCE", 0, 4_000),
        ("WRITTEN_OFF", 0, 5_000),
    ];
    assert_eq!(balances(&report), expected);

    let next = world.year_report(VILLAGE, 2025).await.expect("a report");
    let movements = YearMovements {
        credited_fen: 40_000,
        turned_ahead_fen: 40_000,
        remitted_fen: 50_000,
        rewards_granted_fen: 5_000,
        rewards_offset_fen: 3_000,
        rewards_paid_bank_fen: 2_000,
        ..YearMovements::default()
    };
    assert_eq!((next.movements, next.household_count), (Some(movements), 0));
    let expected = [
        ("RECEIVABLE", 38_000, 35_000),
        ("INCOME", 136_000, 96_000),
        ("RELIEF", 22_000, 22_000),
        ("CASH", 70_000, 20_000),
        ("BANK", 5_000, 53_000),
        ("ADVANCE", 4_000, 44_000),
        ("WRITTEN_OFF", 5_000, 5_000),
        ("REWARD", 0, 5_000),
    ];
    assert_eq!(balances(&next), expected);
    // What the year closes with is what households owe and have.
    let (mut owed, mut ahead) = (0, 0);
    for household in ["A1", "A2", "A3", "A4", "A5", "A6", "A7"] {
        let (outstanding, advance) = world.standing(household).await;
        owed += outstanding;
        ahead += advance;
    }
    assert_eq!((owed, ahead), (35_000, 44_000));
    world.recount().await;
    // Villages state what they collected of what is still to be collected.
    loop {
        let stated = events::<ArrearsCollected>(&world, "arrears.collected").await;
        let last = stated.iter().rev().find(|event| event.division.ends_with(VILLAGE));
        let ratio = last.and_then(|event| event.collected_fen);
        if ratio.is_some_and(|ratio| (ratio.numerator, ratio.denominator) == (34_000, 69_000)) {
            assert_eq!(last.map(|event| event.overdue_household_count), Some(3));
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    world.stop().await;
}

#[tokio::test]
async fn a_year_is_ready_to_post() {
    let (world, _) = World::eventful().await;
    let report = world.year_report(VILLAGE, 2024).await.expect("a report");
    let text = report.text_zh.join("\n");
    for line in [
        "宅基地有偿使用费收支公开表（2024 年度）",
        "村（社区）代码：410225001213　账期未结",
        "收费农户 4 户，账单 4 张，应收 1360.00 元，其中更正补收 0.00 元",
        "低保户减免 120.00 元",
        "银行转账收款 240.00 元，冲销 200.00 元",
        "应收有偿使用费：年初 0.00 元，年末 380.00 元",
        "银行存款：年初 0.00 元，年末 50.00 元",
    ] {
        assert!(report.text_zh.iter().any(|one| one == line), "{line} in\n{text}");
    }
    for personal in ["A1", "A2", "赵", "李", "K1", "cadres", "households"] {
        assert!(!text.contains(personal), "{personal} in\n{text}");
    }
    let this_year = world.year_report(VILLAGE, 2025).await.expect("a report");
    assert_eq!(
        this_year.text_zh[1],
        "村（社区）代码：410225001213　截至 2025-03-01，账期未结"
    );
    // A village where nothing happened can close its books; its report is final then.
    let close = CloseBooksRequest {
        division: format!("divisions/{FAR}"),
        end_date: date(2024, 12, 31),
        request_id: world.key(),
    };
    BookCloseServiceClient::new(world.channel())
        .close_books(world.request(close))
        .await
        .expect("closed");
    let far = world.year_report(FAR, 2024).await.expect("a report");
    assert!(far.closed && far.movements == Some(YearMovements::default()));
    assert_eq!(far.text_zh[1], "村（社区）代码：410225104201　账期已结");
    assert!(!world.year_report(FAR, 2025).await.expect("a report").closed);
    world.stop().await;
}
