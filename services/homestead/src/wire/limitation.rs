//! When bills become time-barred.

use std::collections::BTreeMap;

use homestead_core::limitation::{self, Kind};
use time::Date;
use uuid::Uuid;

use crate::store::{
    arrears::Barred,
    limitation::{AGREEMENT, Interruption, NOTICE_SERVED},
};

/// Interruptions by bill, with its original due date.
#[derive(Debug, Default)]
pub struct Interruptions(BTreeMap<Uuid, (Date, Vec<limitation::Interruption>)>);

impl Interruptions {
    /// Sorts rows by bill.
    pub fn new(rows: Vec<Interruption>) -> Self {
        let mut by_bill: BTreeMap<Uuid, (Date, Vec<limitation::Interruption>)> = BTreeMap::new();
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
            let (_, events) = by_bill.entry(row.bill_id).or_insert_with(|| (row.due_on, Vec::new()));
            events.push(interruption);
        }
        Self(by_bill)
    }

    /// First day on which the claim of a bill is barred.
    pub fn date(&self, bill: Uuid, due_on: Date) -> Date {
        limitation::date(due_on, self.0.get(&bill).map_or(&[], |(_, events)| events))
    }

    /// The same of every bill that something interrupted, and of others by their due dates.
    pub fn dates(&self, due_on: Vec<Date>) -> Barred {
        let (bills, bills_on) = self
            .0
            .iter()
            .map(|(bill, (due_on, events))| (bill, limitation::date(*due_on, events)))
            .unzip();
        Barred {
            bills,
            bills_on,
            due_barred_on: due_on.iter().map(|day| limitation::date(*day, &[])).collect(),
            due_on,
        }
    }
}
