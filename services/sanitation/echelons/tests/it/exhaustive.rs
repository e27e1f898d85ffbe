//! Plans of tiny towns against all that there are.

use std::collections::HashMap;

use echelons::{Objective, Spec, Station, check};
use proptest::{prelude::*, test_runner::RngSeed};

use crate::towns::{Place, solved, town};

fn tiny() -> impl Strategy<Value = Spec> {
    let place = || (0..20i32, 0..20i32);
    let station = (place(), 0..30i64, 0..3i64, 5..30i64, 1..4usize);
    let stations = prop::collection::vec(station, 1..4);
    let stops = prop::collection::vec((place(), 1..6i64), 1..6);
    (stations, stops, (5..12i64, 4..14i64), 1..5usize).prop_map(|(stations, stops, payloads, vehicles)| {
        let places: Vec<Place> = stations.iter().map(|station| station.0).collect();
        let mut spec = town(&places, &stops, payloads);
        for (station, (_, opening, per_kg, capacity_kg, routes)) in spec.stations.iter_mut().zip(stations) {
            *station = Station {
                capacity_kg,
                routes,
                opening,
                per_kg,
            };
        }
        spec.vehicles.count = vehicles;
        spec.trucks.count = 8;
        spec.trucks.fixed = payloads.0;
        spec
    })
}

/// All plans, stop by stop: each is left out, joins a route or begins one.
struct All<'a> {
    spec: &'a Spec,
    /// Station and stops.
    routes: Vec<(usize, Vec<usize>)>,
    missing: usize,
    best: Objective,
    hauled: HashMap<(Vec<i64>, usize), i64>,
}

impl All<'_> {
    fn search(&mut self, stop: usize) {
        if stop == self.spec.stops_kg.len() {
            let cost = self.cost();
            let missing = self.missing;
            let worth = cost.map(|cost| Objective { missing, cost });
            self.best = worth.map_or(self.best, |worth| worth.min(self.best));
            return;
        }
        self.missing += 1;
        self.search(stop + 1);
        self.missing -= 1;
        for route in 0..self.routes.len() {
            self.routes[route].1.push(stop);
            self.search(stop + 1);
            self.routes[route].1.pop();
        }
        if self.routes.len() < self.spec.vehicles.count {
            for station in 0..self.spec.stations.len() {
                self.routes.push((station, vec![stop]));
                self.search(stop + 1);
                self.routes.pop();
            }
        }
    }

    /// What the routes cost, each in its best order, with the cheapest haulage.
    fn cost(&mut self) -> Option<i64> {
        let mut kg = vec![0; self.spec.stations.len()];
        let mut begin = vec![0; kg.len()];
        let mut cost = 0;
        for (station, stops) in &self.routes {
            let load: i64 = stops.iter().map(|&stop| self.spec.stops_kg[stop]).sum();
            if load > self.spec.vehicles.payload_kg {
                return None;
            }
            kg[*station] += load;
            begin[*station] += 1;
            let places = stops.iter().map(|stop| kg.len() + stop).collect();
            cost += shortest(
                &self.spec.collection.distances_m,
                self.spec.collection.places,
                *station,
                *station,
                places,
            );
        }
        for (index, station) in self.spec.stations.iter().enumerate() {
            if kg[index] > station.capacity_kg || begin[index] > station.routes {
                return None;
            }
            cost += if kg[index] > 0 {
                station.opening + station.per_kg * kg[index]
            } else {
                0
            };
        }
        Some(cost + self.hauled(kg, self.spec.trucks.count))
    }

    /// The least cost of hauling masses: whatever the next truck takes.
    fn hauled(&mut self, kg: Vec<i64>, trucks: usize) -> i64 {
        if kg.iter().all(|&kg| kg == 0) {
            return 0;
        }
        if trucks == 0 {
            return i64::MAX / 2;
        }
        let key = (kg, trucks);
        if let Some(&known) = self.hauled.get(&key) {
            return known;
        }
        let kg = &key.0;
        let mut best = i64::MAX / 2;
        for taken in takings(kg, self.spec.trucks.payload_kg) {
            let places: Vec<usize> = (0..kg.len()).filter(|&one| taken[one] > 0).map(|one| 1 + one).collect();
            if places.is_empty() {
                continue;
            }
            let way = shortest(&self.spec.haulage.distances_m, self.spec.haulage.places, 0, 0, places);
            let left = kg.iter().zip(&taken).map(|(kg, taken)| kg - taken).collect();
            best = best.min(self.spec.trucks.fixed + way + self.hauled(left, trucks - 1));
        }
        self.hauled.insert(key, best);
        best
    }
}

/// Whatever a truck can take.
fn takings(kg: &[i64], payload: i64) -> Vec<Vec<i64>> {
    let Some((&first, others)) = kg.split_first() else {
        return vec![Vec::new()];
    };
    let with = |taken: i64| {
        let rest = takings(others, payload - taken);
        rest.into_iter().map(move |rest| [vec![taken], rest].concat())
    };
    (0..=first.min(payload)).flat_map(with).collect()
}

/// The shortest way from a place by others to a place.
fn shortest(metres: &[u32], places: usize, from: usize, to: usize, by: Vec<usize>) -> i64 {
    let leg = |a: usize, b: usize| i64::from(metres[a * places + b]);
    if by.is_empty() {
        return leg(from, to);
    }
    let first = |at: usize| {
        let mut rest = by.clone();
        let next = rest.remove(at);
        leg(from, next) + shortest(metres, places, next, to, rest)
    };
    (0..by.len()).map(first).min().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, rng_seed: RngSeed::Fixed(11), ..ProptestConfig::default() })]

    #[test]
    fn no_plan_of_a_tiny_town_is_better(spec in tiny()) {
        let mut all = All {
            spec: &spec,
            routes: Vec::new(),
            missing: 0,
            best: Objective { missing: usize::MAX, cost: 0 },
            hauled: HashMap::new(),
        };
        all.search(0);
        let best = all.best;
        let problem = spec.build().expect("a town");
        let plan = solved(&problem, 1, 4_000);
        prop_assert_eq!(check(&problem, &plan), vec![]);
        prop_assert_eq!(plan.objective, best);
    }
}
