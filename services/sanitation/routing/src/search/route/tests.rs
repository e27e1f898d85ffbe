//! What is computed anew only where a route changed is what computing all of it gives.

use super::Route;
use crate::search::net::{Net, narrow};
use crate::search::rng::Rng;
use crate::{Break, Point, Problem, Road, Spec, Stop, Travel, Vehicle, Window};

const STOPS: usize = 30;

/// Stops in a small square, two in three with a window, for vehicles whose seconds cost something or nothing.
fn problem(per_s: i64, breaks: Vec<Break>) -> Problem {
    let mut rng = Rng::new(5, 0);
    let mut draw = |most: usize| i64::from(narrow(rng.below(most)));
    let mut point = || Point {
        x: f64::from(i32::try_from(draw(900)).expect("small")),
        y: f64::from(i32::try_from(draw(900)).expect("small")),
    };
    let points = (0..=STOPS).map(|_| point()).collect();
    let stop = |place: usize| {
        let open_s = draw(3_000);
        let windows = if place.is_multiple_of(3) {
            Vec::new()
        } else {
            vec![Window::new(open_s, open_s + 2_000)]
        };
        Stop {
            windows,
            service_s: 20,
            ..Stop::new(place, 1)
        }
    };
    Spec {
        travel: Travel::Planar {
            points,
            road: Road::STRAIGHT,
        },
        stops: (1..=STOPS).map(stop).collect(),
        vehicles: vec![Vehicle {
            shift: Window::new(0, 6_000),
            cost_per_s: per_s,
            breaks,
            ..Vehicle::new(0, 1_000)
        }],
        facilities: Vec::new(),
        choices: Vec::new(),
    }
    .build()
    .expect("a valid problem")
}

#[test]
fn a_changed_route_is_known_as_well_as_a_new_one() {
    let lunch = Break {
        begin: Window::new(1_000, 4_000),
        duration_s: 300,
    };
    for (per_s, breaks) in [(0, vec![]), (2, vec![]), (2, vec![lunch])] {
        let problem = problem(per_s, breaks);
        let net = Net::new(&problem, &mut || true).expect("it is not stopped");
        let mut rng = Rng::new(9, 0);
        let (kind, mut kept, mut long) = (&net.kinds[0], Route::default(), 0);
        for _ in 0..4_000 {
            let mut changed = Route::default();
            changed.copy(&kept);
            let free: Vec<u32> = (0..net.stops).filter(|stop| !kept.nodes.contains(stop)).collect();
            let count = kept.nodes.len();
            if changed.trips.is_empty() {
                changed.trips.push(super::Trip::until(0));
            }
            if count > 0 && rng.below(3) == 0 {
                let from = rng.below(count);
                changed.cut(0, from..(from + 1 + rng.below(3)).min(count));
            } else if !free.is_empty() {
                changed.put(0, rng.below(count + 1), free[rng.below(free.len())]);
            }
            let mut new = Route::with(&net, &changed.nodes);
            let fits = new.refresh(&net, kind);
            assert_eq!(changed.refresh(&net, kind), fits, "{:?}", changed.nodes);
            if !fits || new.is_empty() {
                continue;
            }
            assert_eq!((&changed.legs, &changed.seconds), (&new.legs, &new.seconds));
            assert_eq!((changed.cost, changed.finish), (new.cost, new.finish));
            let count = new.nodes.len();
            for index in 0..=count {
                assert_eq!(changed.forward.ready(index), new.forward.ready(index));
                assert_eq!(changed.backward.latest(index), new.backward.latest(index));
            }
            long = long.max(count);
            kept = changed;
        }
        assert!(long > 8, "only {long} stops in a route");
    }
}
