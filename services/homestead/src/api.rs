//! The gRPC services: read the request, call the stores, answer. No SQL here.

pub mod adjustment;
pub mod ageing;
pub mod bank_statement;
pub mod bill;
pub mod billing_run;
pub mod book_close;
pub mod cash;
pub mod correction;
pub mod dunning;
pub mod ledger;
pub mod parcel;
pub mod payment;
pub mod pending_payment;
pub mod plan;
pub mod portfolio;
pub mod survey;
pub mod tariff;
pub mod voucher;

use kit::{
    division::Division,
    error::{Error, Result},
};

/// Longest reason of a reversal or hand-over, in characters.
const LONGEST_REASON: usize = 200;

/// The code of the division that a list is about; empty means everything the caller may see.
fn division(field: &str, value: &str) -> Result<String> {
    if value.is_empty() {
        return Ok(String::new());
    }
    Ok(Division::parse(field, value)?.into_code())
}

/// A reason that a person gives.
fn reason(reason: &str) -> Result<&str> {
    let reason = reason.trim();
    match reason.chars().count() {
        0 => Err(Error::required("reason")),
        1..=LONGEST_REASON if !reason.contains('\0') => Ok(reason),
        _ => Err(Error::invalid("reason", reason, "1–200 characters")),
    }
}

/// Whether the rules of `division` concern a caller of `scope`: they hold for a division above or below it.
fn concerns(scope: &str, division: &str) -> bool {
    scope.starts_with(division) || division.starts_with(scope)
}
