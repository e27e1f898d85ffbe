use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;
use crate::custody::Collected;

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
