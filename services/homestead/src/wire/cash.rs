//! Cash in hand, remittances and closed days for the wire.

use homestead_core::custody::Cause;
use kit::{
    dates,
    error::{Error, Result, Violation},
};
use proto::xiangtu::homestead::v1::{CashOverdueCause, CashPosition, DayClose as WireDayClose, Remittance};
use time::Date;

use super::{names, payment::village};
use crate::store::{cash::Position, day_close::DayClose};

/// Largest amount of one remittance: a billion yuan.
const LARGEST_FEN: i64 = 100_000_000_000;
/// Longest reference of a paying-in slip, in characters.
const LONGEST_DOCUMENT: usize = 64;

/// `divisions/{code}/cashPositions/{cadre_id}`.
pub fn name(village: &str, cadre: &str) -> String {
    format!("divisions/{village}/cashPositions/{cadre}")
}

/// Village and cadre of a position's name; what is no such name does not exist.
pub fn found(name: &str) -> Result<(String, &str)> {
    let missing = || Error::not_found(name);
    let (division, cadre) = name.split_once("/cashPositions/").ok_or_else(missing)?;
    let village = village("name", division).map_err(|_| missing())?;
    let position = format!("cadres/{cadre}");
    names::found("cadres", &position).map_err(|_| missing())?;
    Ok((village, cadre))
}

/// A position that is overdue for `causes`.
pub fn position(row: &Position, causes: &[Cause]) -> CashPosition {
    CashPosition {
        name: name(&row.division_code, &row.cadre_id),
        division: names::of("divisions", &row.division_code),
        cadre: names::of("cadres", &row.cadre_id),
        received_fen: row.received_fen,
        remitted_fen: row.remitted_fen,
        in_hand_fen: row.in_hand_fen(),
        oldest_unremitted_date: row.oldest_on.map(dates::to_proto),
        overdue_causes: self::causes(causes),
    }
}

/// Causes in the numbers of the contract.
pub fn causes(causes: &[Cause]) -> Vec<i32> {
    let number = |cause: &Cause| match cause {
        Cause::TooLong => CashOverdueCause::TooLong,
        Cause::MonthEnd => CashOverdueCause::MonthEnd,
        Cause::AboveCeiling => CashOverdueCause::AboveCeiling,
    };
    causes.iter().map(|cause| number(cause).into()).collect()
}

/// A remittance as a caller states it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remitted {
    pub division_code: String,
    pub cadre_id: String,
    pub amount_fen: i64,
    pub document: String,
    pub paid_on: Date,
}

/// Checks a remittance; all mistakes are reported at once.
pub fn remitted(path: &str, wire: Option<&Remittance>, today: Date) -> Result<Remitted> {
    let wire = wire.ok_or_else(|| Error::required(path))?;
    let at = |field: &str| format!("{path}.{field}");
    let mut mistakes = Vec::new();
    let mut take = |result: Result<String>| match result {
        Ok(value) => value,
        Err(error) => {
            mistakes.extend(error.violations().iter().cloned());
            String::new()
        }
    };
    let division_code = take(village(&at("division"), &wire.division));
    let cadre_id = take(names::id("cadres", &at("cadre"), &wire.cadre).map(str::to_owned));
    if !(1..=LARGEST_FEN).contains(&wire.amount_fen) {
        mistakes.push(Violation::new(at("amount_fen"), wire.amount_fen, "1–100,000,000,000"));
    }
    let document = wire.document.trim();
    if !(1..=LONGEST_DOCUMENT).contains(&document.chars().count()) || document.contains('\0') {
        mistakes.push(Violation::new(at("document"), &wire.document, "1–64 characters"));
    }
    let paid_on = match dates::from_proto(&at("remittance_date"), wire.remittance_date) {
        Ok(day) => day.unwrap_or(today),
        Err(error) => {
            mistakes.extend(error.violations().iter().cloned());
            today
        }
    };
    if paid_on > today {
        let rule = format!("not after today, {today}");
        mistakes.push(Violation::new(at("remittance_date"), paid_on, rule));
    }
    if mistakes.is_empty() {
        return Ok(Remitted {
            division_code,
            cadre_id,
            amount_fen: wire.amount_fen,
            document: document.to_owned(),
            paid_on,
        });
    }
    Err(Error::invalid_many(mistakes))
}

/// A closed day.
pub fn day_close(row: &DayClose) -> WireDayClose {
    let totals = &row.totals;
    WireDayClose {
        name: names::of("dayCloses", row.id),
        division: names::of("divisions", &row.division_code),
        date: Some(dates::to_proto(row.closed_on)),
        counted_cash_fen: Some(row.counted_cash_fen),
        reason: row.reason.clone(),
        first_receipt_number: totals.first_receipt,
        last_receipt_number: totals.last_receipt,
        receipt_count: totals.receipts,
        cash_fen: totals.cash_fen,
        bank_fen: totals.bank_fen,
        mobile_fen: totals.mobile_fen,
        reversal_count: totals.reversals,
        reversed_fen: totals.reversed_fen,
        remitted_fen: totals.remitted_fen,
        booked_cash_fen: totals.booked_cash_fen,
        difference_fen: row.counted_cash_fen - totals.booked_cash_fen,
        last_entry_number: totals.last_entry_number,
        closer: row.closer.clone(),
        close_time: Some(dates::timestamp(row.closed_at)),
    }
}
