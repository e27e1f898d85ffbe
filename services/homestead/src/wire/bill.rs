//! Bills for the wire.

use kit::dates;
use proto::xiangtu::homestead::v1::{Bill as Wire, BillState};
use time::Date;

use super::names;
use crate::store::account::Bill;

/// Years after which a claim is time-barred (民法典第一百八十八条).
const LIMITATION_YEARS: i32 = 3;

/// A bill for the wire, without its explanation.
pub fn bill(row: &Bill) -> Wire {
    let state = if row.outstanding_fen > 0 {
        BillState::Open
    } else {
        BillState::Settled
    };
    Wire {
        name: names::of("bills", row.id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        billing_run: if row.corrects.is_none() {
            names::of("billingRuns", row.run_id)
        } else {
            String::new()
        },
        from_date: Some(dates::to_proto(row.from_on)),
        until_date: Some(dates::to_proto(row.until_on)),
        issue_date: Some(dates::to_proto(row.issued_on)),
        due_date: Some(dates::to_proto(row.due_on)),
        over_occupied_dm2: row.over_dm2,
        relief_class: row.relief_class.map(i32::from).unwrap_or_default(),
        gross_fen: row.gross_fen,
        relief_fen: row.relief_fen,
        paid_fen: row.paid_fen,
        outstanding_fen: row.outstanding_fen,
        state: state.into(),
        limitation_date: Some(dates::to_proto(limitation(row.due_on))),
        explanation: None,
        create_time: Some(dates::timestamp(row.created_at)),
        corrects: row.corrects.map(|bill| names::of("bills", bill)).unwrap_or_default(),
        credited_fen: row.credited_fen,
        further_relief_fen: row.remitted_fen,
        written_off_fen: row.written_off_fen,
    }
}

/// The same day three years later; 28 February where that year has no 29th.
fn limitation(due_on: Date) -> Date {
    let year = due_on.year() + LIMITATION_YEARS;
    due_on
        .replace_year(year)
        .or_else(|_| Date::from_calendar_date(year, due_on.month(), 28))
        .unwrap_or(due_on)
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn claims_are_barred_after_three_years() {
        assert_eq!(limitation(date!(2024 - 12 - 31)), date!(2027 - 12 - 31));
        assert_eq!(limitation(date!(2024 - 02 - 29)), date!(2027 - 02 - 28));
    }
}
