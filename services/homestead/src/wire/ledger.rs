//! Journal entries, accounts and findings for the wire.

use std::collections::HashMap;

use kit::{
    crypt::{Crypt, mask},
    dates,
    error::{Error, Result},
};
use prost::Message as _;
use proto::xiangtu::homestead::v1::{
    AccountKind, Entry as WireEntry, Household as WireHousehold, LedgerCheck, LedgerFinding, Posting,
    Recount as WireRecount, VerifyLedgerResponse,
};
use uuid::Uuid;

use super::{names, payment::cadre};
use crate::store::{
    entry::{Entry, PostingRow},
    household::Household,
    recount::Recount,
    verify::{Comparison, Mismatch},
};

/// Label under which names of heads of households are sealed.
pub const HEAD_NAME: &str = "household.head_name";
/// Label under which names of cadres are sealed.
pub const CADRE_NAME: &str = "cadre.name";

/// A household with its head's name masked.
pub fn household(crypt: &Crypt, row: &Household) -> Result<WireHousehold> {
    let head = crypt.open(HEAD_NAME, &row.head_name)?;
    Ok(WireHousehold {
        name: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        head_name_masked: mask::name(head.expose()),
        relief_class: row.relief_class.map(i32::from).unwrap_or_default(),
        registered_persons: row.registered_persons.map(i32::from),
    })
}

/// `ENTRY_KIND_BILL`; the entry has the id of its bill.
const BILL_KIND: i16 = 1;

/// Entries with their postings.
pub fn entries(rows: Vec<Entry>, postings: Vec<PostingRow>) -> Vec<WireEntry> {
    let mut by_entry: HashMap<Uuid, Vec<Posting>> = HashMap::with_capacity(rows.len());
    for row in postings {
        by_entry.entry(row.entry_id).or_default().push(posting(&row));
    }
    let entry = |row: Entry| WireEntry {
        name: names::of("entries", row.id),
        division: names::of("divisions", &row.division_code),
        entry_number: row.entry_number,
        kind: i32::from(row.kind),
        household: if row.household_id.is_empty() {
            String::new()
        } else {
            names::of("households", &row.household_id)
        },
        effective_date: Some(dates::to_proto(row.effective_on)),
        post_time: Some(dates::timestamp(row.posted_at)),
        receipt_number: row.receipt_number.unwrap_or_default(),
        reverses: row
            .reverses
            .map(|entry| names::of("entries", entry))
            .unwrap_or_default(),
        document: if row.kind == BILL_KIND {
            names::of("bills", row.id)
        } else {
            row.document
        },
        postings: by_entry.remove(&row.id).unwrap_or_default(),
    };
    rows.into_iter().map(entry).collect()
}

fn posting(row: &PostingRow) -> Posting {
    let account = AccountKind::try_from(i32::from(row.account)).unwrap_or_default();
    let holder = match account {
        AccountKind::Receivable | AccountKind::Advance | AccountKind::Payable => names::of("households", &row.holder),
        AccountKind::Cash => cadre(&row.holder),
        AccountKind::Unspecified
        | AccountKind::Income
        | AccountKind::Relief
        | AccountKind::Bank
        | AccountKind::WrittenOff
        | AccountKind::Reward => String::new(),
    };
    Posting {
        account: account.into(),
        holder,
        amount_fen: row.amount_fen,
        bill: row.bill_id.map(|bill| names::of("bills", bill)).unwrap_or_default(),
    }
}

/// A recount that was kept.
pub fn recount(row: Recount) -> Result<WireRecount> {
    Ok(WireRecount {
        name: names::of("recounts", row.id),
        division: names::of("divisions", &row.division_code),
        outcome: Some(VerifyLedgerResponse::decode(row.outcome.as_slice()).map_err(Error::internal)?),
        recount_time: Some(dates::timestamp(row.recounted_at)),
    })
}

/// A finding of a recount.
pub fn finding(comparison: Comparison, mismatch: Mismatch) -> LedgerFinding {
    let (check, collection) = match comparison {
        Comparison::Entries => (LedgerCheck::EntriesBalance, "entries"),
        Comparison::Bills => (LedgerCheck::BillsEqualPostings, "bills"),
        Comparison::Advances => (LedgerCheck::AdvancesEqualPostings, "households"),
        Comparison::IdleAdvances => (LedgerCheck::AdvancesSettleBills, "households"),
        Comparison::Books => (LedgerCheck::BooksEqualPostings, "divisions"),
        Comparison::EntryNumbers => (LedgerCheck::EntryNumbersGapless, "divisions"),
        Comparison::ReceiptNumbers => (LedgerCheck::ReceiptNumbersGapless, "divisions"),
        Comparison::Reversals => (LedgerCheck::ReversalsExact, "entries"),
        Comparison::Rewards => (LedgerCheck::RewardsEqualPostings, "households"),
        Comparison::Kinds => (LedgerCheck::EntriesFollowKind, "entries"),
        Comparison::NegativeBills => (LedgerCheck::BalancesNotNegative, "bills"),
        Comparison::NegativeHouseholds => (LedgerCheck::BalancesNotNegative, "households"),
        Comparison::NegativeBooks => (LedgerCheck::BalancesNotNegative, "divisions"),
        Comparison::Overlaps => (LedgerCheck::BillsApart, "bills"),
        Comparison::Supplements => (LedgerCheck::BillsFollowTariff, "bills"),
        Comparison::Closed => (LedgerCheck::PeriodsStayClosed, "entries"),
        Comparison::Reopened => (LedgerCheck::PeriodsStayClosed, "divisions"),
        Comparison::Receipts => (LedgerCheck::PaymentsAccounted, "entries"),
        Comparison::Confirmed => (LedgerCheck::PaymentsAccounted, "pendingPayments"),
        Comparison::Lines => (LedgerCheck::PaymentsAccounted, "bankStatementLines"),
        Comparison::TwiceEntries => (LedgerCheck::NothingTwice, "entries"),
        Comparison::TwiceBills => (LedgerCheck::NothingTwice, "bills"),
        Comparison::TwiceHouseholds => (LedgerCheck::NothingTwice, "households"),
        Comparison::TwiceBooks => (LedgerCheck::NothingTwice, "divisions"),
        Comparison::Debtors => (LedgerCheck::DebtorsHaveCadre, "households"),
    };
    LedgerFinding {
        check: check.into(),
        subject: names::of(collection, mismatch.subject),
        expected: mismatch.expected,
        found: mismatch.found,
        detail: String::new(),
    }
}

/// What does not agree where a comparison finds something, in Chinese.
pub fn disagreement(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Entries => "分录借贷不平",
        Comparison::Bills => "账单与分录不符",
        Comparison::Advances => "预收款与分录不符",
        Comparison::IdleAdvances => "预收款未抵缴欠费",
        Comparison::Books => "村账合计与分录不符",
        Comparison::EntryNumbers => "分录编号不连续",
        Comparison::ReceiptNumbers => "收据编号不连续",
        Comparison::Reversals => "冲销与原缴款不符",
        Comparison::Rewards => "应付退出奖励与分录不符",
        Comparison::Kinds => "分录科目与业务类型不符",
        Comparison::NegativeBills => "账单金额为负",
        Comparison::NegativeHouseholds => "农户余额为负",
        Comparison::NegativeBooks => "村账合计为负",
        Comparison::Overlaps => "账单计费日期重叠",
        Comparison::Supplements => "补收账单无更正依据",
        Comparison::Closed => "结账后补记的分录",
        Comparison::Reopened => "已结账期被重新打开",
        Comparison::Receipts => "缴款与收据不符",
        Comparison::Confirmed => "已确认的缴款未入账",
        Comparison::Lines => "银行流水与分录不符",
        Comparison::TwiceEntries => "分录重复",
        Comparison::TwiceBills => "账单重复",
        Comparison::TwiceHouseholds => "农户余额重复",
        Comparison::TwiceBooks => "村账重复",
        Comparison::Debtors => "欠费户无责任人",
    }
}
