//! The lower level while it is searched: collection routes that change and can be put back as they were.

use crate::{Plan, Problem, Route};

/// No route.
pub(crate) const NOWHERE: usize = usize::MAX;

/// A route in its slot; without stops the slot is free.
#[derive(Clone, Default)]
pub(crate) struct Way {
    pub(crate) station: usize,
    pub(crate) stops: Vec<usize>,
    pub(crate) kg: i64,
    /// Length.
    pub(crate) metres: i64,
}

pub(crate) struct Routes<'p> {
    problem: &'p Problem,
    pub(crate) ways: Vec<Way>,
    /// Route of each stop and its index there.
    pub(crate) place: Vec<(usize, usize)>,
    /// Stops that are on no route.
    pub(crate) missing: Vec<usize>,
    /// Of each station.
    pub(crate) kg: Vec<i64>,
    pub(crate) begin: Vec<usize>,
    /// Routes that are in use.
    pub(crate) count: usize,
    pub(crate) metres: i64,
    /// Routes as they were at the last mark.
    old: Vec<(usize, Way)>,
    old_missing: Vec<usize>,
    changed: Vec<bool>,
}

impl<'p> Routes<'p> {
    pub(crate) fn new(problem: &'p Problem) -> Self {
        let (stops, stations) = (problem.spec().stops_kg.len(), problem.spec().stations.len());
        Self {
            problem,
            ways: Vec::new(),
            place: vec![(NOWHERE, 0); stops],
            missing: (0..stops).collect(),
            kg: vec![0; stations],
            begin: vec![0; stations],
            count: 0,
            metres: 0,
            old: Vec::new(),
            old_missing: Vec::new(),
            changed: Vec::new(),
        }
    }

    /// What is done from now on can be undone.
    pub(crate) fn mark(&mut self) {
        for (way, _) in self.old.drain(..) {
            self.changed[way] = false;
        }
        self.old_missing.clone_from(&self.missing);
    }

    /// Puts everything back as it was at the last mark.
    pub(crate) fn undo(&mut self) {
        let old = std::mem::take(&mut self.old);
        for (way, _) in &old {
            self.count_in(*way, -1);
        }
        for stop in self.missing.drain(..) {
            self.place[stop] = (NOWHERE, 0);
        }
        for (way, before) in old {
            self.changed[way] = false;
            self.ways[way] = before;
            self.count_in(way, 1);
            self.number(way, 0);
        }
        self.missing.clone_from(&self.old_missing);
        for &stop in &self.missing {
            self.place[stop] = (NOWHERE, 0);
        }
    }

    /// Metres from one place to another; stations are numbered before stops.
    pub(crate) fn leg(&self, from: usize, to: usize) -> i64 {
        self.problem.spec().collection.metres(from, to)
    }

    pub(crate) fn place_of(&self, stop: usize) -> usize {
        self.problem.spec().stations.len() + stop
    }

    /// The place before an index of a route, and that at it.
    pub(crate) fn beside(&self, way: usize, index: usize) -> (usize, usize) {
        let way = &self.ways[way];
        let before = index
            .checked_sub(1)
            .map_or(way.station, |index| self.place_of(way.stops[index]));
        let at = way.stops.get(index).map_or(way.station, |&stop| self.place_of(stop));
        (before, at)
    }

    /// An empty route, new or used before.
    pub(crate) fn free(&mut self) -> usize {
        if let Some(way) = self.ways.iter().position(|way| way.stops.is_empty()) {
            return way;
        }
        self.ways.push(Way::default());
        self.changed.push(false);
        self.ways.len() - 1
    }

    /// Lets an empty route begin at a station.
    pub(crate) fn begin_at(&mut self, way: usize, station: usize) {
        self.keep(way);
        self.ways[way].station = station;
    }

    /// Whether a route of so much may begin at a station.
    pub(crate) fn has_room(&self, station: usize, kg: i64) -> bool {
        let limits = &self.problem.spec().stations[station];
        self.kg[station] + kg <= limits.capacity_kg && self.begin[station] < limits.routes
    }

    pub(crate) fn put(&mut self, stop: usize, way: usize, index: usize) {
        self.keep(way);
        self.count_in(way, -1);
        let (from, to) = self.beside(way, index);
        let at = self.place_of(stop);
        let metres = self.leg(from, at) + self.leg(at, to) - self.leg(from, to);
        let kg = self.problem.spec().stops_kg[stop];
        let route = &mut self.ways[way];
        route.stops.insert(index, stop);
        route.metres += metres;
        route.kg += kg;
        self.number(way, index);
        self.count_in(way, 1);
    }

    /// Takes some stops that follow each other off a route; they are missing then.
    pub(crate) fn take(&mut self, way: usize, from: usize, to: usize) {
        self.keep(way);
        self.count_in(way, -1);
        let route = &mut self.ways[way];
        for stop in route.stops.drain(from..to) {
            route.kg -= self.problem.spec().stops_kg[stop];
            self.place[stop] = (NOWHERE, 0);
            self.missing.push(stop);
        }
        self.number(way, from);
        self.ways[way].metres = self.measured(way);
        self.count_in(way, 1);
    }

    /// Lets a route begin at another station, and at the stop where that is shortest.
    pub(crate) fn rehome(&mut self, way: usize, station: usize) {
        self.keep(way);
        self.count_in(way, -1);
        let (turn, _) = self.turned(way, station);
        let route = &mut self.ways[way];
        route.station = station;
        route.stops.rotate_left(turn);
        self.number(way, 0);
        self.ways[way].metres = self.measured(way);
        self.count_in(way, 1);
    }

    /// The first stop of a route that begins at another station, and how long it is then.
    pub(crate) fn turned(&self, way: usize, station: usize) -> (usize, i64) {
        let stops = &self.ways[way].stops;
        let place = |index: usize| self.place_of(stops[index % stops.len()]);
        let count = stops.len();
        let ring: i64 = (0..count).map(|index| self.leg(place(index), place(index + 1))).sum();
        let cut = |first: usize| {
            let (last, first) = (place(first + count - 1), place(first));
            ring - self.leg(last, first) + self.leg(station, first) + self.leg(last, station)
        };
        let turns = (0..count).map(|first| (cut(first), first));
        turns.min().map_or((0, 0), |(metres, first)| (first, metres))
    }

    fn measured(&self, way: usize) -> i64 {
        let count = self.ways[way].stops.len();
        let legs = (0..=count).map(|index| self.beside(way, index));
        legs.map(|(from, to)| self.leg(from, to)).sum()
    }

    fn number(&mut self, way: usize, from: usize) {
        for (index, &stop) in self.ways[way].stops.iter().enumerate().skip(from) {
            self.place[stop] = (way, index);
        }
    }

    /// Counts a route in or out.
    fn count_in(&mut self, way: usize, sign: i64) {
        let way = &self.ways[way];
        if way.stops.is_empty() {
            return;
        }
        self.kg[way.station] += sign * way.kg;
        self.metres += sign * way.metres;
        if sign > 0 {
            self.begin[way.station] += 1;
            self.count += 1;
        } else {
            self.begin[way.station] -= 1;
            self.count -= 1;
        }
    }

    fn keep(&mut self, way: usize) {
        if !std::mem::replace(&mut self.changed[way], true) {
            self.old.push((way, self.ways[way].clone()));
        }
    }

    /// What all of it costs but the haulage.
    pub(crate) fn cost(&self) -> i64 {
        let spec = self.problem.spec();
        let used = spec.stations.iter().zip(&self.kg).filter(|(_, kg)| **kg > 0);
        let stations: i64 = used.map(|(station, kg)| station.opening + station.per_kg * kg).sum();
        let vehicles = i64::try_from(self.count).unwrap_or(i64::MAX) * spec.vehicles.fixed;
        stations + vehicles + spec.vehicles.per_m * self.metres
    }

    /// The routes and what is missing, as they are told.
    pub(crate) fn told(&self) -> Plan {
        let used = self.ways.iter().filter(|way| !way.stops.is_empty());
        let route = |way: &Way| Route {
            station: way.station,
            stops: way.stops.clone(),
        };
        Plan {
            routes: used.map(route).collect(),
            hauls: Vec::new(),
            unserved: self.missing.clone(),
            objective: crate::Objective {
                missing: self.missing.len(),
                cost: 0,
            },
        }
    }
}
