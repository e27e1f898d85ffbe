//! Choices among ways to serve a place: a week planned as one problem.

use std::collections::HashSet;

use proptest::prelude::*;
use routing::{
    Choice, Params, Point, Problem, Reason, Road, Solution, Spec, Stop, Stream, Travel, Vehicle, check, solve,
    unwatched,
};

/// Customers at places 1 and so on, each of which may be visited on any of some days or on all of them; a vehicle a day.
fn week(points: Vec<Point>, days: u16, every_day: &[bool], most: u32) -> Spec {
    let customers = points.len() - 1;
    let (mut stops, mut choices) = (Vec::new(), Vec::new());
    for (customer, &always) in (0..customers).zip(every_day) {
        let first = stops.len();
        stops.extend((0..days).map(|day| Stop {
            stream: Stream(day),
            ..Stop::new(customer + 1, 10)
        }));
        let each = first..stops.len();
        let ways = if always {
            vec![each.collect()]
        } else {
            each.map(|stop| vec![stop]).collect()
        };
        choices.push(Choice { ways });
    }
    let vehicle = |day| Vehicle {
        stream: Stream(day),
        max_stops: most,
        ..Vehicle::new(0, 1_000)
    };
    Spec {
        travel: Travel::Planar {
            points,
            road: Road::STRAIGHT,
        },
        stops,
        vehicles: (0..days).map(vehicle).collect(),
        facilities: Vec::new(),
        choices,
    }
}

fn solved(spec: Spec) -> (Problem, Solution) {
    let problem = spec.build().expect("a valid problem");
    let params = Params {
        max_iterations: 4_000,
        threads: 2,
        ..Params::default()
    };
    let solution = solve(&problem, &params, &mut unwatched);
    assert_eq!(check(&problem, &solution), Ok(()));
    (problem, solution)
}

/// Length of the shortest round trip through some places.
fn round(spec: &Spec, places: &[usize]) -> i64 {
    fn rest(spec: &Spec, from: usize, left: &[usize]) -> i64 {
        let onward = left.iter().map(|&to| {
            let others: Vec<usize> = left.iter().copied().filter(|&other| other != to).collect();
            spec.travel.distance_m(from, to) + rest(spec, to, &others)
        });
        onward.min().unwrap_or_else(|| spec.travel.distance_m(from, 0))
    }
    if places.is_empty() { 0 } else { rest(spec, 0, places) }
}

/// The shortest week, by trying every way of every choice.
fn best(spec: &Spec) -> Option<i64> {
    let ways = spec.choices.iter().map(|choice| choice.ways.len());
    let all: usize = ways.product();
    let length = |mut number: usize| {
        let mut days = vec![Vec::new(); spec.vehicles.len()];
        for choice in &spec.choices {
            for &stop in &choice.ways[number % choice.ways.len()] {
                days[usize::from(spec.stops[stop].stream.0)].push(spec.stops[stop].place);
            }
            number /= choice.ways.len();
        }
        let fits = days.iter().all(|day| day.len() <= spec.vehicles[0].max_stops as usize);
        fits.then(|| days.iter().map(|day| round(spec, day)).sum())
    };
    (0..all).filter_map(length).min()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_week_is_as_short_as_the_best_of_all_ways(
        points in prop::collection::vec((0..100_i32, 0..100_i32), 2..6),
        every_day in prop::collection::vec(prop::bool::weighted(0.3), 5),
        days in 2..4_u16,
        most in 2..5_u32,
    ) {
        let points = points.into_iter().map(|(x, y)| Point { x: f64::from(x), y: f64::from(y) }).collect();
        let spec = week(points, days, &every_day, most);
        let expected = best(&spec);
        let (_, solution) = solved(spec);
        match expected {
            Some(cost) => prop_assert_eq!((solution.objective.missing, solution.objective.cost), (0, cost)),
            None => prop_assert!(solution.objective.missing > 0),
        }
    }
}

#[test]
fn stops_of_the_ways_not_taken_are_named_so() {
    let points = [0.0, 10.0, 20.0].map(|x| Point { x, y: 0.0 }).to_vec();
    let (problem, solution) = solved(week(points, 3, &[false, true], 5));
    let served: HashSet<usize> = solution
        .routes
        .iter()
        .flat_map(|route| &route.trips[0].visits)
        .map(|v| v.stop)
        .collect();
    assert_eq!((served.len(), solution.unserved.len()), (4, 2));
    assert!(
        solution
            .unserved
            .iter()
            .all(|one| one.reason == Reason::NotChosen && one.stop < 3)
    );
    // A way served in part, or two of them, is a broken promise.
    let mut spec = problem.spec().clone();
    spec.choices[0].ways = vec![vec![0, 1], vec![1, 2], vec![0, 2]];
    assert!(check(&spec.clone().build().expect("a valid problem"), &solution).is_err());
    spec.choices = vec![Choice {
        ways: vec![vec![3], vec![4], vec![5]],
    }];
    assert!(check(&spec.build().expect("a valid problem"), &solution).is_err());
}

#[test]
fn what_is_wrong_with_a_choice_is_named() {
    let points = [0.0, 10.0].map(|x| Point { x, y: 0.0 }).to_vec();
    let mut spec = week(points, 2, &[false], 5);
    spec.choices.push(Choice {
        ways: vec![vec![0], vec![], vec![7]],
    });
    let errors = spec.build().expect_err("an invalid problem").errors;
    let paths: Vec<&str> = errors.iter().map(|error| error.path.as_str()).collect();
    assert_eq!(
        paths,
        ["choices[1].ways[0][0]", "choices[1].ways[1]", "choices[1].ways[2][0]"]
    );
}

/// Of a choice that nobody has room for nothing is served, and it counts once.
#[test]
fn a_choice_without_room_is_missing_once() {
    let points = [0.0, 10.0, 20.0].map(|x| Point { x, y: 0.0 }).to_vec();
    let (_, solution) = solved(week(points, 2, &[true, true], 1));
    assert_eq!(solution.objective.missing, 1);
    assert_eq!(
        solution
            .unserved
            .iter()
            .filter(|one| one.reason == Reason::NoRoom)
            .count(),
        2
    );
}
