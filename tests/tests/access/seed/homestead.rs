//! Registers, a plan, bills, payments, a hand-over, a dunning notice, and the village's money.

use serde_json::json;

use super::{Seed, VILLAGE, ago, text};
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
        "division": SIBLING, "effective_date": "2024-01-01", "mode": "MARGINAL", "resolution": "2024-1",
        "bands": [{"from_dm2": 0, "price_fen_per_m2": 800}],
    });
    let section = json!({
        "entitlement_rules": [{"division": SIBLING, "entitled_dm2": 16_700}],
        "tariffs": [tariff],
        "dunning": {"steps": [{"stage": "REMINDER", "overdue_days": 7, "minimum_fen": 1_000}]},
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
    seed.operate(of, "DunningService.DraftDunningNotices", json!({"division": SIBLING}))
        .await;
    funds(seed).await;
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
