//! Public notices for the wire, and how names are masked on them.

use kit::{
    crypt::{Crypt, mask},
    dates,
    error::Result,
};
use proto::xiangtu::homestead::v1::{PublicNotice as Wire, PublicNoticeLine, PublicNoticeLineState};

use super::{ledger::HEAD_NAME, names};
use crate::store::public_notice::{Line, Posted, PublicNotice};

/// The lines of a new notice, in the order of its debtors.
pub fn lines_of(crypt: &Crypt, debtors: Vec<Posted>) -> Result<Vec<Line>> {
    let line = |(number, debtor): (i32, Posted)| {
        let head = crypt.open(HEAD_NAME, &debtor.head_name)?;
        Ok(Line {
            line_number: number,
            household_id: debtor.household_id,
            masked_name: mask::name(head.expose()),
            overdue_fen: debtor.overdue_fen,
            oldest_due_on: debtor.oldest_due_on,
            open_fen: debtor.overdue_fen,
            objecting: false,
        })
    };
    (1..).zip(debtors).map(line).collect()
}

/// A notice without its lines.
pub fn notice(row: &PublicNotice) -> Wire {
    Wire {
        name: names::of("publicNotices", row.id),
        division: names::of("divisions", &row.division_code),
        notice_number: row.notice_number,
        from_date: Some(dates::to_proto(row.from_on)),
        last_date: Some(dates::to_proto(row.last_on)),
        as_of: Some(dates::to_proto(row.as_of)),
        overdue_fen: row.overdue_fen,
        line_count: row.lines,
        lines: Vec::new(),
        drafter: row.drafted_by.clone(),
        create_time: Some(dates::timestamp(row.created_at)),
    }
}

/// A line and whether it still stands.
pub fn line(row: &Line) -> PublicNoticeLine {
    // A reversed payment can bring back no more than was posted.
    let open_fen = row.open_fen.clamp(0, row.overdue_fen);
    let state = match (open_fen, row.objecting) {
        (0, _) => PublicNoticeLineState::Paid,
        (_, true) => PublicNoticeLineState::Objected,
        (_, false) => PublicNoticeLineState::Posted,
    };
    PublicNoticeLine {
        line_number: row.line_number,
        household: names::of("households", &row.household_id),
        head_name_masked: row.masked_name.clone(),
        overdue_fen: row.overdue_fen,
        oldest_due_date: Some(dates::to_proto(row.oldest_due_on)),
        settled_fen: row.overdue_fen - open_fen,
        state: state.into(),
    }
}
