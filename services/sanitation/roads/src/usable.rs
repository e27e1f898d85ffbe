//! The roads that a vehicle may use and from which it can come back.

use crate::{
    Network, Road, Vehicle,
    csr::{Csr, id},
};

const NONE: u32 = u32::MAX;

impl Network {
    /// The roads whose limits the vehicle keeps to, as far as they belong to the largest set of junctions that can all be
    /// reached from each other.
    pub(crate) fn usable(&self, vehicle: &Vehicle) -> Self {
        let component = self.largest_component(vehicle);
        let mut kept = Self::new();
        let mut new_ids = vec![NONE; self.nodes.len()];
        for (node, position) in self.nodes.iter().enumerate() {
            if component[node] {
                new_ids[node] = kept.add_node(*position);
            }
        }
        for (index, road) in self.roads.iter().enumerate() {
            let (from, to) = (new_ids[road.from as usize], new_ids[road.to as usize]);
            if from != NONE && to != NONE && vehicle.fits(road.limits) {
                let mut road = *road;
                (road.from, road.to) = (from, to);
                kept.add_road(road, self.bends(id(index)));
            }
        }
        kept
    }

    /// By road, whether the vehicle may use it and come back: its limits are kept to, and its ends belong to the largest set of
    /// junctions that can all be reached from each other.
    pub fn usable_roads(&self, vehicle: &Vehicle) -> Vec<bool> {
        let component = self.largest_component(vehicle);
        let ends = |road: &Road| component[road.from as usize] && component[road.to as usize];
        let usable = self.roads.iter().map(|road| vehicle.fits(road.limits) && ends(road));
        usable.collect()
    }

    /// Whether each junction belongs to the largest strongly connected set (Tarjan, without recursion).
    fn largest_component(&self, vehicle: &Vehicle) -> Vec<bool> {
        let onward = self.onward(vehicle);
        let nodes = self.nodes.len();
        let mut seen_as = vec![NONE; nodes];
        let mut lowest = vec![NONE; nodes];
        let mut open = vec![false; nodes];
        let (mut stack, mut calls) = (Vec::new(), Vec::new());
        let mut best: Vec<u32> = Vec::new();
        let mut count = 0;
        for root in 0..id(nodes) {
            if seen_as[root as usize] != NONE {
                continue;
            }
            calls.push((root, 0));
            while let Some((node, next)) = calls.pop() {
                let at = node as usize;
                if next == 0 {
                    seen_as[at] = count;
                    lowest[at] = count;
                    count += 1;
                    open[at] = true;
                    stack.push(node);
                } else {
                    // The call for the neighbour before this one has come back.
                    let child = onward.list(node)[next - 1] as usize;
                    if open[child] {
                        lowest[at] = lowest[at].min(lowest[child]);
                    }
                }
                let ahead = &onward.list(node)[next..];
                if let Some(skipped) = ahead.iter().position(|to| seen_as[*to as usize] == NONE) {
                    for to in &ahead[..skipped] {
                        if open[*to as usize] {
                            lowest[at] = lowest[at].min(seen_as[*to as usize]);
                        }
                    }
                    calls.push((node, next + skipped + 1));
                    calls.push((ahead[skipped], 0));
                    continue;
                }
                for to in ahead {
                    if open[*to as usize] {
                        lowest[at] = lowest[at].min(seen_as[*to as usize]);
                    }
                }
                if lowest[at] == seen_as[at] {
                    let begin = stack.iter().rposition(|other| *other == node).unwrap_or(0);
                    let component = stack.split_off(begin);
                    for member in &component {
                        open[*member as usize] = false;
                    }
                    if component.len() > best.len() {
                        best = component;
                    }
                }
            }
        }
        let mut inside = vec![false; nodes];
        for node in best {
            inside[node as usize] = true;
        }
        inside
    }

    /// For each junction those that the vehicle reaches by one road.
    fn onward(&self, vehicle: &Vehicle) -> Csr<u32> {
        let mut pairs = Vec::with_capacity(self.roads.len() * 2);
        for road in self.roads.iter().filter(|road| vehicle.fits(road.limits)) {
            if road.forward_ms.is_some() {
                pairs.push((road.from, road.to));
            }
            if road.backward_ms.is_some() {
                pairs.push((road.to, road.from));
            }
        }
        Csr::new(self.nodes.len(), &pairs)
    }
}
