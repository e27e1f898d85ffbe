//! Entries of the journal as vouchers.

use homestead_core::voucher::subject;
use proto::xiangtu::homestead::v1::{Entry, EntryKind, Posting, Voucher, VoucherLine};

use super::plan::Funds;

/// A voucher out of an entry.
pub fn voucher(funds: &Funds, entry: Entry) -> Voucher {
    let village = entry.division.strip_prefix("divisions/").unwrap_or_default();
    let subjects = funds.subjects(village);
    let line = |posting: Posting| {
        let (code, name) = subject(subjects, posting.account);
        VoucherLine {
            subject_code: code.to_owned(),
            subject_name: name.to_owned(),
            holder: posting.holder,
            debit_fen: posting.amount_fen.max(0),
            credit_fen: (-posting.amount_fen).max(0),
        }
    };
    let summary_zh = summary(&entry);
    let lines: Vec<VoucherLine> = entry.postings.into_iter().map(line).collect();
    Voucher {
        name: entry.name,
        division: entry.division,
        voucher_number: entry.entry_number,
        voucher_date: entry.effective_date,
        kind: entry.kind,
        summary_zh,
        document: entry.document,
        amount_fen: lines.iter().map(|line| line.debit_fen).sum(),
        lines,
    }
}

/// What an entry is about.
fn summary(entry: &Entry) -> String {
    match entry.kind() {
        EntryKind::Bill => "计收宅基地有偿使用费".to_owned(),
        EntryKind::Payment => format!("收宅基地有偿使用费，收据 {} 号", entry.receipt_number),
        EntryKind::Reversal => format!("冲销缴款：{}", entry.document),
        EntryKind::Correction => "更正应收有偿使用费".to_owned(),
        EntryKind::Relief => "减免有偿使用费".to_owned(),
        EntryKind::WriteOff => "核销有偿使用费坏账".to_owned(),
        EntryKind::Refund => "退还预收款".to_owned(),
        EntryKind::Remittance => "现金解存银行".to_owned(),
        EntryKind::Reward => "计提宅基地退出奖励".to_owned(),
        EntryKind::Offset => "退出奖励抵缴有偿使用费".to_owned(),
        EntryKind::RewardPaid => "支付宅基地退出奖励".to_owned(),
        EntryKind::Discount => "一次性缴纳优惠".to_owned(),
        EntryKind::Settlement => "预收款抵缴有偿使用费".to_owned(),
        EntryKind::Unspecified => entry.document.clone(),
    }
}
