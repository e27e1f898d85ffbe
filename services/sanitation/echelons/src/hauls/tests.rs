//! Hauls from a few stations against all that there are, whatever each truck takes.

use std::collections::HashMap;

use proptest::{prelude::*, test_runner::RngSeed};

use super::{
    Job, Trip,
    chains::Chains,
    orders::Orders,
    tours::{Lines, Tours, Ways},
};
use crate::{Fleet, Problem, Spec, Station, Table};

/// The plant and stations along streets.
fn problem(places: &[(u32, u32)], payload_kg: i64) -> Problem {
    let metres = |a: (u32, u32), b: (u32, u32)| a.0.abs_diff(b.0) + a.1.abs_diff(b.1);
    let fleet = Fleet {
        count: 9,
        payload_kg,
        fixed: 3,
        per_m: 2,
    };
    let table = |places: &[(u32, u32)]| Table {
        places: places.len(),
        distances_m: places
            .iter()
            .flat_map(|&a| places.iter().map(move |&b| metres(a, b)))
            .collect(),
    };
    let spec = Spec {
        stations: vec![Station::FREE; places.len() - 1],
        stops_kg: Vec::new(),
        vehicles: fleet,
        trucks: fleet,
        collection: table(&places[1..]),
        haulage: table(places),
    };
    spec.build().expect("stations")
}

/// The least cost of hauling it all.
fn least(tours: &Tours, kg: &[i64], payload: i64, known: &mut HashMap<Vec<i64>, i64>) -> i64 {
    if kg.iter().all(|&kg| kg == 0) {
        return 0;
    }
    if let Some(&cost) = known.get(kg) {
        return cost;
    }
    let mut best = i64::MAX;
    let mut taken = vec![0; kg.len()];
    // Counts through all that a truck can take.
    while let Some(at) = (0..kg.len()).find(|&at| taken[at] < kg[at]) {
        taken[..at].fill(0);
        taken[at] += 1;
        if taken.iter().sum::<i64>() <= payload {
            let set = taken.iter().rev().fold(0, |set, &kg| set << 1 | usize::from(kg > 0));
            let left: Vec<i64> = kg.iter().zip(&taken).map(|(kg, taken)| kg - taken).collect();
            best = best.min(tours.cost(set) + least(tours, &left, payload, known));
        }
    }
    known.insert(kg.to_vec(), best);
    best
}

/// What trips cost, each in its order, if they haul it all.
fn told(ways: &Ways, kg: &[i64], payload: i64, trips: &[Trip]) -> i64 {
    let mut left = kg.to_vec();
    let mut cost = 0;
    for trip in trips {
        assert!(trip.iter().map(|(_, kg)| kg).sum::<i64>() <= payload, "{trips:?}");
        for (at, kg) in trip {
            left[*at] -= kg;
        }
        cost += ways.out(trip[0].0) + ways.home(trip[trip.len() - 1].0);
        cost += trip
            .windows(2)
            .map(|pair| ways.between(pair[0].0, pair[1].0))
            .sum::<i64>();
    }
    assert!(left.iter().all(|&kg| kg == 0), "{trips:?}");
    cost
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, rng_seed: RngSeed::Fixed(3), ..ProptestConfig::default() })]

    #[test]
    fn no_hauls_are_cheaper(
        places in prop::collection::vec((0..30u32, 0..30u32), 5),
        kg in prop::collection::vec(1..5i64, 4),
        payload in 4..8i64,
    ) {
        let problem = problem(&places, payload);
        let ways = Ways::new(&problem, &[0, 1, 2, 3]);
        let tours = Tours::new(&ways);
        let best = least(&tours, &kg, payload, &mut HashMap::new());
        let job = Job { kg: &kg, trucks: problem.spec().trucks };
        let mut chains = Chains::default();
        let end = chains.search(&tours, &job, i64::MAX).expect("hauls");
        prop_assert_eq!(chains.cost(end), best);
        prop_assert_eq!(told(&ways, &kg, payload, &chains.trips(&tours, &job, end)), best);
        prop_assert_eq!(chains.search(&tours, &job, best), None);
        let lines = Lines { ways, tours: None };
        let (mut orders, mut order) = (Orders::default(), vec![2, 0, 3, 1]);
        let along = orders.improve(&lines, &job, &mut order, (0, usize::MAX));
        prop_assert!(along >= best);
        prop_assert_eq!(told(&lines.ways, &kg, payload, &orders.trips(&lines, &job, &order)), along);
    }
}
