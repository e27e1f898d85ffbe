//! What ways between the plant and some stations cost, and the cheapest tours of all sets of few stations (Held and Karp 1962).

use super::Trip;
use crate::{Fleet, Problem};

/// Costs of the ways between the plant and some stations.
pub struct Ways {
    places: usize,
    costs: Vec<i64>,
    fixed: i64,
}

impl Ways {
    pub fn new(problem: &Problem, stations: &[usize]) -> Self {
        let spec = problem.spec();
        let Fleet { per_m, fixed, .. } = spec.trucks;
        let places: Vec<usize> = [0]
            .into_iter()
            .chain(stations.iter().map(|station| 1 + station))
            .collect();
        let cost = |from: usize, to: usize| per_m * spec.haulage.metres(from, to);
        let row = |&from: &usize| places.iter().map(move |&to| cost(from, to));
        Self {
            places: places.len(),
            costs: places.iter().flat_map(row).collect(),
            fixed,
        }
    }

    pub const fn stations(&self) -> usize {
        self.places - 1
    }

    pub fn between(&self, from: usize, to: usize) -> i64 {
        self.costs[(1 + from) * self.places + 1 + to]
    }

    /// From the plant, with what a truck costs at all.
    pub fn out(&self, to: usize) -> i64 {
        self.fixed + self.costs[1 + to]
    }

    pub fn home(&self, from: usize) -> i64 {
        self.costs[(1 + from) * self.places]
    }

    /// All stations in an order in which one truck might call at them: each put in where it costs least.
    pub fn round_trip(&self) -> Vec<usize> {
        let mut order: Vec<usize> = Vec::new();
        for station in 0..self.stations() {
            let detour = |&at: &usize| {
                let from = at.checked_sub(1).map(|before| order[before]);
                let way_in = from.map_or_else(|| self.out(station), |from| self.between(from, station));
                let way_out = |from: usize| {
                    order
                        .get(at)
                        .map_or_else(|| self.home(from), |&to| self.between(from, to))
                };
                let saved = from.map_or_else(|| order.first().map_or(0, |&to| self.out(to)), way_out);
                way_in + way_out(station) - saved
            };
            let at = (0..=order.len()).min_by_key(detour).unwrap_or_default();
            order.insert(at, station);
        }
        order
    }
}

pub struct Tours {
    stations: usize,
    /// For each set and its last station, the way there.
    to: Vec<i64>,
    /// For each set, the tour.
    around: Vec<i64>,
    /// For each set, the least that is saved by joining two tours of its stations into one.
    joined: Vec<i64>,
    home: Vec<i64>,
    between: Vec<i64>,
}

impl Tours {
    pub fn new(ways: &Ways) -> Self {
        let stations = ways.stations();
        let all = || 0..stations;
        let mut tours = Self {
            stations,
            to: vec![i64::MAX; stations << stations],
            around: vec![0; 1 << stations],
            joined: vec![i64::MAX; 1 << stations],
            home: all().map(|from| ways.home(from)).collect(),
            between: all()
                .flat_map(|from| all().map(move |to| ways.between(from, to)))
                .collect(),
        };
        for set in 1..1_usize << stations {
            for last in all().filter(|last| set >> last & 1 == 1) {
                let before = set & !(1 << last);
                let from = |from| tours.to[before * stations + from] + tours.between[from * stations + last];
                let members = all().filter(|one| before >> one & 1 == 1);
                tours.to[set * stations + last] = members.map(from).min().unwrap_or_else(|| ways.out(last));
            }
            tours.around[set] = tours.last(set).map_or(0, |(cost, _)| cost);
            let first = set.trailing_zeros() as usize;
            let saved = |from: usize, to: usize| ways.home(from) + ways.out(to) - ways.between(from, to);
            let members = all().filter(|one| set >> one & 1 == 1);
            let pairs = members.flat_map(|one| [saved(first, one), saved(one, first)]);
            tours.joined[set] = pairs.min().unwrap_or(0).min(tours.joined[set & (set - 1)]);
        }
        tours
    }

    pub const fn stations(&self) -> usize {
        self.stations
    }

    /// What a truck costs that calls at a set of stations.
    pub fn cost(&self, set: usize) -> i64 {
        self.around[set]
    }

    /// The least that so many trucks cost which call at all of a set, however often at each: their tours can be joined.
    pub fn least(&self, set: usize, trucks: usize) -> i64 {
        if set == 0 {
            return 0;
        }
        let joins = i64::try_from(trucks.saturating_sub(1)).unwrap_or(i64::MAX);
        self.around[set] + joins.saturating_mul(self.joined[set].max(0))
    }

    fn last(&self, set: usize) -> Option<(i64, usize)> {
        let members = (0..self.stations).filter(|one| set >> one & 1 == 1);
        members
            .map(|last| (self.to[set * self.stations + last] + self.home[last], last))
            .min()
    }

    /// The stations of a set in the order of its tour.
    pub fn order(&self, mut set: usize) -> Vec<usize> {
        let mut order = Vec::new();
        let mut last = self.last(set).map(|(_, last)| last);
        while let Some(one) = last {
            order.push(one);
            set &= !(1 << one);
            let members = (0..self.stations).filter(|one| set >> one & 1 == 1);
            last = members
                .min_by_key(|from| self.to[set * self.stations + from] + self.between[from * self.stations + one]);
        }
        order.reverse();
        order
    }
}

/// How tours along an order are reckoned: of few stations each is the cheapest of its set.
pub struct Lines {
    pub ways: Ways,
    pub tours: Option<Tours>,
}

/// A tour that goes on: its set, and its cost so far.
#[derive(Clone, Copy)]
pub struct Line(usize, i64);

impl Lines {
    pub fn begin(&self, at: usize) -> Line {
        Line(1 << at, self.ways.out(at))
    }

    pub fn on(&self, line: Line, from: usize, to: usize) -> Line {
        Line(line.0 | 1 << to, line.1 + self.ways.between(from, to))
    }

    pub fn end(&self, line: Line, last: usize) -> i64 {
        let otherwise = || line.1 + self.ways.home(last);
        self.tours.as_ref().map_or_else(otherwise, |tours| tours.cost(line.0))
    }

    /// A trip in the order in which it costs what was reckoned.
    pub fn sorted(&self, trip: Trip) -> Trip {
        let Some(tours) = &self.tours else {
            return trip;
        };
        let set = trip.iter().fold(0, |set, (at, _)| set | 1 << at);
        let taken = |at| trip.iter().find(|one| one.0 == at).copied();
        tours.order(set).into_iter().filter_map(taken).collect()
    }
}
