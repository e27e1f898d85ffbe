//! Months that are made up: nothing is found where nothing is wrong, and what is planted is found where it lies.

use std::collections::{BTreeMap, BTreeSet};

use sanitation_core::{
    balance,
    custody::{Anomaly, Back, Collected, Course, Fault, Kind, Load, Rejection, Scale, Seal, SealState, Weighing},
    norms::Balance,
};
use time::{Date, Duration, OffsetDateTime, macros::date, macros::offset};

const FIRST: Date = date!(2025 - 06 - 01);
const DAYS: i64 = 30;
const STATIONS: usize = 5;
const TRIPS: i64 = 8;

/// Chance from a seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % u64::try_from(most).expect("positive")).expect("below")
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below(high - low + 1)
    }

    /// `kg` as a scale reads it that errs by so many per mille at most.
    fn read(&mut self, kg: i64, permille: i64) -> i64 {
        kg + kg * self.between(-permille, permille) / 1_000
    }
}

/// What is planted: kind, and mass that goes missing (or comes along, below zero).
type Planted = BTreeMap<String, (Fault, i64)>;

struct Month {
    days: BTreeMap<Date, Vec<Load>>,
    planted: Planted,
}

fn at(day: Date, minute: i64) -> OffsetDateTime {
    day.midnight().assume_offset(offset!(+8)) + Duration::minutes(minute)
}

fn weighed(net: i64, tare: i64) -> Weighing {
    Weighing {
        gross_kg: Some(net + tare),
        tare_kg: Some(tare),
        net_kg: Some(net),
    }
}

/// A load with nothing wrong.
fn load(trip: String, kind: Kind, day: Date, station: usize, minute: i64) -> Load {
    let scale = Scale {
        device: format!("W{station}"),
        used_on: day,
        calibrated_until: Some(day),
        in_place: true,
    };
    Load {
        vehicle: format!("V-{trip}"),
        trip,
        kind,
        date: day,
        township: format!("41022510{station}"),
        payload_kg: Some(if kind == Kind::Haul { 12_000 } else { 5_000 }),
        tare_kg: Some(5_500),
        station: format!("S{station}"),
        plant: (kind == Kind::Haul).then(|| "P".to_owned()),
        departed_at: at(day, minute),
        arrived_at: at(day, minute + 90),
        sent_count: 1,
        collected: Vec::new(),
        dispatched: None,
        received: None,
        scales: vec![scale],
        course: Course {
            seal: Some(Seal {
                put_on: Some("S1".to_owned()),
                found: Some((SealState::Intact, "S1".to_owned())),
                owed: true,
            }),
            ..Course::default()
        },
    }
}

/// A month of all stations; one load in `one_in` has something wrong, none for 0.
fn month(seed: u64, one_in: i64) -> Month {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut month = Month {
        days: BTreeMap::new(),
        planted: Planted::new(),
    };
    for offset in 0..DAYS {
        let day = FIRST + Duration::days(offset);
        let loads = month.days.entry(day).or_default();
        for station in 0..STATIONS {
            let mut came = 0;
            for trip in 0..TRIPS {
                let id = format!("T{offset}-{station}-{trip}");
                let fault = (one_in > 0 && chance.below(one_in) == 0).then(|| chance.below(9));
                let (load, net) = collection(
                    &mut chance,
                    load(id, Kind::Collection, day, station, 330 + trip * 60),
                    fault,
                    &mut month.planted,
                );
                came += net;
                loads.push(load);
            }
            let (mut left, mut trip) = (came * 97 / 100, 0);
            while left > 0 {
                let id = format!("H{offset}-{station}-{trip}");
                let fault = (one_in > 0 && chance.below(one_in) == 0).then(|| chance.below(4));
                let out = left.min(11_000);
                loads.push(haul(
                    &mut chance,
                    load(id, Kind::Haul, day, station, 900 + trip * 60),
                    out,
                    fault,
                    &mut month.planted,
                ));
                (left, trip) = (left - out, trip + 1);
            }
        }
    }
    month
}

/// A collection, and what came to the station.
fn collection(chance: &mut Chance, mut load: Load, fault: Option<i64>, planted: &mut Planted) -> (Load, i64) {
    let stops: Vec<i64> = (0..chance.between(3, 6)).map(|_| chance.between(400, 780)).collect();
    let aboard: i64 = stops.iter().sum();
    for (stop, n) in stops.iter().zip(1..) {
        load.collected.push(Collected {
            at: load.departed_at + Duration::minutes(n * 12),
            net_kg: Some(chance.read(*stop, 20)),
        });
    }
    let tare = chance.between(5_420, 5_580);
    let mut note = |fault, kg| {
        planted.insert(load.trip.clone(), (fault, kg));
    };
    let mut arrived = aboard;
    match fault {
        Some(0) => {
            let lost = aboard * chance.between(120, 250) / 1_000;
            arrived -= lost;
            note(Fault::NetShort, lost);
        }
        Some(1) if aboard < 3_800 => {
            let more = aboard * chance.between(120, 200) / 1_000;
            arrived += more;
            note(Fault::NetExcess, -more);
        }
        Some(2) => note(Fault::Duplicate, 0),
        Some(3) => note(Fault::MissingScale, 0),
        Some(4) => note(Fault::ClockBack, 0),
        Some(5) => note(Fault::ScaleMismatch, 0),
        Some(6) => note(Fault::TareOff, 0),
        Some(7) => note(Fault::DeviceUnfit, 0),
        Some(8) => note(Fault::SealBroken, 0),
        _ => {}
    }
    let net = arrived / 10 * 10;
    load.received = Some(weighed(net, tare));
    match planted.get(&load.trip).map(|planted| planted.0) {
        Some(Fault::Duplicate) => load.sent_count = 2,
        Some(Fault::MissingScale) => load.received = Some(Weighing::default()),
        Some(Fault::ClockBack) => load.arrived_at = load.departed_at - Duration::minutes(5),
        Some(Fault::ScaleMismatch) => {
            let gross_kg = Some(net + tare + 90);
            load.received = Some(Weighing {
                gross_kg,
                ..weighed(net, tare)
            });
        }
        Some(Fault::TareOff) => load.received = Some(weighed(net, tare + 400)),
        Some(Fault::DeviceUnfit) => load.scales[0].calibrated_until = load.date.previous_day(),
        Some(Fault::SealBroken) => {
            if let Some(seal) = &mut load.course.seal {
                seal.found = Some((SealState::Broken, "S1".to_owned()));
            }
        }
        _ => {}
    }
    (load, net)
}

fn haul(chance: &mut Chance, mut load: Load, out: i64, fault: Option<i64>, planted: &mut Planted) -> Load {
    load.tare_kg = Some(13_000);
    load.dispatched = Some(Weighing {
        net_kg: Some(out),
        ..Weighing::default()
    });
    let mut arrived = out;
    let mut note = |fault, kg| {
        planted.insert(load.trip.clone(), (fault, kg));
    };
    match fault {
        Some(0) if out > 2_000 => {
            let lost = out * chance.between(60, 200) / 1_000;
            arrived -= lost;
            note(Fault::HaulShort, lost);
        }
        Some(1) if (2_000..9_000).contains(&out) => {
            let more = out * chance.between(60, 200) / 1_000;
            arrived += more;
            note(Fault::HaulExcess, -more);
        }
        Some(2) if out > 4_000 => {
            let lost = chance.between(300, 900);
            note(Fault::ReturnShort, lost);
            load.course.rejection = Some(Rejection {
                net_kg: Some(3_000),
                back: Some(Back {
                    to: load.station.clone(),
                    net_kg: Some(3_000 - lost),
                }),
            });
        }
        _ => {}
    }
    load.received = Some(weighed(chance.read(arrived, 8), chance.between(12_900, 13_100)));
    load
}

fn found(month: &Month) -> Vec<Anomaly> {
    let norms = Balance::default();
    let mut waiting = BTreeMap::new();
    let mut found = Vec::new();
    for (day, loads) in &month.days {
        let balanced = balance::day(*day, loads, |_| &norms, &waiting);
        waiting = balanced
            .stations
            .iter()
            .map(|(id, node)| (id.clone(), node.returned_kg))
            .collect();
        found.extend(balanced.anomalies);
    }
    found
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    for seed in 0..40 {
        assert_eq!(found(&month(seed, 0)), [], "seed {seed}");
    }
}

#[test]
fn what_is_planted_is_found_where_it_lies_with_its_amount() {
    let (mut hits, mut told, mut planted) = (0, 0, 0);
    let mut kinds = BTreeSet::new();
    for seed in 0..40 {
        let month = month(seed, 25);
        let anomalies = found(&month);
        planted += month.planted.len();
        told += anomalies.len();
        for anomaly in anomalies {
            let trip = anomaly.trip.clone().unwrap_or_default();
            let Some((_, kg)) = month.planted.get(&trip).filter(|planted| planted.0 == anomaly.fault) else {
                continue;
            };
            hits += 1;
            kinds.insert(anomaly.fault);
            let (from, to) = (anomaly.from.as_str(), anomaly.to.as_str());
            match anomaly.fault {
                Fault::HaulShort | Fault::HaulExcess => assert!(from.starts_with('S') && to == "P", "{anomaly:?}"),
                Fault::ReturnShort => assert!(from == "P" && to.starts_with('S'), "{anomaly:?}"),
                _ if trip.starts_with('T') => assert!(from.starts_with('V') && to.starts_with('S'), "{anomaly:?}"),
                _ => {}
            }
            if let Some(masses) = anomaly.masses.filter(|_| *kg != 0) {
                let lost = masses.expected_kg - masses.found_kg;
                assert!(
                    (lost - kg).abs() <= masses.expected_kg * 3 / 100 + 20,
                    "{kg} kg planted: {anomaly:?}"
                );
            }
        }
    }
    println!("precision {hits}/{told}, recall {hits}/{planted}, kinds {kinds:?}");
    assert!(planted > 1_500 && kinds.len() == 12, "{planted} {kinds:?}");
    assert!(hits * 10 >= told * 9, "precision {hits}/{told}");
    assert!(hits * 10 >= planted * 9, "recall {hits}/{planted}");
}
