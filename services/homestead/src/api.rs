//! The gRPC services: read the request, call the stores, answer. No SQL here.

pub mod adjustment;
pub mod ageing;
mod assessment;
pub mod bank_statement;
pub mod bill;
pub mod billing_run;
pub mod book_close;
pub mod cash;
pub mod collection;
pub mod correction;
pub mod dunning;
pub mod instalment;
pub mod ledger;
pub mod objection;
pub mod parcel;
pub mod payment;
pub mod pending_payment;
pub mod plan;
pub mod portfolio;
pub mod public_notice;
pub mod report;
pub mod survey;
pub mod tariff;
pub mod voucher;

use homestead_core::span::Span;
use kit::{
    db::Tx,
    division::Division,
    error::{Error, Result},
};
use time::{Date, Month};

use crate::{
    store::household::{self, Household},
    wire::names,
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

/// The calendar year of a field `year`.
fn year(year: i32) -> Result<Span> {
    let refused = || Error::invalid("year", year, "2000–2099");
    if !(2000..2100).contains(&year) {
        return Err(refused());
    }
    let first = |year| Date::from_calendar_date(year, Month::January, 1);
    let (first, next) = (
        first(year).map_err(|_| refused())?,
        first(year + 1).map_err(|_| refused())?,
    );
    Span::new(first, next).ok_or_else(refused)
}

/// Whether the rules of `division` concern a caller of `scope`: they hold for a division above or below it.
fn concerns(scope: &str, division: &str) -> bool {
    scope.starts_with(division) || division.starts_with(scope)
}

/// The household that a call is about.
async fn household(tx: &mut Tx, name: &str) -> Result<Household> {
    let id = names::id("households", "household", name).map_err(|_| Error::not_found(name))?;
    household::household_get(tx, id)
        .await?
        .ok_or_else(|| Error::not_found(name))
}
