//! Travel times from many places to many.
//!
//! For each source one climb of the hierarchy, then one sweep down over the ranks that lie above any target.
//! D. Delling, A. Goldberg, R. Werneck, *Faster Batched Shortest Paths in Road Networks* (2011).

use std::thread;

use crate::{
    Graph, Snap,
    cost::Cost,
    csr::{Csr, id},
    hierarchy::Climb,
};

/// Fastest ways from each source to each target, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// Rows.
    pub sources: usize,
    /// Columns.
    pub targets: usize,
    /// Driving times in seconds, rounded.
    pub durations_s: Vec<u32>,
    /// Metres along the fastest way, rounded; the shortest of equally fast ones.
    pub distances_m: Vec<u32>,
}

impl Graph {
    /// Times and lengths of the fastest ways, reckoned on `threads` threads (1 to 64); the answer does not depend on them.
    /// Takes 8 bytes a pair.
    ///
    /// # Panics
    /// If a point was snapped to another graph whose roads are more or longer.
    pub fn matrix(&self, sources: &[Snap], targets: &[Snap], threads: usize) -> Matrix {
        let pairs = sources.len() * targets.len();
        let mut durations_s = vec![0; pairs];
        let mut distances_m = vec![0; pairs];
        if pairs > 0 {
            let below = Below::new(self, targets);
            let rows = sources.len().div_ceil(threads.clamp(1, 64));
            let parts = durations_s
                .chunks_mut(rows * targets.len())
                .zip(distances_m.chunks_mut(rows * targets.len()))
                .zip(sources.chunks(rows));
            thread::scope(|scope| {
                for ((durations_s, distances_m), sources) in parts {
                    let below = &below;
                    scope.spawn(move || below.rows(sources, durations_s, distances_m));
                }
            });
        }
        Matrix {
            sources: sources.len(),
            targets: targets.len(),
            durations_s,
            distances_m,
        }
    }
}

/// One of the ends of the road that a target is on.
#[derive(Clone, Copy)]
struct Last {
    /// Index in [`Below::ranks`].
    at: u32,
    cost: Cost,
}

/// Everything above the targets.
struct Below<'a> {
    graph: &'a Graph,
    targets: &'a [Snap],
    lasts: Vec<[Last; 2]>,
    /// By road, the targets on it.
    on_road: Csr<u32>,
    /// The ranks from which a target may be reached without climbing, highest first.
    ranks: Vec<u32>,
    /// By index of a rank, the indices of higher ranks and the cost from there.
    steps: Csr<(u32, Cost)>,
}

impl<'a> Below<'a> {
    fn new(graph: &'a Graph, targets: &'a [Snap]) -> Self {
        let hierarchy = &graph.hierarchy;
        let mut needed = vec![false; hierarchy.ranks.len()];
        let ends = targets.iter().flat_map(|target| graph.arriving(target));
        let mut open: Vec<u32> = ends.map(|(rank, _)| rank).collect();
        while let Some(rank) = open.pop() {
            if !needed[rank as usize] {
                needed[rank as usize] = true;
                open.extend(hierarchy.coming.list(rank).iter().map(|step| step.rank));
            }
        }
        let ranks: Vec<u32> = (0..id(needed.len()))
            .rev()
            .filter(|rank| needed[*rank as usize])
            .collect();
        let mut index = vec![0; needed.len()];
        let mut steps = Vec::new();
        for (at, rank) in (0..).zip(&ranks) {
            index[*rank as usize] = at;
            let coming = hierarchy.coming.list(*rank).iter();
            steps.extend(coming.map(|step| (at, (index[step.rank as usize], step.cost))));
        }
        let last = |(rank, cost): (u32, Cost)| Last {
            at: index[rank as usize],
            cost,
        };
        let on_road: Vec<(u32, u32)> = targets.iter().map(|target| target.road).zip(0..).collect();
        Self {
            graph,
            targets,
            lasts: targets.iter().map(|target| graph.arriving(target).map(last)).collect(),
            on_road: Csr::new(graph.network.roads.len(), &on_road),
            steps: Csr::new(ranks.len(), &steps),
            ranks,
        }
    }

    fn rows(&self, sources: &[Snap], durations_s: &mut [u32], distances_m: &mut [u32]) {
        let mut climb = Climb::new(self.graph.hierarchy.ranks.len());
        let mut costs = Vec::with_capacity(self.ranks.len());
        let width = self.targets.len();
        let rows = durations_s.chunks_mut(width).zip(distances_m.chunks_mut(width));
        for (source, (durations_s, distances_m)) in sources.iter().zip(rows) {
            climb.search(&self.graph.hierarchy.leaving, self.graph.leaving(source));
            self.sweep(&climb, &mut costs);
            for (target, [a, b]) in self.lasts.iter().enumerate() {
                let by = |last: &Last| costs[last.at as usize].plus(last.cost);
                let cost = by(a).min(by(b));
                durations_s[target] = cost.seconds();
                distances_m[target] = cost.metres();
            }
            for target in self.on_road.list(source.road) {
                let target = *target as usize;
                let [a, b] = self.lasts[target];
                let by = |last: Last| costs[last.at as usize].plus(last.cost);
                let cost = by(a).min(by(b)).min(self.graph.along(source, &self.targets[target]));
                durations_s[target] = cost.seconds();
                distances_m[target] = cost.metres();
            }
        }
    }

    /// Costs of all ranks, from the highest down.
    fn sweep(&self, climb: &Climb, costs: &mut Vec<Cost>) {
        costs.clear();
        for (at, rank) in (0..).zip(&self.ranks) {
            let steps = self.steps.list(at).iter();
            let by = steps.map(|(above, cost)| costs[*above as usize].plus(*cost));
            let cost = by.fold(climb.cost(*rank), Cost::min);
            costs.push(cost);
        }
    }
}
