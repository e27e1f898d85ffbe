//! Bills for the wire.

use kit::dates;
use proto::xiangtu::homestead::v1::{Bill as Wire, BillState};

use super::{limitation::Interruptions, names};
use crate::store::account::Bill;

/// A bill for the wire, without its explanation.
pub fn bill(row: &Bill, interruptions: &Interruptions) -> Wire {
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
        limitation_date: Some(dates::to_proto(
            interruptions.date(row.id, row.original_due_on.unwrap_or(row.due_on)),
        )),
        explanation: None,
        create_time: Some(dates::timestamp(row.created_at)),
        corrects: row.corrects.map(|bill| names::of("bills", bill)).unwrap_or_default(),
        credited_fen: row.credited_fen,
        further_relief_fen: row.remitted_fen,
        written_off_fen: row.written_off_fen,
        original_due_date: row.original_due_on.map(dates::to_proto),
    }
}
