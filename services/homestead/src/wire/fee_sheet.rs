//! The sheet that explains a household's fee of a year, for the wire and for print.

mod text;

use homestead_core::tariff::Tariff;
use kit::dates;
use proto::xiangtu::homestead::v1::{Bill, FeeExplanation, FeeSheet, FeeSheetBill};
use time::Date;

use super::limitation::Interruptions;
use crate::store::account;

/// A bill of the sheet. Its discount is offered until the last day on which it can be earned, unless it was earned.
pub fn bill(
    row: &account::Bill,
    tariff: &Tariff,
    explanation: Option<FeeExplanation>,
    interruptions: &Interruptions,
    (today, granted): (Date, bool),
) -> FeeSheetBill {
    let explained = explanation
        .as_ref()
        .is_some_and(|explanation| explanation.discount.is_some());
    let offered = tariff
        .discount
        .filter(|_| explained && !granted && row.outstanding_fen > 0);
    let last_day = offered.and_then(|discount| discount.last_day(row.issued_on));
    let last_day = last_day.filter(|last| today <= *last);
    FeeSheetBill {
        bill: Some(Bill {
            explanation,
            ..super::bill::bill(row, interruptions)
        }),
        discount_date: last_day.map(dates::to_proto),
    }
}

/// Adds the sums and the text to a sheet that has everything else.
pub fn complete(mut sheet: FeeSheet) -> FeeSheet {
    let sum = |amount: fn(&Bill) -> i64| {
        sheet
            .bills
            .iter()
            .filter_map(|bill| bill.bill.as_ref())
            .map(amount)
            .sum()
    };
    let (gross_fen, relief_fen): (i64, i64) = (sum(|bill| bill.gross_fen), sum(|bill| bill.relief_fen));
    let (paid_fen, outstanding_fen) = (sum(|bill| bill.paid_fen), sum(|bill| bill.outstanding_fen));
    let offered = sheet.bills.iter().filter(|bill| bill.discount_date.is_some());
    let discounts = offered.filter_map(|bill| explanation(bill)?.discount);
    sheet.discount_fen = discounts.map(|discount| discount.saved_fen).sum();
    let last = sheet.bills.last().and_then(explanation);
    sheet.recovered_dm2 = last.map_or(0, |explanation| explanation.recovered_dm2);
    (sheet.gross_fen, sheet.relief_fen) = (gross_fen, relief_fen);
    sheet.net_fen = paid_fen + outstanding_fen;
    sheet.changed_fen = gross_fen - relief_fen - sheet.net_fen;
    (sheet.paid_fen, sheet.outstanding_fen) = (paid_fen, outstanding_fen);
    sheet.text_zh = text::text(&sheet);
    sheet
}

fn explanation(bill: &FeeSheetBill) -> Option<&FeeExplanation> {
    bill.bill.as_ref()?.explanation.as_ref()
}
