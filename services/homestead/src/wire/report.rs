//! Reports for the wire.

mod text;

use homestead_core::report::{
    curve::Point,
    roll::{Cell, Outcome, Row, Rows},
    year::{Balance, Year},
};
use kit::{
    dates,
    error::{Error, Result},
};
use proto::xiangtu::homestead::v1::{
    ArrearsAge, CollectionCurve, CurvePoint, GetCollectionCurveRequest, PaymentMethod, RollCell, RollRow, YearBalance,
    YearMovements, YearReceipts, YearRelief, YearReport,
};
use time::{Date, Duration};

use super::{checks::unset, names};
use crate::store::report::{Billed, BookYear, Of};

/// The rows of a report in order of age.
pub fn roll_rows(rows: &Rows) -> Vec<RollRow> {
    let first = i32::from(ArrearsAge::NotDue);
    let numbered = (first..).zip(&rows.0);
    numbered.map(|(age, row)| roll_row(age, row)).collect()
}

/// A row under the number of its age.
pub fn roll_row(age: i32, row: &Row) -> RollRow {
    let cell = |cell: Cell| {
        Some(RollCell {
            amount_fen: cell.fen,
            bill_count: cell.bills,
        })
    };
    let [not_due, to_30, to_90, to_180, to_365, over_365] = row.open.map(cell);
    RollRow {
        age,
        total: cell(row.total),
        not_due,
        days_0_to_30: to_30,
        days_31_to_90: to_90,
        days_91_to_180: to_180,
        days_181_to_365: to_365,
        days_over_365: over_365,
        paid: cell(row.outcome(Outcome::Paid)),
        remitted: cell(row.outcome(Outcome::Remitted)),
        credited: cell(row.outcome(Outcome::Credited)),
        written_off: cell(row.outcome(Outcome::WrittenOff)),
        reopened_fen: row.reopened_fen,
    }
}

/// Which bills a curve follows.
pub fn bills(request: &GetCollectionCurveRequest) -> Result<Of> {
    if !request.billing_run.is_empty() {
        unset("from_date", request.from_date.is_some(), "no billing_run")?;
        unset("until_date", request.until_date.is_some(), "no billing_run")?;
        return Ok(Of::Run(names::uid("billingRuns", "billing_run", &request.billing_run)?));
    }
    let from = dates::required("from_date", request.from_date)?;
    let until = dates::required("until_date", request.until_date)?;
    if until <= from {
        return Err(Error::invalid("until_date", until, format!("after from_date, {from}")));
    }
    Ok(Of::Due(from, until))
}

/// Days of a step, and how many steps.
pub fn steps(request: &GetCollectionCurveRequest) -> Result<(i64, i64)> {
    let in_range = |field: &str, value: i32, default: i32, most: i32| match value {
        0 => Ok(i64::from(default)),
        given if (1..=most).contains(&given) => Ok(i64::from(given)),
        given => Err(Error::invalid(field, given, format!("1–{most}, or 0 for {default}"))),
    };
    Ok((
        in_range("step_days", request.step_days, 30, 366)?,
        in_range("step_count", request.step_count, 12, 36)?,
    ))
}

/// A curve as of a day.
pub fn curve(as_of: Date, billed: Billed, points: &[Point], total: &Point) -> CollectionCurve {
    let reached = |days: i64| {
        let last = billed.last_due_on.and_then(|due| due.checked_add(Duration::days(days)));
        billed.bills == 0 || last.is_some_and(|last| last <= as_of)
    };
    let step = |point: &Point| curve_point(point, reached(point.days));
    CollectionCurve {
        as_of: Some(dates::to_proto(as_of)),
        bill_count: billed.bills,
        billed_fen: billed.billed_fen,
        points: points.iter().map(step).collect(),
        total: Some(curve_point(&Point { days: 0, ..*total }, true)),
    }
}

fn curve_point(point: &Point, complete: bool) -> CurvePoint {
    CurvePoint {
        days: i32::try_from(point.days).unwrap_or(i32::MAX),
        complete,
        settled_fen: point.settled.paid_fen,
        relieved_fen: point.settled.remitted_fen,
        credited_fen: point.settled.credited_fen,
        written_off_fen: point.settled.written_off_fen,
        outstanding_fen: point.outstanding_fen,
    }
}

/// What a year's report says beside its amounts.
#[derive(Debug)]
pub struct YearFacts {
    /// Resource name of the village.
    pub division: String,
    pub year: i32,
    pub today: Date,
    pub book: BookYear,
}

/// The report of a year.
pub fn year_report(facts: &YearFacts, year: &Year, balances: &[Balance]) -> YearReport {
    let receipts = (1..).zip(&year.receipts).map(|(method, one)| YearReceipts {
        method: PaymentMethod::try_from(method).unwrap_or_default().into(),
        received_fen: one.received_fen,
        undone_fen: one.undone_fen,
    });
    let reliefs = year.relief_on_bills.iter().map(|(class, fen)| YearRelief {
        relief_class: i32::from(*class),
        amount_fen: *fen,
    });
    let balance = |balance: &Balance| YearBalance {
        account: i32::from(balance.account as i16),
        opening_fen: balance.opening_fen,
        closing_fen: balance.closing_fen,
    };
    let mut report = YearReport {
        division: facts.division.clone(),
        year: facts.year,
        closed: facts.book.closed,
        household_count: facts.book.households,
        bill_count: facts.book.bills,
        movements: Some(movements(year)),
        reliefs: reliefs.collect(),
        receipts: receipts.collect(),
        balances: balances.iter().map(balance).collect(),
        text_zh: Vec::new(),
    };
    report.text_zh = text::lines(&report, facts.today);
    report
}

fn movements(year: &Year) -> YearMovements {
    YearMovements {
        charged_fen: year.charged,
        charged_further_fen: year.charged_further,
        relief_on_bills_fen: year.relief_on_bills_sum(),
        relief_granted_fen: year.relief_granted,
        discounts_fen: year.discounts,
        credited_fen: year.credited,
        relief_taken_back_fen: year.relief_taken_back,
        written_off_fen: year.written_off,
        write_off_taken_back_fen: year.write_off_taken_back,
        received_for_bills_fen: year.received_for_bills,
        received_ahead_fen: year.received_ahead,
        advances_used_fen: year.advances_used,
        turned_ahead_fen: year.turned_ahead,
        refunded_cash_fen: year.refunded_cash,
        refunded_bank_fen: year.refunded_bank,
        remitted_fen: year.remitted,
        rewards_granted_fen: year.rewards_granted,
        rewards_offset_fen: year.rewards_offset,
        rewards_paid_cash_fen: year.rewards_paid_cash,
        rewards_paid_bank_fen: year.rewards_paid_bank,
    }
}
