//! Registers, a plan, bills, payments, a hand-over, dunning notices up to a public one, what collectors record, the village's
//! money, and plots that were surveyed and given back.

use kit::clock::Clock;
use serde_json::json;

use super::{Seed, VILLAGE, ago, ahead, first, hours, text};
use crate::SIBLING;

pub async fn sow(seed: &mut Seed<'_>) {
    let of = "homestead";
    let registers = [
        ("households", format!("household_id,village_code,head_name,low_income\nH1,{VILLAGE},王礼孝,0\n")),
        (
            "cadres",
            format!(
                "cadre_id,name,post,org_code\nK1,陈涛琴,village_secretary,{VILLAGE}\nK2,韩敏,grid_worker,{VILLAGE}\n"
            ),
        ),
        (
            "homesteads",
            "parcel_id,household_id,parcel_no,area_m2,quota_m2,over_m2,period,cause,use,certificate,disputed,cadre_id\n\
             H1P1,H1,1,267.00,167,100.00,1999_on,extension,occupied,1,0,K1\n"
                .to_owned(),
        ),
        ("portfolios", "household_id,cadre_id\nH1,K1\n".to_owned()),
    ];
    for (register, csv) in registers {
        seed.import(of, register, &csv).await;
    }
    seed.unlisted.push((of, "households/H1".to_owned()));
    let tariff = json!({
        "division": SIBLING, "effective_date": "2024-01-01", "mode": "MARGINAL", "resolution": "2023-1",
        "legal_basis": "《土地管理法》第六十二条",
        "bands": [{"from_dm2": 0, "price_fen_per_m2": 800}],
    });
    let section = json!({
        "entitlement_rules": [{"division": SIBLING, "entitled_dm2": 16_700}],
        "tariffs": [tariff],
        "dunning": {"steps": [
            {"stage": "REMINDER", "overdue_days": 7, "minimum_fen": 1_000},
            {"stage": "PUBLIC_NOTICE", "overdue_days": 7, "minimum_fen": 1_000},
        ]},
    });
    let plan = json!({"division": SIBLING, "section": section, "effective_date": "2024-01-01"});
    seed.call(of, "PlanService.ApplyPlan", plan).await;
    let terms = json!({
        "division": SIBLING, "from_date": "2024-01-01", "until_date": "2025-01-01", "due_date": "2024-12-31",
    });
    seed.operate(of, "BillingRunService.RunBilling", terms).await;
    let payment = json!({
        "division": format!("divisions/{VILLAGE}"), "household": "households/H1", "amount_fen": 100, "method": "BANK",
        "payment_date": ago(1),
    });
    seed.call(of, "PaymentService.RecordPayment", json!({"payment": payment}))
        .await;
    let offer = json!({"name": "portfolios/H1", "to_cadre": "cadres/K2", "reason": "调整分工"});
    let offered = seed.call(of, "PortfolioService.OfferHandOver", offer).await;
    seed.unlisted.push((of, text(&offered, "name")));
    for days in [1, 0] {
        let terms = json!({"division": SIBLING, "as_of": ago(days)});
        seed.operate(of, "DunningService.DraftDunningNotices", terms).await;
    }
    collect(seed, of).await;
    funds(seed).await;
    measure(seed).await;
    let agreement = json!({
        "household": "households/H1", "instalment_count": 3, "first_due_date": ahead(30), "document": "协议 1",
    });
    let agreed = seed.call(of, "InstalmentService.AgreeInstalments", agreement).await;
    // While it holds, nothing is in arrears.
    let cancel = json!({"name": text(&agreed, "name"), "reason": "核对"});
    seed.call(of, "InstalmentService.CancelInstalments", cancel).await;
}

/// A visit, a served notice, a mediation, a public notice, and at last an objection, which pauses all that.
async fn collect(seed: &mut Seed<'_>, of: &'static str) {
    let household = "households/H1";
    // Noon in Shanghai, so that it is not at night.
    let noon = (Clock::system().now().unix_timestamp() / 86_400 - 1) * 86_400 + 4 * 3_600;
    let visit = json!({
        "household": household, "cadre": "cadres/K1", "visit_time": {"seconds": noon}, "outcome": "ABSENT",
    });
    seed.call(of, "CollectionService.RecordVisit", visit).await;
    let listed = seed
        .call(of, "DunningService.ListDunningNotices", json!({"division": SIBLING}))
        .await;
    let served = json!({
        "name": text(&first(&listed, "dunning_notices"), "name"), "service_method": "POST", "serve_time": hours(0), "proof": "回执 1",
    });
    seed.call(of, "CollectionService.RecordServedNotice", served).await;
    let mediation = json!({
        "household": household, "mediation_date": ago(0), "mediator": "村调解委员会", "parties": ["户主"], "outcome": "FAILED",
    });
    seed.call(of, "CollectionService.RecordMediation", mediation).await;
    let notice = json!({"division": VILLAGE, "from_date": ahead(1), "last_date": ahead(7)});
    seed.call(of, "PublicNoticeService.DraftPublicNotice", notice).await;
    let objection = json!({"household": household, "ground": "IDENTITY", "text": "户主已变更"});
    seed.call(of, "ObjectionService.FileObjection", objection).await;
}

/// Money in every state: in hand, remitted, announced, on a bank statement, and a day and a period that are closed.
async fn funds(seed: &mut Seed<'_>) {
    let of = "homestead";
    let village = format!("divisions/{VILLAGE}");
    for (method, days) in [("CASH", 1), ("BANK", 9)] {
        let payment = json!({
            "division": village, "household": "households/H1", "amount_fen": 100, "method": method, "collector": "cadres/K1",
            "payment_date": ago(days),
        });
        seed.call(of, "PaymentService.RecordPayment", json!({"payment": payment}))
            .await;
    }
    let remittance = json!({"division": village, "cadre": "cadres/K1", "amount_fen": 40, "document": "回单 1"});
    seed.call(of, "CashService.RecordRemittance", json!({"remittance": remittance}))
        .await;
    let day_close = json!({"division": village, "counted_cash_fen": 60});
    seed.call(of, "CashService.CloseDay", json!({"day_close": day_close}))
        .await;
    let pending = json!({
        "division": village, "household": "households/H1", "amount_fen": 100, "method": "MOBILE", "document": "订单 1",
    });
    seed.call(
        of,
        "PendingPaymentService.CreatePendingPayment",
        json!({"pending_payment": pending}),
    )
    .await;
    let lines = format!("village_code,bank_reference,booked_on,amount_yuan\n{VILLAGE},F1,2024-03-01,1.23\n");
    seed.import(of, "bank_statements", &lines).await;
    let division = json!({"division": SIBLING});
    seed.operate(of, "BankStatementService.ReconcileStatements", division)
        .await;
    // So long ago that nothing else is hindered.
    let close = json!({"division": SIBLING, "end_date": "2023-12-31"});
    seed.call(of, "BookCloseService.CloseBooks", close).await;
}

/// A survey that finds more, and a part that is given back: both correct the bill.
async fn measure(seed: &mut Seed<'_>) {
    let of = "homestead";
    let survey = json!({
        "parcel": "parcels/H1P1", "survey_date": ago(1), "effective_date": "2024-01-01", "area_dm2": 27_700,
        "over_occupied_dm2": 11_000, "surveyor": "测绘队", "evidence": ["测量表 1"], "reason": "复测",
    });
    seed.call(of, "SurveyService.RecordSurvey", json!({"survey": survey}))
        .await;
    let vacating = json!({
        "parcel": "parcels/H1P1", "vacate_date": ago(1), "vacated_dm2": 1_000, "resolution": "决议 3", "evidence": ["验收表 1"],
    });
    seed.call(of, "SurveyService.RecordVacating", json!({"vacating": vacating}))
        .await;
}
