//! The upper level: what it costs at least to haul given masses from the stations.

mod chains;
mod orders;
mod tours;

use std::collections::HashMap;

use crate::{Call, Fleet, Haul, Problem};
use chains::Chains;
use orders::Orders;
use tours::{Lines, Tours, Ways};

/// Stations up to which the cheapest hauls are looked for among all; beyond that, among those along an order of the stations.
const FEW: usize = 10;
/// Stations up to which that is done each time; of more only where it is likely to matter.
const FEWER: usize = 7;
/// One part in so many of its cost that an order has to be above a limit not to be changed so that it might come below.
const NEARLY: i64 = 100;
/// Changes of an order that are tried then.
const PATIENCE: usize = 20;
/// Answers that are kept.
const KEPT: usize = 200_000;

/// What is to be hauled: kg of each station, by trucks.
pub(crate) struct Job<'a> {
    kg: &'a [i64],
    trucks: Fleet,
}

impl Job<'_> {
    /// Trucks that a mass takes at least.
    const fn trucks_for(&self, kg: i64) -> usize {
        (kg as u64).div_ceil(self.trucks.payload_kg as u64) as usize
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
    /// The order that has been the best one last.
    order: Vec<usize>,
}

pub(crate) struct Hauls<'p> {
    problem: &'p Problem,
    used: HashMap<u64, Used>,
    known: HashMap<Box<[i64]>, Known>,
    chains: Chains,
    orders: Orders,
}

impl<'p> Hauls<'p> {
    pub(crate) fn new(problem: &'p Problem) -> Self {
        Self {
            problem,
            used: HashMap::new(),
            known: HashMap::new(),
            chains: Chains::default(),
            orders: Orders::default(),
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
        let local: Vec<i64> = used.stations.iter().map(|&station| kg[station]).collect();
        let job = Job {
            kg: &local,
            trucks: self.problem.spec().trucks,
        };
        let along = self.orders.improve(&used.lines, &job, &mut used.order, (0, usize::MAX));
        let chained = |tours: &Tours| {
            let end = self.chains.search(tours, &job, along)?;
            Some((self.chains.trips(tours, &job, end), self.chains.cost(end)))
        };
        let chained = used.lines.tours.as_ref().and_then(chained);
        let (trips, cost) = chained.unwrap_or_else(|| (self.orders.trips(&used.lines, &job, &used.order), along));
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
        let mut local = [0; 64];
        for (at, &station) in used.stations.iter().enumerate() {
            local[at] = kg[station];
        }
        let job = Job {
            kg: &local[..used.stations.len()],
            trucks: self.problem.spec().trucks,
        };
        let along = self.orders.cost(&used.lines, &job, &used.order);
        let near = along >= limit && along - limit <= along / NEARLY;
        let cost = match &used.lines.tours {
            Some(tours) if near || used.stations.len() <= FEWER => {
                match self.chains.search(tours, &job, limit.min(along)) {
                    Some(end) => {
                        used.order = self.chains.order(tours, end);
                        self.chains.cost(end)
                    }
                    None => along,
                }
            }
            None if near => self
                .orders
                .improve(&used.lines, &job, &mut used.order, (limit, PATIENCE)),
            _ => along,
        };
        (cost < limit).then_some(cost)
    }
}

fn used<'u>(all: &'u mut HashMap<u64, Used>, problem: &Problem, kg: &[i64]) -> &'u mut Used {
    let set = kg.iter().rev().fold(0, |set, &kg| set << 1 | u64::from(kg > 0));
    all.entry(set).or_insert_with(|| {
        let stations: Vec<usize> = (0..kg.len()).filter(|&station| kg[station] > 0).collect();
        let ways = Ways::new(problem, &stations);
        Used {
            order: ways.round_trip(),
            lines: Lines {
                tours: (stations.len() <= FEW).then(|| Tours::new(&ways)),
                ways,
            },
            stations,
        }
    })
}
