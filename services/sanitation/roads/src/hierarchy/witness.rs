//! Whether a way around a junction is as good as the way over it.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::contract::Link;
use crate::cost::Cost;

/// A search from one junction that gives up early; then a shortcut is made that may not be needed, which is never wrong.
pub(super) struct Witness {
    cost: Vec<Cost>,
    touched: Vec<u32>,
    heap: BinaryHeap<Reverse<(Cost, u32)>>,
}

impl Witness {
    pub(super) fn new(nodes: usize) -> Self {
        Self {
            cost: vec![Cost::NEVER; nodes],
            touched: Vec::new(),
            heap: BinaryHeap::new(),
        }
    }

    /// Searches from `from` around `without`, up to a cost of `bound` and `most` settled junctions.
    pub(super) fn search(&mut self, out: &[Vec<Link>], from: u32, without: u32, bound: Cost, most: usize) {
        for node in self.touched.drain(..) {
            self.cost[node as usize] = Cost::NEVER;
        }
        self.heap.clear();
        self.reach(from, Cost::ZERO);
        let mut settled = 0;
        while let Some(Reverse((cost, node))) = self.heap.pop() {
            if cost > self.cost[node as usize] {
                continue;
            }
            settled += 1;
            if cost >= bound || settled > most {
                return;
            }
            for link in &out[node as usize] {
                if link.node != without {
                    self.reach(link.node, cost.plus(link.cost));
                }
            }
        }
    }

    fn reach(&mut self, node: u32, cost: Cost) {
        let known = &mut self.cost[node as usize];
        if cost < *known {
            if *known == Cost::NEVER {
                self.touched.push(node);
            }
            *known = cost;
            self.heap.push(Reverse((cost, node)));
        }
    }

    /// Cost of the best way found to `node`.
    pub(super) fn cost(&self, node: u32) -> Cost {
        self.cost[node as usize]
    }
}
