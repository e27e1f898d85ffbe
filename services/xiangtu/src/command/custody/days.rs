//! Whether all trips of an export are here: its days and its end are signed by the service.

use std::collections::BTreeMap;

use kit::dates;
use proto::{google::r#type::Date, xiangtu::sanitation::v1::CustodyEnd};
use ring::signature::{ED25519, UnparsedPublicKey};
use sanitation_core::chain::{Day, Export};

use super::{File, Found, read::microseconds, sha256};

/// Holds the trips against the days, and the days against the end; `pinned` is the public key of the service in hex.
pub(super) fn check(file: &File, pinned: Option<&str>, found: &mut Found) {
    let Some(end) = &file.end else {
        found
            .faults
            .push("the file is cut short: its end is missing".to_owned());
        return;
    };
    let hex = hex::encode(&end.public_key);
    if let Some(pinned) = pinned.filter(|pinned| !pinned.eq_ignore_ascii_case(&hex)) {
        found
            .faults
            .push(format!("the export is signed with {hex}, not with {pinned}"));
    }
    found.service_key = hex;
    let mut here = days(file);
    let mut stated = Vec::new();
    for root in &file.days {
        let (division, date) = (&root.division, text(root.date));
        let day = here.remove(&(date.clone(), division.clone())).unwrap_or_default();
        let statement = day.bytes();
        let digest = hex::encode(sha256(&statement));
        if digest != root.sha256 || !signed(end, &statement, &root.signature) {
            let (expected, count) = (root.trip_count, day.trips.len());
            found.faults.push(format!(
                "{division} {date}: {expected} trips were exported, {count} are here, or one is another"
            ));
        } else {
            found.days += 1;
        }
        stated.push((division.clone(), date, root.sha256.clone()));
    }
    for (date, division) in here.into_keys() {
        found.faults.push(format!("{division} {date}: its root is missing"));
    }
    let export = Export {
        division: end.division.clone(),
        days_asked: (text(end.from_date), text(end.to_date)),
        at_us: microseconds(end.export_time.unwrap_or_default()),
        days: stated,
    };
    let all = i64::try_from(file.chains.len()) == Ok(end.trip_count);
    if !all || !signed(end, &export.bytes(), &end.signature) {
        let fault = "the end is not that of these days: one was left out, added or changed";
        found.faults.push(fault.to_owned());
    }
}

/// The trips that are here by day and township, as the service states them.
fn days(file: &File) -> BTreeMap<(String, String), Day> {
    let mut days: BTreeMap<(String, String), Day> = BTreeMap::new();
    for chain in &file.chains {
        let it = &chain.stated;
        let (date, division) = (text(it.date), it.division.clone());
        let day = days.entry((date.clone(), division.clone())).or_insert_with(|| {
            let trips = Vec::new();
            Day { division, date, trips }
        });
        day.trips
            .push((it.trip.clone(), it.hand_over_count.into(), it.last_digest.clone()));
    }
    for day in days.values_mut() {
        day.trips.sort();
    }
    days
}

fn signed(end: &CustodyEnd, statement: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, &end.public_key)
        .verify(statement, signature)
        .is_ok()
}

fn text(date: Option<Date>) -> String {
    dates::from_proto("date", date)
        .ok()
        .flatten()
        .map(|date| date.to_string())
        .unwrap_or_default()
}
