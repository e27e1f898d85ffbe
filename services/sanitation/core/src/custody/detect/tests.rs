use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;
use crate::custody::{Back, Collected, Course, Rejection, Scale, Seal, SealState};

fn weighed(net: i64) -> Weighing {
    Weighing {
        gross_kg: Some(4_300 + net),
        tare_kg: Some(4_300),
        net_kg: Some(net),
    }
}

fn load(onboard: &[i64], net: i64) -> Load {
    let stop = |net: &i64| Collected {
        at: datetime!(2024-03-01 06:30 +8),
        net_kg: Some(*net),
    };
    Load {
        trip: "T1".to_owned(),
        kind: Kind::Collection,
        date: date!(2024 - 03 - 01),
        township: "410225107".to_owned(),
        vehicle: "V1".to_owned(),
        payload_kg: Some(3_000),
        tare_kg: None,
        scales: Vec::new(),
        course: Course::default(),
        station: "S1".to_owned(),
        plant: None,
        departed_at: datetime!(2024-03-01 06:00 +8),
        arrived_at: datetime!(2024-03-01 07:00 +8),
        sent_count: 1,
        collected: onboard.iter().map(stop).collect(),
        dispatched: None,
        received: Some(weighed(net)),
    }
}

fn haul(dispatched: i64, delivered: i64) -> Load {
    Load {
        kind: Kind::Haul,
        plant: Some("P1".to_owned()),
        payload_kg: Some(12_000),
        collected: Vec::new(),
        dispatched: Some(Weighing {
            net_kg: Some(dispatched),
            ..Weighing::default()
        }),
        received: Some(weighed(delivered)),
        ..load(&[], 0)
    }
}

fn faults(load: &Load) -> Vec<Fault> {
    detect(load, &Balance::default()).iter().map(|a| a.fault).collect()
}

#[test]
fn ordinary_loads_are_quiet() {
    for load in [
        load(&[1_500, 1_450], 2_990),
        load(&[3_000], 3_050),
        load(&[18], 10),
        load(&[3], 0),
        haul(11_040, 10_883),
    ] {
        assert_eq!(faults(&load), [], "{load:?}");
    }
}

#[test]
fn each_fault_is_told_once() {
    assert_eq!(faults(&load(&[3_005], 3_360)), [Fault::Overload]);
    assert_eq!(faults(&load(&[466], 405)), [Fault::NetShort]);
    assert_eq!(faults(&load(&[1_000], 1_200)), [Fault::NetExcess]);
    assert_eq!(faults(&haul(11_000, 10_500)), [Fault::HaulShort]);
    assert_eq!(faults(&haul(11_000, 11_400)), [Fault::HaulExcess]);
    let twice = Load {
        sent_count: 2,
        ..load(&[500], 500)
    };
    assert_eq!(faults(&twice), [Fault::Duplicate]);
    let unweighed = Load {
        received: Some(Weighing::default()),
        ..load(&[500], 0)
    };
    assert_eq!(faults(&unweighed), [Fault::MissingScale]);
    let back = Load {
        arrived_at: datetime!(2024-03-01 05:50 +8),
        ..load(&[500], 500)
    };
    assert_eq!(faults(&back), [Fault::ClockBack]);
    let wrong = Load {
        received: Some(Weighing {
            gross_kg: Some(4_000),
            ..weighed(500)
        }),
        ..load(&[500], 500)
    };
    assert_eq!(faults(&wrong), [Fault::ScaleMismatch]);
}

#[test]
fn scales_count_while_calibrated_and_in_place() {
    let scale = |until, in_place| Load {
        scales: vec![Scale {
            device: "W1".to_owned(),
            used_on: date!(2024 - 03 - 01),
            calibrated_until: until,
            in_place,
        }],
        ..load(&[500], 500)
    };
    assert_eq!(faults(&scale(Some(date!(2024 - 03 - 01)), true)), []);
    assert_eq!(faults(&scale(Some(date!(2024 - 02 - 29)), true)), [Fault::DeviceUnfit]);
    assert_eq!(faults(&scale(None, true)), [Fault::DeviceUnfit]);
    let both = detect(&scale(None, false), &Balance::default());
    assert_eq!(both.len(), 1);
    assert_eq!(
        both[0].text,
        "W1 had no calibration on 2024-03-01; W1 belongs to neither side"
    );
}

#[test]
fn a_tare_is_held_against_the_register() {
    // 2 % of 4,300 kg and 50 kg are 136 kg.
    let of = |registered| Load {
        tare_kg: Some(registered),
        ..load(&[500], 500)
    };
    assert_eq!(faults(&of(4_300)), []);
    assert_eq!(faults(&of(4_170)), []);
    let found = detect(&of(4_150), &Balance::default());
    let masses = Masses {
        expected_kg: 4_150,
        found_kg: 4_300,
        tolerance_kg: 133,
    };
    assert_eq!((found[0].fault, found[0].masses), (Fault::TareOff, Some(masses)));
}

#[test]
fn seals_are_found_as_they_were_put_on() {
    let of = |put_on: Option<&str>, found: Option<(SealState, &str)>, owed| Load {
        course: Course {
            seal: Some(Seal {
                put_on: put_on.map(str::to_owned),
                found: found.map(|(state, number)| (state, number.to_owned())),
                owed,
            }),
            ..Course::default()
        },
        ..haul(11_000, 10_950)
    };
    assert_eq!(faults(&of(Some("S1"), Some((SealState::Intact, "S1")), true)), []);
    assert_eq!(faults(&of(Some("S1"), None, false)), []);
    for (put_on, found) in [
        (Some("S1"), Some((SealState::Broken, "S1"))),
        (Some("S1"), Some((SealState::Missing, ""))),
        (Some("S1"), Some((SealState::Intact, "S2"))),
        (None, Some((SealState::Intact, "S2"))),
        (Some("S1"), None),
    ] {
        assert_eq!(
            faults(&of(put_on, found, true)),
            [Fault::SealBroken],
            "{put_on:?} {found:?}"
        );
    }
}

#[test]
fn what_stays_aboard_is_expected_of_the_next_trip() {
    let with = |carried_kg, residue_kg, net| Load {
        course: Course {
            carried_kg,
            residue_kg,
            ..Course::default()
        },
        ..load(&[1_000], net)
    };
    assert_eq!(faults(&with(0, 300, 700)), []);
    assert_eq!(faults(&with(300, 0, 1_300)), []);
    let found = detect(&with(0, 0, 700), &Balance::default());
    assert_eq!(found[0].fault, Fault::NetShort);
    let found = detect(&with(300, 100, 1_000), &Balance::default());
    assert_eq!(
        found[0].text,
        "1200 kg given (with 300 kg aboard before, less 100 kg that stayed), 1000 kg received: 200 kg short, 80 kg allowed"
    );
}

#[test]
fn what_is_refused_comes_back_as_it_left() {
    let back = |net| Back {
        to: "S1".to_owned(),
        net_kg: net,
    };
    let of = |net_kg, back| Load {
        course: Course {
            rejection: Some(Rejection { net_kg, back }),
            ..Course::default()
        },
        ..haul(11_000, 10_950)
    };
    assert_eq!(faults(&of(Some(4_000), Some(back(Some(3_950))))), []);
    assert_eq!(faults(&of(Some(4_000), Some(back(None)))), []);
    assert_eq!(faults(&of(Some(4_000), None)), [Fault::ReturnMissing]);
    assert_eq!(faults(&of(Some(4_000), Some(back(Some(4_500))))), [Fault::ReturnExcess]);
    let found = detect(&of(Some(4_000), Some(back(Some(3_000)))), &Balance::default());
    let arc = (found[0].fault, found[0].from.as_str(), found[0].to.as_str());
    assert_eq!(arc, (Fault::ReturnShort, "P1", "S1"));
    assert_eq!(
        found[0].masses.map(|m| (m.expected_kg, m.found_kg, m.tolerance_kg)),
        Some((4_000, 3_000, 100))
    );
    // Refused at the gate: what was weighed is what was refused.
    let gate = Load {
        received: None,
        ..of(Some(10_950), Some(back(Some(10_950))))
    };
    assert_eq!(faults(&gate), []);
}

#[test]
fn the_reckoning_names_the_masses() {
    let found = detect(&load(&[466], 405), &Balance::default());
    let masses = Masses {
        expected_kg: 466,
        found_kg: 405,
        tolerance_kg: 43,
    };
    assert_eq!(found[0].masses, Some(masses));
    assert_eq!((found[0].from.as_str(), found[0].to.as_str()), ("V1", "S1"));
    assert_eq!(
        found[0].text_zh,
        "交出 466 公斤，接收 405 公斤，短少 61 公斤，允差 43 公斤"
    );
}

proptest! {
    #[test]
    fn inside_the_tolerance_is_quiet_and_outside_is_not(sent in 0..3_000i64, off in -400..400i64) {
        let net = (sent + off).max(0);
        let tolerance = Balance::default().onboard.around(sent);
        let found = faults(&load(&[sent], net));
        let over = net > 3_000 + Balance::default().overload.around(3_000);
        prop_assert_eq!(found.is_empty(), !over && (net - sent).abs() <= tolerance);
        prop_assert!(found.len() <= 1);
    }
}
