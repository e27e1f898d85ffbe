//! Takes junctions out one after the other, the least important first, and bridges the ways over them.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{Arc, MadeOf, witness::Witness};
use crate::{Network, cost::Cost, csr::id};

/// Most junctions that a search for a way around settles when the order is sought, and when a junction goes. Too few in the
/// second and needless shortcuts beget others until all are joined with all.
const SETTLED_FIRST: usize = 100;
const SETTLED_LAST: usize = 500;

/// A neighbour of a junction that is not contracted yet.
#[derive(Clone, Copy)]
pub(super) struct Link {
    pub(super) node: u32,
    pub(super) cost: Cost,
    arc: u32,
    /// Roads in it.
    roads: u32,
}

/// An arc that is needed once a junction is gone.
struct Shortcut {
    first: Link,
    second: Link,
}

struct Contraction {
    out: Vec<Vec<Link>>,
    into: Vec<Vec<Link>>,
    /// Between junctions, not ranks.
    arcs: Vec<Arc>,
    /// How many contracted junctions lie below each.
    level: Vec<u32>,
    witness: Witness,
}

/// How often `stop` is asked, in junctions; the last and busiest ones take some milliseconds each.
const ASK: u32 = 32;

/// Rank of each junction, and all arcs between ranks; `None` once `stop` says so.
pub(super) fn all(network: &Network, stop: &dyn Fn() -> bool) -> Option<(Vec<u32>, Vec<Arc>)> {
    let nodes = network.nodes.len();
    let stopped = |done: u32| done.is_multiple_of(ASK) && stop();
    let mut work = Contraction::new(network);
    let mut priority: Vec<u64> = Vec::with_capacity(nodes);
    for node in 0..id(nodes) {
        if stopped(node) {
            return None;
        }
        priority.push(work.priority(node));
    }
    let mut queue: BinaryHeap<Reverse<(u64, u32)>> = (0..id(nodes))
        .map(|node| Reverse((priority[node as usize], node)))
        .collect();
    let mut ranks = vec![u32::MAX; nodes];
    let mut next_rank = 0;
    while let Some(Reverse((value, node))) = queue.pop() {
        let done = ranks[node as usize] != u32::MAX;
        if done || value != priority[node as usize] {
            continue;
        }
        if stopped(next_rank) {
            return None;
        }
        ranks[node as usize] = next_rank;
        next_rank += 1;
        for neighbour in work.contract(node) {
            let value = work.priority(neighbour);
            if value != priority[neighbour as usize] {
                priority[neighbour as usize] = value;
                queue.push(Reverse((value, neighbour)));
            }
        }
    }
    let arcs = work.kept(&ranks);
    Some((ranks, arcs))
}

impl Contraction {
    fn new(network: &Network) -> Self {
        let nodes = network.nodes.len();
        let mut work = Self {
            out: vec![Vec::new(); nodes],
            into: vec![Vec::new(); nodes],
            arcs: Vec::with_capacity(network.roads.len() * 4),
            level: vec![0; nodes],
            witness: Witness::new(nodes),
        };
        for (index, road) in network.roads.iter().enumerate() {
            for (from, to, forward) in [(road.from, road.to, true), (road.to, road.from, false)] {
                let Some(cost) = road.cost(forward) else { continue };
                if from != to {
                    let road = id(index);
                    work.connect(from, to, cost, 1, MadeOf::Road { road, forward });
                }
            }
        }
        work
    }

    /// Adds an arc unless there is one that is as good; the better one takes the place of the worse.
    fn connect(&mut self, from: u32, to: u32, cost: Cost, roads: u32, made_of: MadeOf) {
        let arc = id(self.arcs.len());
        let link = |node| Link { node, cost, arc, roads };
        let out = &mut self.out[from as usize];
        match out.iter_mut().find(|known| known.node == to) {
            Some(known) if known.cost <= cost => return,
            Some(known) => {
                *known = link(to);
                let into = &mut self.into[to as usize];
                if let Some(known) = into.iter_mut().find(|known| known.node == from) {
                    *known = link(from);
                }
            }
            None => {
                out.push(link(to));
                self.into[to as usize].push(link(from));
            }
        }
        self.arcs.push(Arc {
            from,
            to,
            cost,
            made_of,
        });
    }

    /// What has to be added if `node` goes.
    fn shortcuts(&mut self, node: u32, settled: usize) -> Vec<Shortcut> {
        let mut needed = Vec::new();
        let out = &self.out[node as usize];
        for first in &self.into[node as usize] {
            let onward = out.iter().filter(|second| second.node != first.node);
            let Some(longest) = onward.clone().map(|second| second.cost).max() else {
                continue;
            };
            let bound = first.cost.plus(longest);
            self.witness.search(&self.out, first.node, node, bound, settled);
            needed.extend(
                onward
                    .filter(|second| self.witness.cost(second.node) > first.cost.plus(second.cost))
                    .map(|second| Shortcut {
                        first: *first,
                        second: *second,
                    }),
            );
        }
        needed
    }

    /// The lower, the sooner a junction goes: few shortcuts for the arcs that go with it, spread over the map.
    fn priority(&mut self, node: u32) -> u64 {
        let needed = self.shortcuts(node, SETTLED_FIRST);
        let roads = |link: &Link| u64::from(link.roads);
        let added = needed.len() as u64;
        let added_roads: u64 = needed.iter().map(|new| roads(&new.first) + roads(&new.second)).sum();
        let gone = || self.out[node as usize].iter().chain(&self.into[node as usize]);
        let removed = gone().count().max(1) as u64;
        let removed_roads = gone().map(roads).sum::<u64>().max(1);
        u64::from(self.level[node as usize]) * 1_000 + added * 1_000 / removed + added_roads * 1_000 / removed_roads
    }

    /// Takes a junction out; answers its neighbours. Its own lists stay as they are: they lead to higher ranks only.
    fn contract(&mut self, node: u32) -> Vec<u32> {
        for Shortcut { first, second } in self.shortcuts(node, SETTLED_LAST) {
            self.connect(
                first.node,
                second.node,
                first.cost.plus(second.cost),
                first.roads.saturating_add(second.roads),
                MadeOf::Arcs(first.arc, second.arc),
            );
        }
        let above = self.level[node as usize] + 1;
        let links = self.out[node as usize].iter().chain(&self.into[node as usize]);
        let mut neighbours: Vec<u32> = links.map(|link| link.node).collect();
        neighbours.sort_unstable();
        neighbours.dedup();
        for neighbour in &neighbours {
            let at = *neighbour as usize;
            self.out[at].retain(|link| link.node != node);
            self.into[at].retain(|link| link.node != node);
            self.level[at] = self.level[at].max(above);
        }
        neighbours
    }

    /// The arcs that were not replaced by better ones, between ranks, numbered anew in the same order.
    fn kept(self, ranks: &[u32]) -> Vec<Arc> {
        let mut kept = vec![false; self.arcs.len()];
        for link in self.out.iter().chain(&self.into).flatten() {
            kept[link.arc as usize] = true;
        }
        let mut numbers = Vec::with_capacity(kept.len());
        let mut count = 0;
        for kept in &kept {
            numbers.push(count);
            count += u32::from(*kept);
        }
        let renumbered = |arc: Arc| Arc {
            from: ranks[arc.from as usize],
            to: ranks[arc.to as usize],
            made_of: match arc.made_of {
                MadeOf::Arcs(first, second) => MadeOf::Arcs(numbers[first as usize], numbers[second as usize]),
                road @ MadeOf::Road { .. } => road,
            },
            ..arc
        };
        let arcs = self.arcs.into_iter().zip(kept);
        arcs.filter(|(_, kept)| *kept).map(|(arc, _)| renumbered(arc)).collect()
    }
}
