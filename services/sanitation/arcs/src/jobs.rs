//! Passes to be done one by one, the places between them, and how far these are apart.

use std::collections::BTreeMap;

use crate::ways::{Arc, From, Length, Network, To};
use crate::{Sides, Spec};

/// One pass over one road.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) task: usize,
    pub(crate) demand: i64,
    pub(crate) service_s: i64,
    pub(crate) metres: i64,
    /// Directions in which it may be done; twice the same where there is only one.
    pub(crate) modes: [Mode; 2],
}

/// A pass in one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mode {
    pub(crate) arc: Arc,
    /// Column of its begin in the table.
    pub(crate) entry: usize,
    /// Row of its end in the table.
    pub(crate) exit: usize,
}

/// Metres and seconds of the fastest ways between places.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: usize,
    legs: Vec<[u32; 2]>,
}

impl Table {
    /// Metres and seconds.
    pub(crate) fn leg(&self, exit: usize, entry: usize) -> (i64, i64) {
        let [metres, seconds] = self.legs[exit * self.columns + entry];
        (i64::from(metres), i64::from(seconds))
    }
}

/// Jobs with their places, and the places of junctions where vehicles start, end and refill.
#[derive(Debug, Clone)]
pub(crate) struct Jobs {
    pub(crate) jobs: Vec<Job>,
    pub(crate) table: Table,
    pub(crate) sources: Vec<From>,
    pub(crate) targets: Vec<To>,
    rows: BTreeMap<From, usize>,
    columns: BTreeMap<To, usize>,
}

impl Jobs {
    /// Lists the passes and reckons all ways between them.
    pub(crate) fn new(spec: &Spec, network: &Network) -> Self {
        let mut jobs = Self {
            jobs: Vec::new(),
            table: Table {
                columns: 0,
                legs: Vec::new(),
            },
            sources: Vec::new(),
            targets: Vec::new(),
            rows: BTreeMap::new(),
            columns: BTreeMap::new(),
        };
        for (task, stated) in spec.tasks.iter().enumerate() {
            let road = &spec.roads[stated.road];
            let arcs: Vec<Arc> = [true, false]
                .into_iter()
                .filter(|&forward| road.driving_s(forward).is_some())
                .map(|forward| 2 * stated.road + usize::from(!forward))
                .collect();
            let (first, last) = (arcs[0], arcs[arcs.len() - 1]);
            let ways = match stated.sides {
                Sides::One => vec![[first, last]],
                Sides::Both => vec![[first, first], [last, last]],
            };
            for _ in 0..stated.passes {
                for way in &ways {
                    let modes = way.map(|arc| Mode {
                        arc,
                        entry: jobs.column(network.before(arc)),
                        exit: jobs.row(network.after(arc)),
                    });
                    jobs.jobs.push(Job {
                        task,
                        demand: stated.demand,
                        service_s: stated.service_s,
                        metres: road.length_m.into(),
                        modes,
                    });
                }
            }
        }
        let starts = spec.vehicles.iter().map(|vehicle| vehicle.start);
        for node in starts.chain(spec.refills.iter().map(|refill| refill.node)) {
            jobs.row(From::Node(node));
        }
        let ends = spec.vehicles.iter().map(|vehicle| vehicle.end);
        for node in ends.chain(spec.refills.iter().map(|refill| refill.node)) {
            jobs.column(To::Node(node));
        }
        jobs.reckon(network);
        jobs
    }

    fn row(&mut self, source: From) -> usize {
        let next = self.sources.len();
        let row = *self.rows.entry(source).or_insert(next);
        if row == next {
            self.sources.push(source);
        }
        row
    }

    fn column(&mut self, target: To) -> usize {
        let next = self.targets.len();
        let column = *self.columns.entry(target).or_insert(next);
        if column == next {
            self.targets.push(target);
        }
        column
    }

    fn reckon(&mut self, network: &Network) {
        self.table.columns = self.targets.len();
        self.table.legs.reserve_exact(self.sources.len() * self.targets.len());
        let mut ways = network.ways();
        for &source in &self.sources {
            ways.search(source);
            let legs = self.targets.iter().map(|&target| {
                let length = ways.length(target);
                let (seconds, metres) = length.seconds_and_metres();
                if length == Length::NO_WAY {
                    [0, u32::MAX]
                } else {
                    [metres, seconds]
                }
            });
            self.table.legs.extend(legs);
        }
    }

    /// Row of a junction where vehicles start or refill.
    pub(crate) fn from(&self, node: usize) -> usize {
        self.rows[&From::Node(node)]
    }

    /// Column of a junction where vehicles end or refill.
    pub(crate) fn to(&self, node: usize) -> usize {
        self.columns[&To::Node(node)]
    }
}
