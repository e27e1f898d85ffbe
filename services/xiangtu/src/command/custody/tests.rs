use std::{fmt::Write as _, fs, path::PathBuf};

use prost::Message as _;
use prost_types::Timestamp;
use proto::google::r#type::Date;
use proto::xiangtu::sanitation::v1::{
    CustodyChain, CustodyDay, CustodyEnd, CustodyRecord, HandOverKind, Signature, custody_record::Record,
};
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::*;

const VEHICLE: &str = "vehicles/V1";
const STATION: &str = "facilities/S1";

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key")
}

fn key(name: &str, holder: &str, seed: u8) -> SigningKey {
    SigningKey {
        name: name.to_owned(),
        holder: holder.to_owned(),
        public_key: pair(seed).public_key().as_ref().to_vec(),
        valid_from: Some(Timestamp { seconds: 0, nanos: 0 }),
        ..SigningKey::default()
    }
}

/// Signs, and gives position and digests.
fn chained(mut hand_overs: Vec<HandOver>) -> Vec<HandOver> {
    let mut previous = String::new();
    for (hand_over, position) in hand_overs.iter_mut().zip(1..) {
        let statement = link(hand_over).statement.bytes();
        let sign = |name: &str, seed| {
            Some(Signature {
                signer: name.to_owned(),
                value: pair(seed).sign(&statement).as_ref().to_vec(),
            })
        };
        (hand_over.giver, hand_over.receiver) = (sign("signingKeys/K1", 1), sign("signingKeys/K2", 2));
        hand_over.position = position;
        hand_over.name = format!("{}/handOvers/{position}", hand_over.trip);
        hand_over.previous_digest.clone_from(&previous);
        hand_over.digest = hex::encode(link(hand_over).reckoned(sha256));
        previous.clone_from(&hand_over.digest);
    }
    hand_overs
}

const DIVISION: &str = "divisions/410225108";
const MARCH: [&str; 2] = ["2024-03-30", "2024-03-31"];

fn day_of(text: &str) -> Option<Date> {
    dates::parse("date", text).ok().map(dates::to_proto)
}

/// A trip of a day with three weighings.
fn trip(id: &str, day: &str) -> Vec<Record> {
    let name = format!("trips/{id}");
    let weighing = |net: i64| HandOver {
        trip: name.clone(),
        kind: HandOverKind::Received.into(),
        from: VEHICLE.to_owned(),
        to: STATION.to_owned(),
        hand_over_time: Some(Timestamp {
            seconds: 1_711_800_000,
            nanos: 0,
        }),
        net_kg: Some(net),
        version: 1,
        ..HandOver::default()
    };
    let hand_overs = chained(vec![weighing(500), weighing(600), weighing(700)]);
    let chain = CustodyChain {
        trip: name.clone(),
        hand_over_count: 3,
        last_digest: hand_overs[2].digest.clone(),
        division: DIVISION.to_owned(),
        date: day_of(day),
    };
    let hand_overs = hand_overs.into_iter().map(Record::HandOver);
    std::iter::once(Record::Chain(chain)).chain(hand_overs).collect()
}

/// A file of these days, each with its trips, as a service with the key of `seed` exports it.
fn exported(days: &[(&str, &[&str])], seed: u8) -> Vec<Record> {
    let keys = [key("signingKeys/K1", VEHICLE, 1), key("signingKeys/K2", STATION, 2)];
    let mut records: Vec<Record> = keys.into_iter().map(Record::SigningKey).collect();
    let (mut statement, mut count) = ("xiangtu custody export 1\ndivision=\n".to_owned(), 0);
    statement += "from_date=2024-03-30\nto_date=2024-03-31\ntime=1711900000000001\n";
    for (day, ids) in days {
        let mut lines = format!("xiangtu custody day 1\ndivision={DIVISION}\ndate={day}\n");
        for id in *ids {
            let trip = trip(id, day);
            if let Record::Chain(chain) = &trip[0] {
                let _ = writeln!(lines, "trip={} 3 {}", chain.trip, chain.last_digest);
            }
            records.extend(trip);
            count += 1;
        }
        let digest = hex::encode(sha256(lines.as_bytes()));
        let _ = writeln!(statement, "day={DIVISION} {day} {digest}");
        records.push(Record::Day(CustodyDay {
            division: DIVISION.to_owned(),
            date: day_of(day),
            trip_count: i32::try_from(ids.len()).expect("few"),
            sha256: digest,
            signature: pair(seed).sign(lines.as_bytes()).as_ref().to_vec(),
        }));
    }
    records.push(Record::End(CustodyEnd {
        trip_count: count,
        from_date: day_of(MARCH[0]),
        to_date: day_of(MARCH[1]),
        export_time: Some(Timestamp {
            seconds: 1_711_900_000,
            nanos: 1_000,
        }),
        signature: pair(seed).sign(statement.as_bytes()).as_ref().to_vec(),
        public_key: pair(seed).public_key().as_ref().to_vec(),
        ..CustodyEnd::default()
    }));
    records
}

fn whole() -> Vec<Record> {
    exported(&[(MARCH[1], &["T1"])], 7)
}

fn file(name: &str, records: &[Record]) -> PathBuf {
    let records = records
        .iter()
        .cloned()
        .map(|record| CustodyRecord { record: Some(record) });
    let bytes: Vec<u8> = records
        .flat_map(|record| record.encode_length_delimited_to_vec())
        .collect();
    let path = std::env::temp_dir().join(format!("xiangtu-custody-{}-{name}", std::process::id()));
    fs::write(&path, bytes).expect("written");
    path
}

fn faults(name: &str, records: &[Record], pinned: &[String]) -> Vec<String> {
    verify(&file(name, records), pinned, None, true).expect("read").faults
}

/// The hand-over at a position, to be changed.
fn at(records: &mut [Record], position: i32) -> &mut HandOver {
    let found = records.iter_mut().find_map(|record| match record {
        Record::HandOver(hand_over) if hand_over.position == position => Some(hand_over),
        _ => None,
    });
    found.expect("a hand-over")
}

fn first_key(records: &mut [Record]) -> &mut SigningKey {
    match &mut records[0] {
        Record::SigningKey(key) => key,
        _ => unreachable!("keys come first"),
    }
}

#[test]
fn a_file_is_verified_alone() {
    let found = verify(&file("whole", &whole()), &[], None, true).expect("read");
    assert_eq!((found.days, found.late), (1, 0));
    assert_eq!(found.faults, Vec::<String>::new());
    assert_eq!(
        (found.trips, found.hand_overs, found.signatures, found.unsigned),
        (1, 3, 6, 0)
    );
    let pinned: Vec<String> = [1, 2].map(|seed| hex::encode(pair(seed).public_key())).to_vec();
    assert!(faults("pinned", &whole(), &pinned).is_empty());
    assert_eq!(faults("other", &whole(), &pinned[..1]).len(), 3);
}

#[test]
fn the_first_broken_link_is_named() {
    let mut changed = whole();
    at(&mut changed, 2).net_kg = Some(601);
    assert_eq!(
        faults("changed", &changed, &[]),
        [
            "trips/T1: hand-over 2 is not as it was recorded",
            "trips/T1/handOvers/2: the signature by signingKeys/K1 does not fit",
            "trips/T1/handOvers/2: the signature by signingKeys/K2 does not fit",
        ]
    );
    let mut removed = whole();
    removed.retain(|record| !matches!(record, Record::HandOver(hand_over) if hand_over.position == 2));
    assert_eq!(
        faults("removed", &removed, &[]),
        [
            "trips/T1: hand-over 3 is not as it was recorded",
            "trips/T1: 3 hand-overs were exported, 2 are here, or the last is another",
        ]
    );
    let mut cut = whole();
    cut.pop();
    assert_eq!(faults("cut", &cut, &[]), ["the file is cut short: its end is missing"]);
    // Whoever can write the chain anew still has no signatures.
    let mut anew = whole();
    at(&mut anew, 3).net_kg = Some(1);
    let digest = hex::encode(link(at(&mut anew, 3)).reckoned(sha256));
    at(&mut anew, 3).digest.clone_from(&digest);
    for record in &mut anew {
        if let Record::Chain(chain) = record {
            chain.last_digest.clone_from(&digest);
        }
    }
    assert_eq!(faults("anew", &anew, &[]).len(), 3, "two signatures and the day");
}

#[test]
fn a_trip_or_a_day_that_is_left_out_is_noticed() {
    let days: &[(&str, &[&str])] = &[(MARCH[0], &["A1", "A2"]), (MARCH[1], &["B1"])];
    let whole = exported(days, 7);
    let found = verify(&file("days", &whole), &[], None, true).expect("read");
    assert_eq!(
        (found.faults.as_slice(), found.days, found.trips),
        ([].as_slice(), 2, 3)
    );
    let without = |trip: &str, day: &str| {
        let mut records = whole.clone();
        records.retain(|record| match record {
            Record::Chain(chain) => chain.trip != trip,
            Record::HandOver(hand_over) => hand_over.trip != trip,
            Record::Day(root) => root.date != day_of(day),
            _ => true,
        });
        records
    };
    let lacking = "divisions/410225108 2024-03-30: 2 trips were exported, 1 are here, or one is another";
    let end = "the end is not that of these days: one was left out, added or changed";
    let mut trip_gone = without("trips/A2", "");
    assert_eq!(faults("trip-gone", &trip_gone, &[]), [lacking, end]);
    // Whoever has no key of the service cannot help it by another number at the end.
    for record in &mut trip_gone {
        if let Record::End(end) = record {
            end.trip_count = 2;
        }
    }
    assert_eq!(faults("trip-and-count", &trip_gone, &[]), [lacking]);
    assert_eq!(faults("day-gone", &without("trips/B1", MARCH[1]), &[]), [end]);
    assert_eq!(
        faults("root-gone", &without("", MARCH[1]), &[]),
        ["divisions/410225108 2024-03-31: its root is missing", end]
    );
    // Whoever signs anew has another key.
    let anew = exported(&days[..1], 8);
    let right = hex::encode(pair(7).public_key());
    assert_eq!(faults("anew-any", &anew, &[]), Vec::<String>::new());
    let found = verify(&file("anew-pinned", &anew), &[], Some(&right), true).expect("read");
    assert_eq!(found.faults.len(), 1);
    assert!(found.faults[0].ends_with(&right), "{:?}", found.faults);
}

#[test]
fn what_came_after_the_revocation_needs_the_other_side() {
    let revoked = |both: bool| {
        let mut records = whole();
        for record in &mut records {
            match record {
                Record::SigningKey(key) if both || key.name == "signingKeys/K1" => {
                    (key.revoke_from, key.revoke_time) = (seconds(1_711_800_500), seconds(1_711_801_000));
                }
                Record::HandOver(hand_over) => {
                    let came = 1_711_800_999 + i64::from(hand_over.position == 3);
                    hand_over.record_time = seconds(came);
                }
                _ => {}
            }
        }
        records
    };
    let found = verify(&file("late", &revoked(false)), &[], None, true).expect("read");
    assert_eq!((found.faults.as_slice(), found.late), ([].as_slice(), 1));
    let fault = "trips/T1/handOvers/3: came after its keys had been revoked, and nobody else has signed";
    assert_eq!(faults("late-both", &revoked(true), &[]), [fault]);
}

fn seconds(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds, nanos: 0 })
}

#[test]
fn keys_hold_for_their_holder_and_time() {
    let mut cases: Vec<(&str, Vec<Record>, &str)> = Vec::new();
    let mut with = |name, change: fn(&mut SigningKey), fault| {
        let mut records = whole();
        change(first_key(&mut records));
        cases.push((name, records, fault));
    };
    with(
        "holder",
        |key| key.holder = STATION.to_owned(),
        "is a key of facilities/S1, not of vehicles/V1",
    );
    with(
        "ended",
        |key| {
            key.valid_until = Some(Timestamp {
                seconds: 1_711_800_000,
                nanos: 0,
            });
        },
        "did not hold at that time",
    );
    with(
        "revoked",
        |key| {
            key.revoke_from = Some(Timestamp {
                seconds: 1_711_799_999,
                nanos: 0,
            });
        },
        "did not hold at that time",
    );
    with(
        "early",
        |key| {
            key.valid_from = Some(Timestamp {
                seconds: 1_711_800_001,
                nanos: 0,
            });
        },
        "did not hold at that time",
    );
    with(
        "forged",
        |key| key.public_key = pair(9).public_key().as_ref().to_vec(),
        "does not fit",
    );
    with(
        "gone",
        |key| key.name = "signingKeys/K9".to_owned(),
        "is not in the file",
    );
    for (name, records, fault) in cases {
        let found = faults(name, &records, &[]);
        assert_eq!(found.len(), 3, "{name}: {found:?}");
        assert!(found.iter().all(|text| text.contains(fault)), "{name}: {found:?}");
    }
    let mut unsigned = whole();
    at(&mut unsigned, 3).giver = None;
    let digest = hex::encode(link(at(&mut unsigned, 3)).reckoned(sha256));
    at(&mut unsigned, 3).digest.clone_from(&digest);
    let found = verify(&file("unsigned", &unsigned), &[], None, false).expect("read");
    assert_eq!(
        (found.unsigned, found.faults.len()),
        (1, 1),
        "only the end differs: {:?}",
        found.faults
    );
    assert!(faults("missing", &unsigned, &[]).contains(&"trips/T1/handOvers/3: vehicles/V1 has not signed".to_owned()));
}
