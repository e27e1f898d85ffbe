//! Corrections of bills for the wire.

use homestead_core::occupation::Stretch;
use kit::dates;
use proto::xiangtu::homestead::v1::{Correction, OccupiedDays};

use super::names;
use crate::store::reassessment::Reassessment;

/// A correction for the wire.
pub fn correction(row: &Reassessment) -> Correction {
    let named = |collection: &str, id: Option<uuid::Uuid>| id.map(|id| names::of(collection, id)).unwrap_or_default();
    Correction {
        name: names::of("corrections", row.id),
        bill: names::of("bills", row.bill_id),
        household: names::of("households", &row.household_id),
        division: names::of("divisions", &row.division_code),
        cause: row.cause.clone(),
        before: row.before.iter().map(days).collect(),
        after: row.after.iter().map(days).collect(),
        gross_fen: row.gross_fen,
        relief_fen: row.relief_fen,
        entry: named("entries", row.entry_id),
        further_bill: named("bills", row.supplement_id),
        create_time: Some(dates::timestamp(row.recorded_at)),
        posted_fen: row.posted_fen,
    }
}

fn days(stretch: &Stretch) -> OccupiedDays {
    OccupiedDays {
        from_date: Some(dates::to_proto(stretch.days.from())),
        until_date: Some(dates::to_proto(stretch.days.until())),
        over_occupied_dm2: stretch.over_dm2,
    }
}
