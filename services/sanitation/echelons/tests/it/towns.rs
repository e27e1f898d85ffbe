//! Towns to plan for.

use echelons::{Fleet, Params, Plan, Problem, Spec, Station, Table, solve, unwatched};

/// A place in a town.
pub type Place = (i32, i32);

/// Ways along streets, east and north: they keep the triangle inequality to the metre.
pub fn streets(places: &[Place]) -> Table {
    let metres = |a: Place, b: Place| a.0.abs_diff(b.0) + a.1.abs_diff(b.1);
    Table {
        places: places.len(),
        distances_m: places
            .iter()
            .flat_map(|&a| places.iter().map(move |&b| metres(a, b)))
            .collect(),
    }
}

/// A town without limits but payloads: the plant at its corner, stations, and stops with what lies there.
pub fn town(stations: &[Place], stops: &[(Place, i64)], payloads: (i64, i64)) -> Spec {
    let fleet = |payload_kg| Fleet {
        count: stops.len(),
        payload_kg,
        fixed: 0,
        per_m: 1,
    };
    let haulage: Vec<Place> = [(0, 0)].into_iter().chain(stations.iter().copied()).collect();
    let places = stops.iter().map(|(place, _)| *place);
    let collection: Vec<Place> = stations.iter().copied().chain(places).collect();
    Spec {
        stations: vec![Station::FREE; stations.len()],
        stops_kg: stops.iter().map(|(_, kg)| *kg).collect(),
        vehicles: fleet(payloads.0),
        trucks: fleet(payloads.1),
        collection: streets(&collection),
        haulage: streets(&haulage),
    }
}

/// A town of so many stations and stops, scattered by a seed.
pub fn scattered(stations: i32, stops: i32, seed: i32) -> Spec {
    let place = |index: i32| {
        let (x, y) = (
            index.wrapping_mul(7_919) + seed * 31,
            index.wrapping_mul(6_101) + seed * 17,
        );
        (x.rem_euclid(997), y.rem_euclid(991))
    };
    let stations: Vec<Place> = (0..stations).map(|index| place(3 * index + 1)).collect();
    let stop = |index: i32| (place(5 * index + 2), i64::from(1 + place(index).0 % 20));
    town(&stations, &(0..stops).map(stop).collect::<Vec<_>>(), (60, 130))
}

pub fn solved(problem: &Problem, seed: u64, steps: u64) -> Plan {
    solve(problem, Params { seed, steps }, &mut unwatched)
}
