//! The peer: Dijkstra's algorithm with a binary heap from every point to all others, nothing prepared but neighbour lists.

use std::{cmp::Reverse, collections::BinaryHeap, thread};

use roads::{Network, Road, Snap};

/// Milliseconds and centimetres.
type Cost = (u64, u64);

const NEVER: Cost = (u64::MAX, u64::MAX);

pub struct Plain<'a> {
    network: &'a Network,
    /// By junction, the next ones and what it costs to get there.
    onward: Vec<Vec<(u32, Cost)>>,
}

/// What part of a road costs in one direction.
fn part(ms: u32, part_cm: u32, road: &Road) -> Cost {
    let ms = u64::from(ms) * u64::from(part_cm) / u64::from(road.length_cm);
    (ms, part_cm.into())
}

fn add(a: Cost, b: Cost) -> Cost {
    (a.0 + b.0, a.1 + b.1)
}

impl<'a> Plain<'a> {
    pub fn new(network: &'a Network) -> Self {
        let mut onward = vec![Vec::new(); network.nodes().len()];
        for road in network.roads() {
            for (from, to, ms) in [
                (road.from, road.to, road.forward_ms),
                (road.to, road.from, road.backward_ms),
            ] {
                if let Some(ms) = ms {
                    onward[from as usize].push((to, (u64::from(ms), u64::from(road.length_cm))));
                }
            }
        }
        Self { network, onward }
    }

    /// Seconds and metres between all points, row by row.
    pub fn matrix(&self, points: &[Snap], threads: usize) -> (Vec<u32>, Vec<u32>) {
        let rows = points.len().div_ceil(threads);
        let parts: Vec<Vec<(u32, u32)>> = thread::scope(|scope| {
            let part = |from: &[Snap]| from.iter().flat_map(|from| self.row(from, points)).collect();
            let running: Vec<_> = points
                .chunks(rows)
                .map(|from| scope.spawn(move || part(from)))
                .collect();
            running.into_iter().map(|part| part.join().expect("no panic")).collect()
        });
        parts.into_iter().flatten().unzip()
    }

    fn row(&self, from: &Snap, points: &[Snap]) -> Vec<(u32, u32)> {
        let mut best = vec![NEVER; self.onward.len()];
        let mut open = BinaryHeap::new();
        let mut reach = |open: &mut BinaryHeap<_>, node: u32, cost: Cost| {
            if cost < best[node as usize] {
                best[node as usize] = cost;
                open.push(Reverse((cost, node)));
            }
            best[node as usize]
        };
        let road = &self.network.roads()[from.road() as usize];
        if let Some(ms) = road.forward_ms {
            reach(&mut open, road.to, part(ms, road.length_cm - from.offset_cm(), road));
        }
        if let Some(ms) = road.backward_ms {
            reach(&mut open, road.from, part(ms, from.offset_cm(), road));
        }
        while let Some(Reverse((cost, node))) = open.pop() {
            if reach(&mut open, node, cost) < cost {
                continue;
            }
            for (next, further) in &self.onward[node as usize] {
                reach(&mut open, *next, add(cost, *further));
            }
        }
        points.iter().map(|to| rounded(self.last(&best, from, to))).collect()
    }

    /// The best way to a point on a road, whose ends are reckoned.
    fn last(&self, best: &[Cost], from: &Snap, to: &Snap) -> Cost {
        let road = &self.network.roads()[to.road() as usize];
        let (begin, end) = (best[road.from as usize], best[road.to as usize]);
        let ahead = road.forward_ms.map(|ms| add(begin, part(ms, to.offset_cm(), road)));
        let back = road
            .backward_ms
            .map(|ms| add(end, part(ms, road.length_cm - to.offset_cm(), road)));
        let direction = if from.offset_cm() <= to.offset_cm() {
            road.forward_ms
        } else {
            road.backward_ms
        };
        let between_cm = from.offset_cm().abs_diff(to.offset_cm());
        let along = direction
            .filter(|_| from.road() == to.road())
            .map(|ms| part(ms, between_cm, road));
        // The same point is reached at once in either direction.
        let here = (from.road() == to.road() && between_cm == 0).then_some((0, 0));
        [ahead, back, along, here].into_iter().flatten().min().unwrap_or(NEVER)
    }
}

fn rounded((ms, cm): Cost) -> (u32, u32) {
    let whole = |value: u64, unit: u64| u32::try_from((value + unit / 2) / unit).unwrap_or(u32::MAX);
    (whole(ms, 1_000), whole(cm, 100))
}
