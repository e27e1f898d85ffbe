//! Announced payments: checked on the way in, put together on the way out.

use kit::{
    dates,
    error::{Error, Result, Violation},
};
use proto::xiangtu::homestead::v1::{Payment, PaymentMethod, PendingPayment, PendingPaymentState};
use time::{Date, Duration};

use super::{
    names,
    payment::{Stated, stated},
};
use crate::store::pending::Pending;

/// Days until an announced payment expires where none is stated.
const DAYS: i64 = 7;
/// Most days until then.
const MOST_DAYS: i64 = 90;

/// Checks an announced payment. Answers what is to be posted one day, and its last day.
pub fn announced(path: &str, wire: Option<&PendingPayment>, today: Date) -> Result<(Stated, Date)> {
    let wire = wire.ok_or_else(|| Error::required(path))?;
    let payment = Payment {
        division: wire.division.clone(),
        household: wire.household.clone(),
        amount_fen: wire.amount_fen,
        method: wire.method,
        bill: wire.bill.clone(),
        document: wire.document.clone(),
        ..Payment::default()
    };
    let mut mistakes = Vec::new();
    if wire.method() == PaymentMethod::Cash {
        mistakes.push(Violation::new(format!("{path}.method"), wire.method, "bank or mobile"));
    }
    if wire.document.trim().is_empty() {
        mistakes.push(Violation::new(format!("{path}.document"), "", "required"));
    }
    let field = format!("{path}.expiry_date");
    let last = dates::from_proto(&field, wire.expiry_date)?.unwrap_or(today + Duration::days(DAYS));
    if !(today..=today + Duration::days(MOST_DAYS)).contains(&last) {
        mistakes.push(Violation::new(
            field,
            last,
            format!("from today, {today}, to {MOST_DAYS} days ahead"),
        ));
    }
    if mistakes.is_empty() {
        return Ok((stated(path, Some(&payment), today)?, last));
    }
    Err(Error::invalid_many(mistakes))
}

/// What is posted once the money of `row` is there.
pub fn expected(row: &Pending, paid_on: Date) -> Stated {
    Stated {
        division_code: row.division_code.clone(),
        household_id: row.household_id.clone(),
        amount_fen: row.amount_fen,
        method: PaymentMethod::try_from(i32::from(row.method)).unwrap_or_default(),
        paid_on: Some(paid_on),
        bill_id: row.bill_id,
        collector: String::new(),
        document: row.document.clone(),
    }
}

/// An announced payment.
pub fn pending(row: Pending) -> PendingPayment {
    let state = PendingPaymentState::try_from(i32::from(row.state)).unwrap_or_default();
    PendingPayment {
        name: names::of("pendingPayments", row.id),
        division: names::of("divisions", &row.division_code),
        household: names::of("households", &row.household_id),
        amount_fen: row.amount_fen,
        method: i32::from(row.method),
        bill: row.bill_id.map(|bill| names::of("bills", bill)).unwrap_or_default(),
        document: row.document,
        expiry_date: Some(dates::to_proto(row.expires_on)),
        state: state.into(),
        reason: row.reason,
        payment: if state == PendingPaymentState::Confirmed {
            names::of("payments", row.id)
        } else {
            String::new()
        },
        create_time: Some(dates::timestamp(row.created_at)),
        settle_time: row.settled_at.map(dates::timestamp),
    }
}
