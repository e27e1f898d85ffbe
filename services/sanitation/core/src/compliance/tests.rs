use proptest::prelude::*;

use super::*;
use crate::{norms::StationClass, reach::Relay};

const AT: Position = Position { lng: 114.8, lat: 34.8 };

fn bins(number: usize, sealed: bool) -> Vec<Bin> {
    let bin = Bin {
        sealed,
        position: AT,
        point: Some(AT),
    };
    vec![bin; number]
}

fn check(report: &Report, rule: Rule) -> &Check {
    report
        .checks
        .iter()
        .find(|check| check.rule == rule)
        .expect("every rule is checked")
}

#[test]
fn counts_bins_against_households() {
    let village = Village {
        households: 412,
        bins: bins(38, true),
        points: Vec::new(),
        ..Village::default()
    };
    let report = assess(&village, &Norms::default());
    assert_eq!((report.required_bins, report.full_marks_bins), (42, 83));
    assert!(!report.compliant && report.marks_permille == 0);
    let count = check(&report, Rule::BinCount);
    assert_eq!((count.missing, count.found), (4, Some(Share::new(38, 42))));
    assert_eq!(
        count.text.zh,
        "户数 412，需垃圾桶 42 只（每 10 户 1 只），现有 38 只，缺 4 只"
    );
}

#[test]
fn marks_rise_from_the_fewest_to_the_full() {
    let marks = |number| {
        let village = Village {
            households: 100,
            bins: bins(number, true),
            points: Vec::new(),
            ..Village::default()
        };
        assess(&village, &Norms::default()).marks_permille
    };
    assert_eq!(
        (marks(9), marks(10), marks(15), marks(20), marks(40)),
        (0, 600, 800, 1_000, 1_000)
    );
}

#[test]
fn radii_count_bins_beyond() {
    let north = |metres: f64| Position {
        lat: AT.lat + metres / 111_195.0,
        ..AT
    };
    let bin = |metres| Bin {
        sealed: true,
        position: north(metres),
        point: Some(AT),
    };
    let mut village = Village {
        households: 10,
        bins: vec![bin(150.0), bin(250.0), bin(1_500.0)],
        points: Vec::new(),
        ..Village::default()
    };
    village.bins.push(Bin {
        sealed: false,
        position: AT,
        point: None,
    });
    let report = assess(&village, &Norms::default());
    let cart = check(&report, Rule::CartRadius);
    assert_eq!((cart.missing, cart.farthest_m), (1, Some(1_500)));
    assert_eq!(check(&report, Rule::PointRadius).found, Some(Share::new(1, 3)));
    assert_eq!(check(&report, Rule::BinSealed).missing, 1);
    assert!(report.compliant, "only the number of bins is required");
    let required = Norms {
        required: vec![Rule::BinCount, Rule::CartRadius],
        ..Norms::default()
    };
    assert!(!assess(&village, &required).compliant);
}

#[test]
fn points_out_of_reach_and_too_small() {
    let point = |reach| Point {
        capacity_l: 400,
        daily_g: 120_000,
        reach,
    };
    let relay = Reach::Relay(Relay {
        to: 0,
        distance_m: 700,
        needs_motor: false,
    });
    let village = Village {
        households: 10,
        bins: bins(2, true),
        points: vec![
            point(Reach::Truck),
            point(relay),
            point(Reach::TooFar { nearest_m: Some(4_000) }),
        ],
        ..Village::default()
    };
    let report = assess(&village, &Norms::default());
    let motor = check(&report, Rule::MotorRadius);
    assert_eq!(
        (motor.found, motor.missing, motor.farthest_m),
        (Some(Share::new(1, 2)), 1, Some(4_000))
    );
    assert_eq!(check(&report, Rule::PointVolume).missing, 3 * 80);
}

#[test]
fn an_empty_village_meets_everything() {
    let report = assess(&Village::default(), &Norms::default());
    assert!(report.compliant && report.checks.iter().all(|check| check.passed && check.found.is_none()));
}

#[test]
fn households_beyond_the_radius_are_counted() {
    let hamlet = |households, clustered, nearest_m| Hamlet {
        households,
        clustered,
        nearest_m,
    };
    let village = Village {
        households: 100,
        hamlets: vec![
            hamlet(40, None, Some(150)),
            hamlet(30, Some(true), Some(71)),
            hamlet(20, Some(true), Some(70)),
            hamlet(10, None, Some(201)),
        ],
        ..Village::default()
    };
    let report = assess(&village, &Norms::default());
    let radius = check(&report, Rule::HouseholdRadius);
    assert_eq!(
        (radius.found, radius.missing, radius.farthest_m),
        (Some(Share::new(60, 100)), 40, Some(201))
    );
}

#[test]
fn kitchen_waste_and_cleaners() {
    let mut village = Village {
        households: 100,
        collections: vec![1, 2, 0, 1, 1, 1, 0],
        residents: 1_001,
        cleaners: 2,
        ..Village::default()
    };
    let mut norms = Norms::default();
    let report = assess(&village, &norms);
    let kitchen = check(&report, Rule::KitchenFrequency);
    assert_eq!((kitchen.found, kitchen.missing), (Some(Share::new(5, 7)), 2));
    assert_eq!(kitchen.text.zh, "厨余垃圾每日应收运 1 次：近 7 天中 5 天达到，缺 2 天");
    assert!(
        check(&report, Rule::CleanerCount).found.is_none(),
        "the source plan asks for no number"
    );
    norms.staff.residents_per_cleaner = 500;
    norms.frequency.kitchen_per_day = 2;
    let report = assess(&village, &norms);
    assert_eq!(check(&report, Rule::KitchenFrequency).missing, 6);
    assert_eq!(check(&report, Rule::CleanerCount).missing, 1);
    village.collections = vec![0; 7];
    assert_eq!(check(&assess(&village, &norms), Rule::KitchenFrequency).missing, 7);
}

#[test]
fn stations_are_held_to_their_design_and_class() {
    let stations = Norms::default().stations;
    let station = |capacity_kg, days_kg: &[i64]| Station {
        capacity_kg,
        days_kg: days_kg.to_vec(),
    };
    let small = assess_station(&station(30_000, &[25_000, 31_500, 20_000]), &stations);
    assert_eq!((small.passed, small.missing_kg, small.mean_kg), (false, 1_500, 25_500));
    assert_eq!(small.within, Some(Share::new(2, 3)));
    assert_eq!(
        small.load.zh,
        "设计 30.0 吨/日；3 天日均进站 25.5 吨，最高 31.5 吨，1 天超过设计能力"
    );
    let low = assess_station(&station(149_000, &[150_000]), &stations);
    assert_eq!((low.designed, low.needed), (StationClass::Small, StationClass::Medium));
    assert!(assess_station(&station(450_000, &[450_000]), &stations).passed);
    let idle = assess_station(&station(30_000, &[]), &stations);
    assert!(idle.passed && idle.within.is_none());
}

proptest! {
    #[test]
    fn missing_bins_are_exactly_what_makes_it_pass(households in 0..5_000i64, number in 0..700usize, each in 1..20i64) {
        let mut norms = Norms::default();
        norms.bins.households_per_bin = each;
        norms.bins.households_per_bin_full_marks = (each / 2).max(1);
        let village = |number| Village { households, bins: bins(number, true), points: Vec::new(), ..Village::default() };
        let report = assess(&village(number), &norms);
        let missing = check(&report, Rule::BinCount).missing;
        prop_assert_eq!(report.compliant, missing == 0);
        prop_assert!((0..=1_000).contains(&report.marks_permille));
        let added = number + usize::try_from(missing).expect("not negative");
        prop_assert!(assess(&village(added), &norms).compliant);
        if missing > 0 {
            prop_assert!(!assess(&village(added - 1), &norms).compliant);
        }
    }

    #[test]
    fn more_bins_never_give_fewer_marks(households in 0..2_000i64, number in 0..400usize) {
        let marks = |number| assess(&Village { households, bins: bins(number, true), points: Vec::new(), ..Village::default() }, &Norms::default()).marks_permille;
        prop_assert!(marks(number) <= marks(number + 1));
    }
}
