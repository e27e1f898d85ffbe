//! The upper level: what it costs at least to haul given masses from the stations.

mod chains;
mod orders;
#[cfg(test)]
mod tests;
mod tours;

use std::collections::HashMap;

use crate::{Call, Fleet, Haul, Problem, validate::MOST_STATIONS as MOST};
use chains::Chains;
use orders::Orders;
use tours::{Lines, Tours, Ways};

/// Stations up to which the cheapest hauls are looked for among all; beyond that, among those along an order of the stations.
const FEW: usize = 10;
/// Stations up to which that is done each time; of more only where it is likely to matter.
const FEWER: usize = 7;
/// One part in so many of its cost that an order has to be above a limit not to be changed so that it might come below.
const NEARLY: i64 = 100;
/// And once in so many times.
const THOROUGH: u64 = 16;
/// Orders that are kept of a set of stations.
const ORDERS: usize = 4;
/// Changes of an order that are tried then.
const PATIENCE: usize = 20;
/// Answers that are kept, and sets of stations.
const KEPT: usize = 100_000;
const SETS: usize = 500;

/// What is to be hauled: kg of each station, by trucks.
pub(crate) struct Job<'a> {
    kg: &'a [i64],
    trucks: Fleet,
}

impl Job<'_> {
    /// Trucks that a mass takes at least.
    fn trucks_for(&self, kg: i64) -> usize {
        let payload = self.trucks.payload_kg;
        usize::try_from((kg + payload - 1) / payload).unwrap_or(usize::MAX)
    }
}

/// A truck's way: stations in order, with what is taken.
type Trip = Vec<(usize, i64)>;

#[derive(Clone, Copy)]
enum Known {
    Is(i64),
    AtLeast(i64),
}

/// What is known of a set of stations that are in use.
struct Used {
    stations: Vec<usize>,
    lines: Lines,
    /// Orders that have been the best ones, the last one at `latest`.
    orders: Vec<Vec<usize>>,
    latest: usize,
}

pub(crate) struct Hauls<'p> {
    problem: &'p Problem,
    used: HashMap<u64, Used>,
    known: HashMap<Box<[i64]>, Known>,
    chains: Chains,
    orders: Orders,
    asked: u64,
}

impl<'p> Hauls<'p> {
    pub(crate) fn new(problem: &'p Problem) -> Self {
        Self {
            problem,
            used: HashMap::new(),
            known: HashMap::new(),
            chains: Chains::default(),
            orders: Orders::default(),
            asked: 0,
        }
    }

    /// The least cost of hauling what lies at each station, if it is below a limit.
    pub(crate) fn cost(&mut self, kg: &[i64], limit: i64) -> Option<i64> {
        match self.known.get(kg) {
            Some(&Known::Is(cost)) => return (cost < limit).then_some(cost),
            Some(&Known::AtLeast(cost)) if cost >= limit => return None,
            _ => (),
        }
        let cost = self.searched(kg, limit);
        if self.known.len() >= KEPT {
            self.known.clear();
        }
        self.known
            .insert(kg.into(), cost.map_or(Known::AtLeast(limit), Known::Is));
        cost
    }

    /// The hauls of what lies at each station, and what they cost.
    pub(crate) fn plan(&mut self, kg: &[i64]) -> (Vec<Haul>, i64) {
        let used = used(&mut self.used, self.problem, kg);
        let mut local = [0; MOST];
        let job = used.job(self.problem, kg, &mut local);
        let (mut order, _) = used.cheapest(&mut self.orders, &job);
        let along = self.orders.improve(&used.lines, &job, &mut order, (0, usize::MAX));
        let chained = |tours: &Tours| {
            let end = self.chains.search(tours, &job, along)?;
            Some((self.chains.trips(tours, &job, end), self.chains.cost(end)))
        };
        let chained = used.lines.tours.as_ref().and_then(chained);
        let (trips, cost) = chained.unwrap_or_else(|| (self.orders.trips(&used.lines, &job, &order), along));
        used.remember(order);
        let call = |(at, kg): (usize, i64)| Call {
            station: used.stations[at],
            kg,
        };
        let haul = |trip: Trip| Haul {
            calls: trip.into_iter().map(call).collect(),
        };
        (trips.into_iter().map(haul).collect(), cost)
    }

    fn searched(&mut self, kg: &[i64], limit: i64) -> Option<i64> {
        let used = used(&mut self.used, self.problem, kg);
        let mut local = [0; MOST];
        let job = used.job(self.problem, kg, &mut local);
        let (mut order, along) = used.cheapest(&mut self.orders, &job);
        self.asked += 1;
        let near = along >= limit && along - limit <= along / NEARLY;
        let thorough = near || used.stations.len() <= FEWER || self.asked.is_multiple_of(THOROUGH);
        let cost = match &used.lines.tours {
            Some(tours) if thorough => match self.chains.search(tours, &job, limit.min(along)) {
                Some(end) => {
                    let order = self.chains.order(tours, end);
                    used.remember(order);
                    self.chains.cost(end)
                }
                None => along,
            },
            None if near => {
                let cost = self.orders.improve(&used.lines, &job, &mut order, (limit, PATIENCE));
                if cost < along {
                    used.remember(order);
                }
                cost
            }
            _ => along,
        };
        (cost < limit).then_some(cost)
    }
}

impl Used {
    fn job<'a>(&self, problem: &Problem, kg: &[i64], local: &'a mut [i64; MOST]) -> Job<'a> {
        for (at, &station) in self.stations.iter().enumerate() {
            local[at] = kg[station];
        }
        Job {
            kg: &local[..self.stations.len()],
            trucks: problem.spec().trucks,
        }
    }

    /// The order that is best now, and its cost.
    fn cheapest(&self, orders: &mut Orders, job: &Job<'_>) -> (Vec<usize>, i64) {
        let costs = self.orders.iter().map(|order| orders.cost(&self.lines, job, order));
        let best = costs.enumerate().min_by_key(|(_, cost)| *cost);
        best.map_or_else(Default::default, |(at, cost)| (self.orders[at].clone(), cost))
    }

    fn remember(&mut self, order: Vec<usize>) {
        self.latest = (self.latest + 1) % ORDERS;
        match self.orders.get_mut(self.latest) {
            Some(old) => *old = order,
            None => self.orders.push(order),
        }
    }
}

fn used<'u>(all: &'u mut HashMap<u64, Used>, problem: &Problem, kg: &[i64]) -> &'u mut Used {
    let set = kg.iter().rev().fold(0, |set, &kg| set << 1 | u64::from(kg > 0));
    if all.len() >= SETS && !all.contains_key(&set) {
        all.clear();
    }
    all.entry(set).or_insert_with(|| {
        let stations: Vec<usize> = (0..kg.len()).filter(|&station| kg[station] > 0).collect();
        let ways = Ways::new(problem, &stations);
        Used {
            orders: vec![ways.round_trip()],
            latest: 0,
            lines: Lines {
                tours: (stations.len() <= FEW).then(|| Tours::new(&ways)),
                ways,
            },
            stations,
        }
    })
}
