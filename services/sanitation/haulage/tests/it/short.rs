//! Days that cannot be had.

use std::ops::ControlFlow;

use haulage::{Cure, Params, Shortage, Spec, shortages};

use crate::days::{build, even, small, solved, station, truck};

fn missing(spec: Spec) -> Vec<Shortage> {
    let problem = build(spec);
    let plan = solved(&problem, 1, 2_000);
    let params = Params { seed: 1, steps: 500 };
    shortages(&problem, &plan, params, &mut || ControlFlow::Continue(()))
}

#[test]
fn a_day_that_can_be_had_lacks_nothing() {
    assert_eq!(missing(small()), []);
}

#[test]
fn too_few_trucks() {
    let mut spec = small();
    spec.stations = vec![station(30_000, &[(9 * 3_600, 25_000), (10 * 3_600, 25_000)])];
    let found = missing(spec);
    assert_eq!(
        (found[0].over_at_s, found[0].cures.contains(&Cure::Trucks)),
        (Some(10 * 3_600), true)
    );
    assert!(!found[0].cures.contains(&Cure::Intake) && !found[0].cures.contains(&Cure::Storage));
    assert!(
        found[0].over_kg > 0 && found[0].over_kg < 20_000,
        "as little as can be: {found:?}"
    );
}

#[test]
fn a_plant_that_takes_too_little() {
    let mut spec = small();
    spec.plants[0].intake_kg = 15_000;
    let found = missing(spec);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].late_kg, found[0].cures.as_slice()),
        (9_000, [Cure::Intake].as_slice())
    );
}

#[test]
fn shifts_that_end_too_early() {
    let mut spec = small();
    spec.stations[0].arrivals[2].at_s = 16 * 3_600;
    let found = missing(spec);
    assert_eq!(
        (found[0].late_kg, found[0].cures.as_slice()),
        (6_000, [Cure::Shifts].as_slice())
    );
}

#[test]
fn hours_that_end_too_early() {
    let mut spec = small();
    spec.stations[0].hours.closes_s = 11 * 3_600;
    assert_eq!(missing(spec)[0].cures, [Cure::Hours]);
}

#[test]
fn too_few_bays() {
    let mut spec = small();
    spec.stations = vec![station(40_000, &[(8 * 3_600, 36_000)])];
    spec.trucks = vec![truck(12_000, 0), truck(12_000, 0), truck(12_000, 0)];
    spec.load_s = 3 * 3_600;
    spec.stations[0].hours.closes_s = 16 * 3_600;
    let found = missing(spec);
    assert_eq!(found[0].late_kg, 12_000);
    assert!(
        found[0].cures.contains(&Cure::Bays) && !found[0].cures.contains(&Cure::Trucks),
        "{found:?}"
    );
}

#[test]
fn a_storage_that_one_delivery_fills() {
    let mut spec = small();
    spec.stations.push(station(5_000, &[(9 * 3_600, 6_000)]));
    spec.tables = vec![even(3, 1_800)];
    let found = missing(spec);
    assert_eq!(found.len(), 1);
    let expected = (1, Some(9 * 3_600), 1_000, [Cure::Storage].as_slice());
    let first = &found[0];
    assert_eq!(
        (first.station, first.over_at_s, first.over_kg, first.cures.as_slice()),
        expected
    );
}
