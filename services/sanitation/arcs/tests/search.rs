//! What every search promises, held against the independent checker.

use std::ops::ControlFlow;

use arcs::{
    Params, Problem, Reason, Refill, Road, Shift, Sides, Solution, Spec, Step, Task, Vehicle, Work, check, solve,
    unwatched,
};
use proptest::prelude::*;

/// A raster of streets 100 m apart; every third north-south street is one-way. Junction 0 is a corner.
fn raster(side: usize) -> Spec {
    let mut roads = Vec::new();
    for row in 0..side {
        for column in 0..side {
            let node = row * side + column;
            let mut street = |to: usize, oneway: bool| {
                roads.push(Road {
                    from: node,
                    to,
                    length_m: 100,
                    forward_s: Some(20),
                    backward_s: (!oneway).then_some(20),
                });
            };
            if column + 1 < side {
                street(node + 1, false);
            }
            if row + 1 < side {
                street(node + side, column % 3 == 1);
            }
        }
    }
    Spec {
        nodes: side * side,
        tasks: (0..roads.len())
            .map(|road| Task::new(road, 1 + number(road * 31 % 9), 60))
            .collect(),
        roads,
        vehicles: vec![Vehicle::new(0, 40); 12],
        refills: Vec::new(),
        turn_s: 0,
    }
}

fn number(value: usize) -> i64 {
    i64::try_from(value).expect("small")
}

fn refilled(side: usize) -> Spec {
    let mut spec = raster(side);
    spec.turn_s = 45;
    spec.refills = [side + 1, side * side - 1]
        .map(|node| Refill {
            node,
            service_s: 120,
            per_hour: Some(240),
            works: Vec::new(),
        })
        .into();
    spec.vehicles.truncate(3);
    for vehicle in &mut spec.vehicles {
        (vehicle.cost_per_s, vehicle.fixed_cost) = (2, 500);
        vehicle.shift = Shift {
            open_s: 1_000,
            close_s: 1_000 + 3 * 3_600,
        };
    }
    spec
}

fn searched(problem: &Problem, seed: u64, max_iterations: u64, threads: usize) -> Solution {
    let params = Params {
        seed,
        max_iterations,
        threads,
    };
    let solution = solve(problem, &params, &mut unwatched);
    assert_eq!(check(problem, &solution), Ok(()));
    solution
}

fn reasons(solution: &Solution) -> Vec<(usize, u32, Reason)> {
    solution
        .unserved
        .iter()
        .map(|one| (one.task, one.passes, one.reason))
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_solution_on_any_number_of_threads() {
    for spec in [raster(6), refilled(6)] {
        let problem = spec.build().expect("a valid problem");
        for threads in [1, 2] {
            let twice: Vec<Solution> = (0..2).map(|_| searched(&problem, 7, 6_000, threads)).collect();
            assert_eq!(twice[0], twice[1], "{threads} threads");
        }
    }
}

#[test]
fn more_iterations_find_better_routes() {
    for spec in [raster(7), refilled(7)] {
        let problem = spec.build().expect("a valid problem");
        let costs = [1, 100, 20_000].map(|iterations| searched(&problem, 1, iterations, 2).objective);
        assert!(costs[0] > costs[1] && costs[1] > costs[2], "{costs:?}");
    }
}

/// Every street once on a closed walk is all that is needed where every junction has an even number of them.
#[test]
fn a_ring_is_worked_without_deadheading() {
    let road = |from: usize| Road {
        from,
        to: (from + 1) % 20,
        length_m: 100,
        forward_s: Some(20),
        backward_s: Some(20),
    };
    let spec = Spec {
        nodes: 20,
        roads: (0..20).map(road).collect(),
        tasks: (0..20).map(|road| Task::new(road, 1, 60)).collect(),
        vehicles: vec![Vehicle::new(3, 100)],
        refills: Vec::new(),
        turn_s: 0,
    };
    let solution = searched(&spec.build().expect("a valid problem"), 1, 2_000, 1);
    assert_eq!((solution.objective.cost, solution.routes[0].deadhead_m), (2_000, 0));
}

#[test]
fn vehicles_refill_on_the_way_and_keep_their_shift() {
    let problem = refilled(6).build().expect("a valid problem");
    let solution = searched(&problem, 1, 20_000, 2);
    assert_eq!(reasons(&solution), []);
    let refills = solution.routes.iter().flat_map(|route| &route.steps);
    let refills = refills.filter(|step| matches!(step, Step::Refill { .. })).count();
    let load: i64 = problem.spec().tasks.iter().map(|task| task.demand).sum();
    let full = number(solution.routes.len()) * 40;
    assert!(
        number(refills) >= (load - full + 39) / 40,
        "{refills} refills for {load}"
    );
}

#[test]
fn both_sides_are_treated_in_their_directions_and_passes_are_counted() {
    let mut spec = raster(4);
    for task in &mut spec.tasks {
        (task.sides, task.passes) = (Sides::Both, 2);
    }
    let problem = spec.build().expect("a valid problem");
    let solution = searched(&problem, 1, 5_000, 1);
    let worked: i64 = solution.routes.iter().map(|route| route.worked_m).sum();
    assert_eq!(worked, number(problem.spec().roads.len()) * 4 * 100);
}

#[test]
fn turning_round_is_avoided_where_it_costs_more_than_the_way_round() {
    let turns = |solution: &Solution, spec: &Spec| {
        let road = |step: &Step| match *step {
            Step::Drive { road, forward, .. } => Some((road, forward)),
            Step::Work { task, forward, .. } => Some((spec.tasks[task].road, forward)),
            Step::Refill { .. } => None,
        };
        let back = |pair: &[Step]| match (road(&pair[0]), road(&pair[1])) {
            (Some(one), Some(two)) => one.0 == two.0 && one.1 != two.1,
            _ => false,
        };
        let pairs = solution.routes.iter().flat_map(|route| route.steps.windows(2));
        pairs.filter(|pair| back(pair)).count()
    };
    let counts = [0, 600].map(|turn_s| {
        let mut spec = raster(5);
        spec.turn_s = turn_s;
        spec.tasks.iter_mut().for_each(|task| task.sides = Sides::Both);
        spec.vehicles.iter_mut().for_each(|vehicle| vehicle.cost_per_s = 5);
        let problem = spec.build().expect("a valid problem");
        turns(&searched(&problem, 1, 3_000, 1), problem.spec())
    });
    assert!(counts[0] > 3 * counts[1], "{counts:?}");
}

#[test]
fn what_cannot_be_done_names_what_binds() {
    let mut spec = raster(4);
    spec.vehicles = vec![Vehicle::new(0, 40)];
    spec.tasks.truncate(6);
    spec.tasks[0].work = Work(7);
    spec.tasks[1].demand = 41;
    spec.tasks[2].service_s = 1 << 20;
    spec.vehicles[0].shift.close_s = 10_000;
    spec.nodes += 2;
    let island = Road {
        from: spec.nodes - 2,
        to: spec.nodes - 1,
        length_m: 10,
        forward_s: Some(1),
        backward_s: Some(1),
    };
    spec.roads.push(island);
    spec.tasks.push(Task::new(spec.roads.len() - 1, 1, 1));
    let solution = searched(&spec.build().expect("a valid problem"), 1, 1_000, 1);
    let told = [
        (0, 1, Reason::NoVehicle),
        (1, 1, Reason::TooMuch),
        (2, 1, Reason::OutsideShifts),
        (6, 1, Reason::NoWay),
    ];
    assert_eq!(reasons(&solution), told);
    assert_eq!(solution.objective.missing, 4);
}

#[test]
fn load_and_time_are_told_apart_when_they_run_out() {
    let only = |reason: Reason, change: &dyn Fn(&mut Spec)| {
        let mut spec = raster(5);
        spec.vehicles.truncate(1);
        change(&mut spec);
        let solution = searched(&spec.build().expect("a valid problem"), 1, 2_000, 1);
        let told = reasons(&solution);
        assert!(!told.is_empty() && told.iter().all(|one| one.2 == reason), "{told:?}");
    };
    only(Reason::NoLoad, &|_| {});
    only(Reason::NoTime, &|spec| {
        spec.vehicles[0].shift.close_s = 1_000;
        spec.vehicles[0].capacity = 10_000;
    });
    only(Reason::NotWorth, &|spec| {
        spec.vehicles[0].capacity = 10_000;
        spec.tasks.iter_mut().for_each(|task| task.penalty = Some(1));
    });
}

#[test]
fn a_watcher_ends_the_search_at_its_next_call() {
    for spec in [raster(7), refilled(7)] {
        let problem = spec.build().expect("a valid problem");
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
        assert_eq!(iterations[19], iterations[iterations.len() - 1]);
    }
}

#[test]
fn what_is_stated_wrongly_is_named() {
    let mut spec = raster(3);
    spec.tasks[2].road = 99;
    spec.tasks[3].passes = 0;
    spec.vehicles[1].start = 9;
    spec.roads[0].forward_s = None;
    spec.roads[0].backward_s = None;
    let refused = spec.build().expect_err("an invalid problem");
    let told: Vec<String> = refused.errors.iter().map(ToString::to_string).collect();
    let expected = [
        "roads[0]: must be open in one direction at least (is closed)",
        "tasks[2].road: must be the index of a road (is 99)",
        "tasks[3].passes: must be at least 1 (is 0)",
        "vehicles[1].start: must be the index of a junction (is 9)",
    ];
    assert_eq!(told, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever the loads, vehicles, directions, penalties and refills: every pass is done or named, and all numbers are right.
    #[test]
    fn every_solution_passes_the_checker(
        side in 3_usize..6,
        vehicles in 1_usize..6,
        capacity in 5_i64..60,
        turn_s in 0_u32..100,
        hours in 1_i64..6,
        penalty in prop::option::of(0_i64..20_000),
        both in any::<bool>(),
        water in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut spec = if water { refilled(side) } else { raster(side) };
        spec.turn_s = turn_s;
        for task in &mut spec.tasks {
            task.penalty = penalty;
            task.work = Work(u16::from(task.road % 4 == 0));
            task.sides = if both && task.road % 2 == 0 { Sides::Both } else { Sides::One };
        }
        spec.vehicles.resize(vehicles, Vehicle::new(0, capacity));
        for (index, vehicle) in spec.vehicles.iter_mut().enumerate() {
            vehicle.capacity = capacity;
            vehicle.works = if index % 2 == 0 { vec![Work(0)] } else { vec![Work(0), Work(1)] };
            vehicle.start = index % 2;
            vehicle.shift.close_s = vehicle.shift.open_s + hours * 3_600;
        }
        let problem = spec.build().expect("a valid problem");
        searched(&problem, seed, 600, 2);
    }
}
