//! The day of drivers who plan nothing, held against the independent checker.

use proptest::prelude::*;
use routing::{
    Facility, Params, Point, Problem, Reason, Road, Spec, Stop, Travel, Vehicle, Window, check, nearest_neighbour,
    solve, unwatched,
};

/// Stops on a line east of a station, at these metres.
fn line(metres: &[i32], demand_kg: i64, payload_kg: i64) -> Spec {
    let point = |x: &i32| Point {
        x: f64::from(*x),
        y: 0.0,
    };
    Spec {
        travel: Travel::Planar {
            points: std::iter::once(&0).chain(metres).map(point).collect(),
            road: Road::STRAIGHT,
        },
        stops: (1..=metres.len()).map(|place| Stop::new(place, demand_kg)).collect(),
        vehicles: vec![Vehicle::new(0, payload_kg)],
        facilities: vec![Facility::new(0)],
        choices: Vec::new(),
    }
}

fn order(problem: &Problem) -> Vec<Vec<usize>> {
    let solution = nearest_neighbour(problem);
    assert_eq!(check(problem, &solution), Ok(()));
    let trips = solution.routes.iter().flat_map(|route| &route.trips);
    trips
        .map(|trip| trip.visits.iter().map(|visit| visit.stop).collect())
        .collect()
}

#[test]
fn each_trip_goes_on_to_the_nearest_until_it_is_full() {
    let problem = line(&[100, -150, 300, 1_000, 210], 10, 30).build().expect("a problem");
    assert_eq!(order(&problem), [vec![0, 4, 2], vec![1, 3]]);
}

#[test]
fn what_is_aboard_or_locked_goes_first_and_a_short_shift_leaves_the_rest() {
    let mut spec = line(&[3_000, 1_000, 6_000], 10, 30);
    spec.vehicles[0].load_kg = 15;
    spec.vehicles[0].locked = vec![2];
    // Fifty minutes at 30 km/h are 25 km: 12 km of them for the locked stop, 6 km for the next trip.
    spec.vehicles[0].shift = Window::new(0, 3_000);
    assert_eq!(order(&spec.clone().build().expect("a problem")), [vec![2], vec![1, 0]]);
    spec.vehicles[0].shift = Window::new(0, 12 * 120);
    let problem = spec.build().expect("a problem");
    let solution = nearest_neighbour(&problem);
    assert_eq!(check(&problem, &solution), Ok(()));
    let left: Vec<_> = solution.unserved.iter().map(|one| (one.stop, one.reason)).collect();
    assert_eq!(left, [(0, Reason::NoRoom), (1, Reason::NoRoom)]);
}

fn problem() -> impl Strategy<Value = Problem> {
    let stop = (-9_000..9_000_i32, -9_000..9_000_i32, 0..40_i64, 0..3_i64, any::<bool>());
    let vehicle = (20..60_i64, 0..20_i64, 3_000..20_000_i64, any::<bool>());
    let stops = prop::collection::vec(stop, 1..40);
    let vehicles = prop::collection::vec(vehicle, 1..5);
    (stops, vehicles, 0..3_usize).prop_map(|(stops, vehicles, facilities)| {
        let place = |(x, y, ..): &(i32, i32, i64, i64, bool)| Point {
            x: f64::from(*x),
            y: f64::from(*y),
        };
        let home = Point { x: 0.0, y: 0.0 };
        let built = Spec {
            travel: Travel::Planar {
                points: std::iter::once(home).chain(stops.iter().map(place)).collect(),
                road: Road::RURAL,
            },
            stops: (1..)
                .zip(&stops)
                .map(|(place, (_, _, demand_kg, opens, optional))| Stop {
                    service_s: 60,
                    windows: vec![Window::new(opens * 1_000, opens * 1_000 + 6_000)],
                    penalty: optional.then_some(1_000),
                    max_gross_kg: optional.then_some(50),
                    ..Stop::new(place, *demand_kg)
                })
                .collect(),
            vehicles: vehicles
                .iter()
                .map(|(payload_kg, load_kg, close_s, _)| Vehicle {
                    gross_kg: *payload_kg,
                    load_kg: if *close_s > 4_000 { *load_kg } else { 0 },
                    shift: Window::new(0, *close_s),
                    max_trips: 3,
                    max_stops: 7,
                    max_kg: 2 * payload_kg,
                    cost_per_s: 1,
                    ..Vehicle::new(0, *payload_kg)
                })
                .collect(),
            facilities: (0..facilities).map(Facility::new).collect(),
            choices: Vec::new(),
        };
        built.build().expect("a problem")
    })
}

proptest! {
    #[test]
    fn keeps_every_limit(problem in problem()) {
        let solution = nearest_neighbour(&problem);
        prop_assert_eq!(check(&problem, &solution), Ok(()));
    }
}

#[test]
fn a_search_finds_shorter_ways() {
    let spread: Vec<i32> = (0..30).map(|number| number * 7_919 % 10_007 - 5_000).collect();
    let problem = line(&spread, 10, 100).build().expect("a problem");
    let found = solve(&problem, &Params::default(), &mut unwatched).objective;
    assert!(found < nearest_neighbour(&problem).objective);
}
