//! What every search promises, held against the independent checker.

use std::{collections::HashSet, ops::ControlFlow};

use proptest::prelude::*;
use routing::{
    Facility, Params, Plan, Point, Problem, Road, Solution, Spec, Stop, Travel, Vehicle, Window, check, solve,
    unwatched,
};

/// Stops scattered by a fixed rule, with demands of 1 to 20 kg.
fn scattered(count: usize, payload_kg: i64, facilities: &[usize]) -> Problem {
    let point = |index: usize| Point {
        x: f64::from(u32::try_from(index * 7_919 % 1_009).expect("small")) * 10.0,
        y: f64::from(u32::try_from(index * 104_729 % 1_013).expect("small")) * 10.0,
    };
    let stops = (1..=count).map(|place| Stop::new(place, 1 + i64::try_from(place * 31 % 20).expect("small")));
    Spec {
        travel: Travel::Planar {
            points: (0..=count).map(point).collect(),
            road: Road::STRAIGHT,
        },
        stops: stops.collect(),
        vehicles: vec![Vehicle::new(0, payload_kg); count],
        facilities: facilities.iter().map(|&place| Facility::new(place)).collect(),
        choices: Vec::new(),
    }
    .build()
    .expect("a valid problem")
}

fn searched(problem: &Problem, seed: u64, max_iterations: u64, threads: usize) -> Solution {
    let params = Params {
        seed,
        max_iterations,
        threads,
        start: None,
    };
    let solution = solve(problem, &params, &mut unwatched);
    assert_eq!(check(problem, &solution), Ok(()));
    solution
}

/// Stops, unloading and iterations with which a search cools once, breeds, divides the problem, or breeds with unloading.
const WAYS: [(usize, &[usize], u64); 4] = [
    (60, &[], 30_000),
    (30, &[], 240_000),
    (450, &[], 60_000),
    (10, &[0, 5], 70_000),
];

#[test]
fn the_same_seed_gives_the_same_solution_on_any_number_of_threads() {
    for (stops, facilities, iterations) in WAYS {
        let problem = scattered(stops, 100, facilities);
        for threads in [1, 2] {
            let twice: Vec<Solution> = (0..2).map(|_| searched(&problem, 7, iterations, threads)).collect();
            assert_eq!(twice[0], twice[1], "{stops} stops, {threads} threads");
        }
    }
}

#[test]
fn more_iterations_find_better_routes() {
    for facilities in [&[][..], &[0, 5]] {
        let problem = scattered(160, 100, facilities);
        let costs = [1, 500, 20_000].map(|iterations| searched(&problem, 1, iterations, 2).objective.cost);
        assert!(costs[0] > costs[1] && costs[1] > costs[2], "{costs:?}");
    }
}

#[test]
fn room_far_away_is_used_when_vehicles_are_few() {
    // 40 stops of 10 kg fill four vehicles of 100 kg to the last kilogram.
    let mut spec = scattered(40, 100, &[]).spec().clone();
    spec.stops.iter_mut().for_each(|stop| stop.demand_kg = 10);
    spec.vehicles.truncate(4);
    let problem = spec.build().expect("a valid problem");
    let solution = searched(&problem, 1, 50_000, 2);
    assert_eq!(solution.objective.missing, 0);
    assert_eq!(solution.routes.len(), 4);
}

#[test]
fn a_search_goes_on_from_its_own_plan_and_never_falls_behind_it() {
    let problem = scattered(100, 100, &[]);
    let first = searched(&problem, 3, 20_000, 1);
    let params = Params {
        seed: 4,
        max_iterations: 1,
        threads: 1,
        start: Some(Plan::from(&first)),
    };
    let second = solve(&problem, &params, &mut unwatched);
    assert_eq!(check(&problem, &second), Ok(()));
    assert!(second.objective <= first.objective);
}

#[test]
fn a_watcher_ends_the_search_at_its_next_call() {
    for (stops, facilities, _) in WAYS {
        let problem = scattered(stops, 100, facilities);
        let params = Params {
            max_iterations: u64::MAX,
            threads: 2,
            ..Params::default()
        };
        let (mut calls, mut iterations) = (0, Vec::new());
        let solution = solve(&problem, &params, &mut |progress| {
            calls += 1;
            iterations.push(progress.iterations);
            if calls < 20 {
                ControlFlow::Continue(0.5)
            } else {
                ControlFlow::Break(())
            }
        });
        assert_eq!(check(&problem, &solution), Ok(()));
        assert_eq!(
            iterations[19],
            iterations[iterations.len() - 1],
            "nothing is searched after the break"
        );
    }
}

/// Nanoseconds that this thread has run, whatever else the machine does meanwhile.
fn run_ns() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells it");
    let first = told.split_whitespace().next().expect("three numbers");
    first.parse().expect("a number")
}

/// A thousand stops with windows, whose first solution takes longest.
fn windowed() -> Problem {
    let mut spec = scattered(1_000, 100, &[]).spec().clone();
    for (index, stop) in spec.stops.iter_mut().enumerate() {
        let open_s = i64::try_from(index * 37 % 20_000).expect("small");
        stop.windows = vec![Window::new(open_s, open_s + 3_000)];
        stop.service_s = 90;
    }
    for vehicle in &mut spec.vehicles {
        vehicle.shift = Window::new(0, 30_000);
    }
    spec.build().expect("a valid problem")
}

#[test]
fn a_watcher_is_asked_every_few_milliseconds_from_the_beginning_on() {
    for problem in [windowed(), scattered(1_500, 100, &[]), scattered(1_000, 100, &[0, 5])] {
        let (mut longest, mut last) = (0, run_ns());
        let params = Params {
            max_iterations: 2_000,
            ..Params::default()
        };
        let solution = solve(&problem, &params, &mut |_| {
            let now = run_ns();
            longest = longest.max(now - last);
            last = run_ns();
            ControlFlow::Continue(0.0)
        });
        assert_eq!(solution.objective.missing, 0);
        assert!(longest < 50_000_000, "{longest} ns between two calls");
    }
}

#[test]
fn a_watcher_ends_the_first_solution_too() {
    for problem in [windowed(), scattered(1_500, 100, &[]), scattered(1_000, 100, &[0, 5])] {
        let mut all = 0;
        let count = |calls: &mut usize| {
            *calls += 1;
            ControlFlow::Continue(1.0)
        };
        let first = solve(&problem, &Params::default(), &mut |_| count(&mut all));
        assert_eq!(
            first.objective.missing, 0,
            "a budget that is used up lets it be finished"
        );
        for last in [1, all / 4, all / 2, all * 3 / 4] {
            let mut calls = 0;
            let solution = solve(&problem, &Params::default(), &mut |progress| {
                calls += 1;
                if calls < last {
                    return ControlFlow::Continue(0.0);
                }
                assert_eq!(check(&problem, &progress.solution()), Ok(()));
                ControlFlow::Break(())
            });
            assert!(calls <= last + 2, "{calls} calls, {last} wanted");
            assert_eq!(check(&problem, &solution), Ok(()));
            assert!(solution.objective.missing > 0, "{last} of {all} calls");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the demands, payload and number of vehicles: every stop is served once or named, and all numbers are right.
    #[test]
    fn every_solution_passes_the_checker(
        demands in prop::collection::vec(1_i64..50, 1..40),
        payload_kg in 20_i64..120,
        vehicles in 1_usize..12,
        penalty in prop::option::of(0_i64..20_000),
        unloading in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut spec = scattered(demands.len(), payload_kg, if unloading { &[0] } else { &[] }).spec().clone();
        for (stop, demand_kg) in spec.stops.iter_mut().zip(demands) {
            stop.demand_kg = demand_kg;
            stop.penalty = penalty;
        }
        spec.vehicles.truncate(vehicles);
        let problem = spec.build().expect("a valid problem");
        let solution = searched(&problem, seed, 3_000, 2);
        let mut named: Vec<usize> = solution.unserved.iter().map(|one| one.stop).collect();
        named.extend(solution.routes.iter().flat_map(|route| &route.trips).flat_map(|trip| &trip.visits).map(|visit| visit.stop));
        let different: HashSet<usize> = named.iter().copied().collect();
        prop_assert_eq!((named.len(), different.len()), (problem.spec().stops.len(), problem.spec().stops.len()));
    }
}
