//! What is taken out: strings of stops that lie side by side (Christiaens and Vanden Berghe 2020), or all that a station has;
//! and routes that move to another station as they are.

use crate::{
    Problem,
    rng::Rng,
    routes::{NOWHERE, Routes},
};

/// Mean stops taken out, and most of a string.
const MEAN: usize = 10;
const LONGEST: usize = 10;
/// Stops that are near to one.
const NEAR: usize = 100;
/// One change in so many moves a route to another station, moves all routes of a station, or shuts it.
const MOVE: usize = 10;
const MOVE_ALL: usize = 40;
const SHUT: usize = 200;

pub struct Ruin {
    stations: usize,
    torn: Vec<usize>,
}

impl Ruin {
    pub fn new(problem: &Problem) -> Self {
        Self {
            stations: problem.spec().stations.len(),
            torn: Vec::new(),
        }
    }

    /// Changes the routes; answers the station that is to stay shut.
    pub fn change(&mut self, routes: &mut Routes<'_>, near: &[Vec<usize>], rng: &mut Rng) -> Option<usize> {
        if self.stations > 1 && routes.count > 0 {
            if rng.once_in(SHUT) {
                return shut(routes, rng);
            }
            if rng.once_in(MOVE_ALL) {
                self.move_all(routes, rng);
            } else if rng.once_in(MOVE) {
                self.move_one(routes, rng);
            }
        }
        self.strings(routes, near, rng);
        None
    }

    fn strings(&mut self, routes: &mut Routes<'_>, near: &[Vec<usize>], rng: &mut Rng) {
        let stops = routes.place.len();
        let mean = stops.div_ceil(routes.count.max(1));
        let longest = LONGEST.min(mean).max(1);
        let most = (4 * MEAN).div_ceil(1 + longest).saturating_sub(1).max(1);
        let strings = 1 + rng.below(most);
        let seed = rng.below(stops);
        self.torn.clear();
        for at in 0..=near[seed].len() {
            let stop = at.checked_sub(1).map_or(seed, |at| near[seed][at]);
            let (way, index) = routes.place[stop];
            if way == NOWHERE || self.torn.contains(&way) {
                continue;
            }
            let count = routes.ways[way].stops.len();
            let length = 1 + rng.below(longest.min(count));
            // The string lies anywhere around the stop.
            let first = (index + 1).saturating_sub(length);
            let last = index.min(count - length);
            let from = first + rng.below(last - first + 1);
            // Half of the time some stops in its middle stay.
            if length > 1 && length < count && rng.once_in(2) {
                let stay = 1 + rng.below(count - length);
                let head = 1 + rng.below(length - 1);
                let from = from.min(count - length - stay);
                routes.take(way, from + head + stay, from + length + stay);
                routes.take(way, from, from + head);
            } else {
                routes.take(way, from, from + length);
            }
            self.torn.push(way);
            if self.torn.len() == strings {
                return;
            }
        }
    }

    fn move_one(&self, routes: &mut Routes<'_>, rng: &mut Rng) {
        let (way, _) = routes.place[rng.below(routes.place.len())];
        if way != NOWHERE {
            let station = self.another(routes.ways[way].station, rng);
            moved(routes, way, station);
        }
    }

    fn move_all(&self, routes: &mut Routes<'_>, rng: &mut Rng) {
        let (way, _) = routes.place[rng.below(routes.place.len())];
        if way == NOWHERE {
            return;
        }
        let from = routes.ways[way].station;
        let to = self.another(from, rng);
        for way in 0..routes.ways.len() {
            if routes.ways[way].station == from && !routes.ways[way].stops.is_empty() {
                moved(routes, way, to);
            }
        }
    }

    const fn another(&self, station: usize, rng: &mut Rng) -> usize {
        (station + 1 + rng.below(self.stations - 1)) % self.stations
    }
}

fn moved(routes: &mut Routes<'_>, way: usize, station: usize) {
    if routes.has_room(station, routes.ways[way].kg) {
        routes.rehome(way, station);
    }
}

fn shut(routes: &mut Routes<'_>, rng: &mut Rng) -> Option<usize> {
    let (way, _) = routes.place[rng.below(routes.place.len())];
    let station = (way != NOWHERE).then(|| routes.ways[way].station)?;
    for way in 0..routes.ways.len() {
        if routes.ways[way].station == station {
            routes.take(way, 0, routes.ways[way].stops.len());
        }
    }
    Some(station)
}

/// The nearest other stops of each stop, the nearest first.
pub fn near(problem: &Problem) -> Vec<Vec<usize>> {
    let spec = problem.spec();
    let (stations, stops) = (spec.stations.len(), spec.stops_kg.len());
    let of = |stop: usize| {
        let apart = |other: usize| {
            let (a, b) = (stations + stop, stations + other);
            spec.collection.metres(a, b) + spec.collection.metres(b, a)
        };
        let mut others: Vec<usize> = (0..stops).filter(|&other| other != stop).collect();
        others.sort_by_key(|&other| apart(other));
        others.truncate(NEAR);
        others
    };
    (0..stops).map(of).collect()
}
