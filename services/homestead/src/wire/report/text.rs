//! A year's report as text, ready to post. It tells of the village as a whole and of nobody in it.

use homestead_core::money::yuan;
use proto::xiangtu::homestead::v1::{AccountKind, PaymentMethod, YearReport};
use time::Date;

use crate::wire::tariff::class;

/// The report line by line.
pub(super) fn lines(report: &YearReport, today: Date) -> Vec<String> {
    let code = report.division.rsplit('/').next().unwrap_or_default();
    let moved = report.movements.unwrap_or_default();
    let mut lines = vec![
        format!("宅基地有偿使用费收支公开表（{} 年度）", report.year),
        format!("村（社区）代码：{code}　{}", state(report, today)),
        "一、收费".to_owned(),
        format!(
            "收费农户 {} 户，账单 {} 张，应收 {} 元，其中更正补收 {} 元",
            report.household_count,
            report.bill_count,
            yuan(moved.charged_fen),
            yuan(moved.charged_further_fen)
        ),
        format!("更正核减 {} 元", yuan(moved.credited_fen)),
        "二、减免和核销".to_owned(),
    ];
    lines.extend(report.reliefs.iter().map(|relief| {
        let name = class(relief.relief_class).map_or("其他", |class| class.zh());
        format!("{name}减免 {} 元", yuan(relief.amount_fen))
    }));
    lines.push(format!(
        "出账后减免 {} 元，更正冲回减免 {} 元，一次性缴纳优惠 {} 元",
        yuan(moved.relief_granted_fen),
        yuan(moved.relief_taken_back_fen),
        yuan(moved.discounts_fen)
    ));
    lines.push(format!(
        "坏账核销 {} 元，更正冲回核销 {} 元",
        yuan(moved.written_off_fen),
        yuan(moved.write_off_taken_back_fen)
    ));
    lines.push("三、收款".to_owned());
    lines.extend(report.receipts.iter().map(|receipts| {
        let name = match receipts.method() {
            PaymentMethod::Cash => "现金",
            PaymentMethod::Bank => "银行转账",
            PaymentMethod::Mobile => "移动支付",
            PaymentMethod::Unspecified => "其他",
        };
        let (received, undone) = (yuan(receipts.received_fen), yuan(receipts.undone_fen));
        format!("{name}收款 {received} 元，冲销 {undone} 元")
    }));
    lines.push(format!(
        "抵缴账单 {} 元，转为预收 {} 元；现金解款 {} 元",
        yuan(moved.received_for_bills_fen),
        yuan(moved.received_ahead_fen),
        yuan(moved.remitted_fen)
    ));
    lines.push(format!(
        "预收款抵缴账单 {} 元，减免、优惠和更正转为预收 {} 元，退还预收款 {} 元",
        yuan(moved.advances_used_fen),
        yuan(moved.turned_ahead_fen),
        yuan(moved.refunded_cash_fen + moved.refunded_bank_fen)
    ));
    lines.push("四、退出奖励".to_owned());
    lines.push(format!(
        "核定 {} 元，抵缴欠费 {} 元，支付 {} 元",
        yuan(moved.rewards_granted_fen),
        yuan(moved.rewards_offset_fen),
        yuan(moved.rewards_paid_cash_fen + moved.rewards_paid_bank_fen)
    ));
    lines.push("五、年初和年末余额".to_owned());
    lines.extend(report.balances.iter().filter_map(|balance| {
        let name = held(balance.account())?;
        let (opening, closing) = (yuan(balance.opening_fen), yuan(balance.closing_fen));
        Some(format!("{name}：年初 {opening} 元，年末 {closing} 元"))
    }));
    lines
}

fn state(report: &YearReport, today: Date) -> String {
    match (report.closed, today.year() == report.year) {
        (true, _) => "账期已结".to_owned(),
        (false, true) => format!("截至 {today}，账期未结"),
        (false, false) => "账期未结".to_owned(),
    }
}

/// Accounts whose balances are posted; the others are told by their movements.
fn held(account: AccountKind) -> Option<&'static str> {
    match account {
        AccountKind::Receivable => Some("应收有偿使用费"),
        AccountKind::Advance => Some("预收款"),
        AccountKind::Payable => Some("应付退出奖励"),
        AccountKind::Cash => Some("库存现金"),
        AccountKind::Bank => Some("银行存款"),
        AccountKind::Unspecified
        | AccountKind::Income
        | AccountKind::Relief
        | AccountKind::WrittenOff
        | AccountKind::Reward => None,
    }
}
