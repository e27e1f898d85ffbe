//! How missing stops are put back: one by one where each costs least, now and then not quite there.

use crate::{
    Problem,
    rng::Rng,
    routes::{NOWHERE, Routes},
};

/// One place in so many is passed over.
const BLINK: usize = 100;

pub struct Recreate {
    spec: Prices,
    kg: Vec<i64>,
    payload: i64,
    capacity: Vec<(i64, usize)>,
    count: usize,
    /// Rank of each stop in the order in which they are put back.
    rank: Vec<i64>,
    queue: Vec<usize>,
    /// What a kilogram at each station is taken to cost in this turn, in thousandths.
    per_kg: Vec<i64>,
    /// What it costs in this turn to use a station that is not used.
    opening: Vec<i64>,
}

/// Where prices come from.
struct Prices {
    per_m: i64,
    fixed: i64,
    /// Of each station: handling a kilogram, opening, hauling a full truck directly, that truck's load.
    stations: Vec<(i64, i64, i64)>,
    truck: i64,
    /// From each station to each stop and back, and the least of all stations.
    far: Vec<i64>,
}

#[derive(Clone, Copy)]
enum Spot {
    Beside(usize, usize),
    New(usize),
}

impl Recreate {
    pub fn new(problem: &Problem) -> Self {
        let spec = problem.spec();
        let stations = spec.stations.len();
        let direct = |station: usize| {
            let metres = spec.haulage.metres(0, 1 + station) + spec.haulage.metres(1 + station, 0);
            spec.trucks.fixed + spec.trucks.per_m * metres
        };
        let of = |(index, station): (usize, &crate::Station)| (station.per_kg, station.opening, direct(index));
        let trip =
            |station: usize, stop: usize| spec.collection.metres(station, stop) + spec.collection.metres(stop, station);
        let least = |stop: usize| (0..stations).map(|station| trip(station, stations + stop)).min();
        Self {
            spec: Prices {
                per_m: spec.vehicles.per_m,
                fixed: spec.vehicles.fixed,
                stations: spec.stations.iter().enumerate().map(of).collect(),
                truck: spec.trucks.payload_kg,
                far: (0..spec.stops_kg.len())
                    .map(|stop| least(stop).unwrap_or_default())
                    .collect(),
            },
            kg: spec.stops_kg.clone(),
            payload: spec.vehicles.payload_kg,
            capacity: spec
                .stations
                .iter()
                .map(|station| (station.capacity_kg, station.routes))
                .collect(),
            count: spec.vehicles.count,
            rank: vec![0; spec.stops_kg.len()],
            queue: Vec::new(),
            per_kg: vec![0; stations],
            opening: vec![0; stations],
        }
    }

    /// A cost that no stop is worth less than.
    pub fn dearest(&self) -> i64 {
        let far = self.spec.far.iter().max().map_or(0, |metres| self.spec.per_m * metres);
        let stations = self
            .spec
            .stations
            .iter()
            .map(|(_, opening, direct)| opening + direct)
            .max();
        1 + 2 * far + self.spec.fixed + stations.unwrap_or_default()
    }

    /// Puts back what is missing as far as there is room.
    pub fn all(&mut self, routes: &mut Routes<'_>, near: &[Vec<usize>], rng: &mut Rng, shut: Option<usize>) {
        self.set_prices(rng);
        let order = rng.below(11);
        self.queue.clear();
        self.queue.append(&mut routes.missing);
        for &stop in &self.queue {
            self.rank[stop] = match order {
                0..4 => i64::try_from(rng.below(1 << 30)).unwrap_or_default(),
                4..8 => -self.kg[stop],
                8..10 => -self.spec.far[stop],
                _ => self.spec.far[stop],
            };
        }
        self.queue.sort_unstable_by_key(|&stop| (self.rank[stop], stop));
        let queue = std::mem::take(&mut self.queue);
        for &stop in &queue {
            match self.spot(routes, (stop, &near[stop]), rng, shut) {
                Some(Spot::Beside(way, index)) => routes.put(stop, way, index),
                Some(Spot::New(station)) => {
                    let way = routes.free();
                    routes.begin_at(way, station);
                    routes.put(stop, way, 0);
                }
                None => routes.missing.push(stop),
            }
        }
        self.queue = queue;
    }

    /// The true cost of a load at a station is known when all are put back; till then it is guessed anew each time.
    fn set_prices(&mut self, rng: &mut Rng) {
        let (haul, open) = (count(rng.below(1_001)), count(rng.below(1_001)));
        let haul = if rng.once_in(2) { 0 } else { haul };
        for (station, &(handling, opening, direct)) in self.spec.stations.iter().enumerate() {
            self.per_kg[station] = 1_000 * handling + haul * direct / self.spec.truck;
            self.opening[station] = opening + open * direct / 1_000;
        }
    }

    fn spot(
        &self,
        routes: &Routes<'_>,
        (stop, near): (usize, &[usize]),
        rng: &mut Rng,
        shut: Option<usize>,
    ) -> Option<Spot> {
        let (kg, at) = (self.kg[stop], routes.place_of(stop));
        let (mut least, mut best) = (i64::MAX, None);
        for &near in near {
            let (way, index) = routes.place[near];
            if way == NOWHERE {
                continue;
            }
            let route = &routes.ways[way];
            if route.kg + kg > self.payload || routes.kg[route.station] + kg > self.capacity[route.station].0 {
                continue;
            }
            let load = self.per_kg[route.station] * kg / 1_000;
            let beside = routes.place_of(near);
            let (before, after) = (routes.beside(way, index).0, routes.beside(way, index + 1).1);
            let (to, from) = (routes.leg(at, beside), routes.leg(beside, at));
            let ahead = routes.leg(before, at) + to - routes.leg(before, beside);
            let behind = from + routes.leg(at, after) - routes.leg(beside, after);
            for (metres, index) in [(ahead, index), (behind, index + 1)] {
                let cost = self.spec.per_m * metres + load;
                if cost < least && !rng.once_in(BLINK) {
                    (least, best) = (cost, Some(Spot::Beside(way, index)));
                }
            }
        }
        if routes.count < self.count {
            for (station, &(capacity, most)) in self.capacity.iter().enumerate() {
                if shut == Some(station) || routes.kg[station] + kg > capacity || routes.begin[station] >= most {
                    continue;
                }
                let metres = routes.leg(station, at) + routes.leg(at, station);
                let opening = if routes.kg[station] == 0 {
                    self.opening[station]
                } else {
                    0
                };
                let cost = self.spec.per_m * metres + self.spec.fixed + opening + self.per_kg[station] * kg / 1_000;
                if cost < least && !rng.once_in(BLINK) {
                    (least, best) = (cost, Some(Spot::New(station)));
                }
            }
        }
        best
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
