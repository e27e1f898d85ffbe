//! The climb from where a way begins, or backwards from where it ends.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::Step;
use crate::{cost::Cost, csr::Csr};

/// No arc leads here: a seed.
pub(crate) const SEED: u32 = u32::MAX;

/// A search that only climbs; kept for the next one, because its lists are as long as the ranks.
pub(crate) struct Climb {
    cost: Vec<Cost>,
    by: Vec<u32>,
    reached: Vec<u32>,
    heap: BinaryHeap<Reverse<(Cost, u32)>>,
}

impl Climb {
    pub(crate) fn new(ranks: usize) -> Self {
        Self {
            cost: vec![Cost::NEVER; ranks],
            by: vec![SEED; ranks],
            reached: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// Finds the cost of every rank above the seeds.
    pub(crate) fn search(&mut self, steps: &Csr<Step>, seeds: impl IntoIterator<Item = (u32, Cost)>) {
        for rank in self.reached.drain(..) {
            self.cost[rank as usize] = Cost::NEVER;
        }
        for (rank, cost) in seeds {
            self.reach(rank, cost, SEED);
        }
        while let Some(Reverse((cost, rank))) = self.heap.pop() {
            if cost > self.cost[rank as usize] {
                continue;
            }
            for step in steps.list(rank) {
                self.reach(step.rank, cost.plus(step.cost), step.arc);
            }
        }
    }

    fn reach(&mut self, rank: u32, cost: Cost, by: u32) {
        let known = &mut self.cost[rank as usize];
        if cost < *known {
            if *known == Cost::NEVER {
                self.reached.push(rank);
            }
            *known = cost;
            self.by[rank as usize] = by;
            self.heap.push(Reverse((cost, rank)));
        }
    }

    pub(crate) fn cost(&self, rank: u32) -> Cost {
        self.cost[rank as usize]
    }

    /// The arc by which a reached rank was reached; `None` for a seed.
    pub(crate) fn by(&self, rank: u32) -> Option<u32> {
        Some(self.by[rank as usize]).filter(|arc| *arc != SEED)
    }

    /// All ranks that were reached.
    pub(crate) fn reached(&self) -> &[u32] {
        &self.reached
    }
}
