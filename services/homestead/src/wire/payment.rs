//! Payments: checked on the way in, put together on the way out.

use kit::{
    dates,
    division::{Division, Level},
    error::{Error, Result, Violation},
};
use prost::Message as _;
use proto::xiangtu::homestead::v1::{Payment as Wire, PaymentAllocation, PaymentMethod};
use sha2::{Digest as _, Sha256};
use time::Date;
use uuid::Uuid;

use super::names;
use crate::store::{payment::Payment, posting::Posted};

/// Largest amount of one payment: a billion yuan.
const LARGEST_FEN: i64 = 100_000_000_000;
/// Longest reference of a document, in characters.
const LONGEST_DOCUMENT: usize = 64;

/// A payment as a caller states it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    pub division_code: String,
    pub household_id: String,
    pub amount_fen: i64,
    pub method: PaymentMethod,
    /// `None` means today.
    pub paid_on: Option<Date>,
    pub bill_id: Option<Uuid>,
    pub collector: String,
    pub document: String,
}

/// Checks a payment; `path` is its place in the request. All mistakes are reported at once.
pub fn stated(path: &str, payment: Option<&Wire>, today: Date) -> Result<Stated> {
    let payment = payment.ok_or_else(|| Error::required(path))?;
    let mut mistakes = Vec::new();
    let at = |field: &str| format!("{path}.{field}");
    let division_code = take(&mut mistakes, village(&at("division"), &payment.division));
    let household_id = take(
        &mut mistakes,
        names::id("households", &at("household"), &payment.household),
    );
    if !(1..=LARGEST_FEN).contains(&payment.amount_fen) {
        mistakes.push(Violation::new(
            at("amount_fen"),
            payment.amount_fen,
            "1–100,000,000,000",
        ));
    }
    let method = payment.method();
    if method == PaymentMethod::Unspecified {
        mistakes.push(Violation::new(at("method"), payment.method, "cash, bank or mobile"));
    }
    let paid_on = take(
        &mut mistakes,
        dates::from_proto(&at("payment_date"), payment.payment_date),
    )
    .flatten();
    if let Some(day) = paid_on.filter(|day| *day > today) {
        mistakes.push(Violation::new(
            at("payment_date"),
            day,
            format!("not after today, {today}"),
        ));
    }
    let bill_id = if payment.bill.is_empty() {
        None
    } else {
        take(&mut mistakes, names::uid("bills", &at("bill"), &payment.bill))
    };
    let collector = if payment.collector.is_empty() {
        if method == PaymentMethod::Cash {
            mistakes.push(Violation::new(at("collector"), "", "required for cash"));
        }
        ""
    } else {
        take(&mut mistakes, names::id("cadres", &at("collector"), &payment.collector)).unwrap_or_default()
    };
    if payment.document.chars().count() > LONGEST_DOCUMENT || payment.document.contains('\0') {
        mistakes.push(Violation::new(
            at("document"),
            &payment.document,
            "at most 64 characters",
        ));
    }
    match (division_code, household_id) {
        (Some(division_code), Some(household_id)) if mistakes.is_empty() => Ok(Stated {
            division_code,
            household_id: household_id.to_owned(),
            amount_fen: payment.amount_fen,
            method,
            paid_on,
            bill_id,
            collector: collector.to_owned(),
            document: payment.document.clone(),
        }),
        _ => Err(Error::invalid_many(mistakes)),
    }
}

/// The code of a village.
pub fn village(field: &str, value: &str) -> Result<String> {
    let division = Division::parse(field, value)?;
    if division.level() == Level::Village {
        Ok(division.into_code())
    } else {
        Err(Error::invalid(field, value, "a village, 12 digits"))
    }
}

fn take<T>(mistakes: &mut Vec<Violation>, result: Result<T>) -> Option<T> {
    result
        .map_err(|error| mistakes.extend(error.violations().iter().cloned()))
        .ok()
}

/// A request id, which is required.
pub fn request_id(request_id: &str) -> Result<Uuid> {
    if request_id.is_empty() {
        return Err(Error::required("request_id"));
    }
    Uuid::try_parse(request_id).map_err(|_| {
        Error::invalid(
            "request_id",
            request_id,
            "a UUID, for example 0197a3c0-7c1e-7000-8000-000000000001",
        )
    })
}

/// Digest of what a caller states, in one form whatever way the names were written.
pub fn digest(stated: &Stated) -> Vec<u8> {
    Sha256::digest(wire(stated).encode_to_vec()).to_vec()
}

/// What the caller stated, without what the ledger adds.
pub fn wire(stated: &Stated) -> Wire {
    Wire {
        division: names::of("divisions", &stated.division_code),
        household: names::of("households", &stated.household_id),
        amount_fen: stated.amount_fen,
        method: stated.method.into(),
        payment_date: stated.paid_on.map(dates::to_proto),
        bill: bill(stated.bill_id),
        collector: cadre(&stated.collector),
        document: stated.document.clone(),
        ..Wire::default()
    }
}

/// The answer to a payment that stands in the ledger.
pub fn posted(id: Uuid, stated: &Stated, posted: Posted) -> Wire {
    Wire {
        name: names::of("payments", id),
        payment_date: posted.effective_on.map(dates::to_proto),
        receipt_number: posted.receipt_number.unwrap_or_default(),
        allocations: allocations(posted.bills, posted.parts),
        advance_fen: posted.advance_fen.unwrap_or_default(),
        post_time: posted.posted_at.map(dates::timestamp),
        ..wire(stated)
    }
}

/// A payment read from the ledger.
pub fn read(row: Payment) -> Wire {
    let name = names::of("payments", row.id);
    Wire {
        plan: row
            .order_version
            .map(|version| names::of("plans", version))
            .unwrap_or_default(),
        reversal: if row.reversed {
            format!("{name}/reversal")
        } else {
            String::new()
        },
        name,
        division: names::of("divisions", &row.division_code),
        household: names::of("households", &row.household_id),
        amount_fen: row.amount_fen,
        method: i32::from(row.method),
        payment_date: Some(dates::to_proto(row.effective_on)),
        bill: bill(row.named_bill),
        collector: cadre(&row.collector),
        document: row.document,
        receipt_number: row.receipt_number,
        allocations: allocations(row.bills, row.parts),
        advance_fen: row.advance_fen,
        post_time: Some(dates::timestamp(row.posted_at)),
    }
}

/// `cadres/{id}`, or nothing for nobody.
pub fn cadre(id: &str) -> String {
    if id.is_empty() {
        String::new()
    } else {
        names::of("cadres", id)
    }
}

fn bill(id: Option<Uuid>) -> String {
    id.map(|id| names::of("bills", id)).unwrap_or_default()
}

fn allocations(bills: Option<Vec<Uuid>>, parts: Option<Vec<i64>>) -> Vec<PaymentAllocation> {
    let pairs = bills.unwrap_or_default().into_iter().zip(parts.unwrap_or_default());
    pairs
        .map(|(bill, amount_fen)| PaymentAllocation {
            bill: names::of("bills", bill),
            amount_fen,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    const TODAY: Date = date!(2024 - 12 - 31);

    fn payment() -> Wire {
        Wire {
            division: "divisions/410225001213".into(),
            household: "households/H1".into(),
            amount_fen: 100,
            method: PaymentMethod::Cash.into(),
            collector: "cadres/C1".into(),
            ..Wire::default()
        }
    }

    #[test]
    fn all_mistakes_come_at_once() {
        let bad = Wire {
            division: "410225001".into(),
            household: "H1".into(),
            amount_fen: 0,
            payment_date: Some(dates::to_proto(date!(2025 - 01 - 01))),
            bill: "bills/7".into(),
            document: "长".repeat(65),
            ..Wire::default()
        };
        let error = stated("payment", Some(&bad), TODAY).expect_err("seven mistakes");
        let fields: Vec<_> = error
            .violations()
            .iter()
            .map(|violation| violation.field.as_str())
            .collect();
        let expected = [
            "division",
            "household",
            "amount_fen",
            "method",
            "payment_date",
            "bill",
            "document",
        ];
        assert_eq!(fields, expected.map(|field| format!("payment.{field}")));
        assert!(stated("payment", None, TODAY).is_err());
    }

    #[test]
    fn cash_needs_a_collector_and_other_money_does_not() {
        let without = |method: PaymentMethod| Wire {
            collector: String::new(),
            method: method.into(),
            ..payment()
        };
        assert!(stated("payment", Some(&without(PaymentMethod::Cash)), TODAY).is_err());
        assert!(stated("payment", Some(&without(PaymentMethod::Bank)), TODAY).is_ok());
    }

    #[test]
    fn the_digest_is_of_what_was_meant() {
        let digest_of = |payment: &Wire| digest(&stated("payment", Some(payment), TODAY).expect("valid"));
        let bare = Wire {
            division: "410225001213".into(),
            receipt_number: 7,
            ..payment()
        };
        assert_eq!(digest_of(&payment()), digest_of(&bare));
        assert_ne!(
            digest_of(&payment()),
            digest_of(&Wire {
                amount_fen: 101,
                ..payment()
            })
        );
    }
}
