//! Plans of whole towns.

use std::ops::ControlFlow;

use echelons::{Params, Progress, Spec, Station, check, solve};
use proptest::{prelude::*, test_runner::RngSeed};

use crate::towns::{scattered, solved};

/// Towns of one to fourteen stations, with limits.
fn limited() -> impl Strategy<Value = Spec> {
    (
        1..15i32,
        0..60i32,
        0..1_000i32,
        20..400i64,
        1..9usize,
        0..200i64,
        0..5i64,
    )
        .prop_map(|(stations, stops, seed, capacity_kg, routes, opening, per_kg)| {
            let mut spec = scattered(stations, stops, seed);
            for station in spec.stations.iter_mut().skip(1).step_by(2) {
                *station = Station {
                    capacity_kg,
                    routes,
                    opening,
                    per_kg,
                };
            }
            spec.vehicles.fixed = opening;
            spec.trucks.fixed = 2 * opening;
            spec
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, rng_seed: RngSeed::Fixed(5), ..ProptestConfig::default() })]

    /// Whatever the town is like, the plan keeps every limit and is worth what it says, however early the search ends.
    #[test]
    fn every_plan_is_sound(spec in limited(), seed in 0..100u64, steps in 0..1_500u64) {
        let problem = spec.build().expect("a town");
        prop_assert_eq!(check(&problem, &solved(&problem, seed, steps)), vec![]);
    }

    /// A town whose trucks must all leave full is planned too.
    #[test]
    fn trucks_without_a_kilogram_to_spare(stations in 1..14i32, seed in 0..1_000i32) {
        let mut spec = scattered(stations, 40, seed);
        spec.trucks.count = 4;
        spec.trucks.payload_kg = 0;
        let short = 4 - spec.stops_kg.iter().sum::<i64>() % 4;
        spec.stops_kg[0] += short % 4;
        spec.vehicles.payload_kg = 60;
        spec.trucks.payload_kg = spec.stops_kg.iter().sum::<i64>() / 4;
        let problem = spec.build().expect("a town");
        let plan = solved(&problem, 1, 500);
        prop_assert_eq!(check(&problem, &plan), vec![]);
        prop_assert_eq!((plan.hauls.len(), plan.objective.missing), (4, 0));
    }
}

#[test]
fn the_same_seed_gives_the_same_plan() {
    let problem = scattered(11, 50, 3).build().expect("a town");
    assert_eq!(solved(&problem, 7, 3_000), solved(&problem, 7, 3_000));
}

#[test]
fn it_can_be_told_to_stop_and_tells_how_far_it_is() {
    let problem = scattered(5, 60, 4).build().expect("a town");
    let mut told: Vec<Progress> = Vec::new();
    let mut watch = |progress: &Progress| {
        told.push(*progress);
        if told.len() < 20 {
            ControlFlow::Continue(0.0)
        } else {
            ControlFlow::Break(())
        }
    };
    let params = Params {
        seed: 1,
        steps: u64::MAX,
    };
    let plan = solve(&problem, params, &mut watch);
    assert_eq!(check(&problem, &plan), vec![]);
    assert_eq!(told.len(), 20);
    assert!(
        told.is_sorted_by(|a, b| a.steps < b.steps && a.best >= b.best),
        "{told:?}"
    );
    assert!(plan.objective <= told[19].best && plan.objective < told[0].best);
}

#[test]
fn a_budget_of_the_watcher_ends_it() {
    let problem = scattered(4, 30, 5).build().expect("a town");
    let mut asked = 0;
    let mut watch = |_: &Progress| {
        asked += 1;
        ControlFlow::Continue(f64::from(asked) / 50.0)
    };
    let params = Params {
        seed: 1,
        steps: u64::MAX,
    };
    assert_eq!(check(&problem, &solve(&problem, params, &mut watch)), vec![]);
    assert_eq!(asked, 50);
}
