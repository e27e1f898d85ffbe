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
        EntryKind::Reversal => format!("冲销：{}", entry.document),
        EntryKind::Unspecified => entry.document.clone(),
    }
}
