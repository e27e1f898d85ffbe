//! When bills become time-barred.

use std::collections::BTreeMap;

use homestead_core::limitation::{self, Kind};
use time::Date;
use uuid::Uuid;

use crate::store::limitation::{AGREEMENT, Interruption, NOTICE_SERVED};

/// Interruptions by bill.
#[derive(Debug, Default)]
pub struct Interruptions(BTreeMap<Uuid, Vec<limitation::Interruption>>);

impl Interruptions {
    /// Sorts rows by bill.
    pub fn new(rows: Vec<Interruption>) -> Self {
        let mut by_bill: BTreeMap<Uuid, Vec<limitation::Interruption>> = BTreeMap::new();
        for row in rows {
            let kind = match row.kind {
                NOTICE_SERVED => Kind::NoticeServed,
                AGREEMENT => Kind::Agreement,
                _ => Kind::PartPayment,
            };
            let interruption = limitation::Interruption {
                on: row.effective_on,
                kind,
            };
            by_bill.entry(row.bill_id).or_default().push(interruption);
        }
        Self(by_bill)
    }

    /// First day on which the claim of a bill is barred.
    pub fn date(&self, bill: Uuid, due_on: Date) -> Date {
        limitation::date(due_on, self.0.get(&bill).map_or(&[], Vec::as_slice))
    }
}
