//! Good solutions that differ: parents of new ones. Who stays is decided by cost and by how much each adds to the variety
//! ("biased fitness", Vidal et al. 2012).

use std::cmp::Reverse;

use crate::search::best::Sketch;
use crate::search::net::Net;
use crate::search::rng::Rng;
use crate::search::state::NONE;

/// Solutions left when the pool is thinned out, and how many more it takes in before.
const KEPT: usize = 16;
const GROWTH: usize = 8;
/// About so many of the cheapest stay, however much like the others they are.
const ELITE: usize = 4;
/// Most similar others by which a solution's variety is measured.
const CLOSE: usize = 4;

/// Solutions of different cost, cheapest first.
#[derive(Default)]
pub(crate) struct Pool(Vec<Member>);

struct Member {
    sketch: Sketch,
    /// Stops before and after each stop.
    beside: Vec<[u32; 2]>,
    /// Distance to each member, itself included.
    distances: Vec<usize>,
    /// Place by cost and by variety; less is better.
    rank: usize,
}

impl Pool {
    /// Takes a solution in, unless there is one of the same cost.
    pub(crate) fn add(&mut self, net: &Net<'_>, sketch: &Sketch) {
        let Err(at) = self.0.binary_search_by_key(&sketch.cost, |one| one.sketch.cost) else {
            return;
        };
        let mut added = Member {
            sketch: sketch.clone(),
            beside: beside(net, sketch),
            distances: Vec::new(),
            rank: 0,
        };
        for member in &mut self.0 {
            let distance = distance(&added.beside, &member.beside);
            member.distances.insert(at, distance);
            added.distances.push(distance);
        }
        added.distances.insert(at, 0);
        self.0.insert(at, added);
        self.rank();
        if self.0.len() > KEPT + GROWTH {
            while self.0.len() > KEPT {
                self.remove_last();
            }
        }
    }

    /// Removes the one of the last rank; never the cheapest.
    fn remove_last(&mut self) {
        let Some(last) = (1..self.0.len()).max_by_key(|&index| self.0[index].rank) else {
            return;
        };
        self.0.remove(last);
        for member in &mut self.0 {
            member.distances.remove(last);
        }
        self.rank();
    }

    /// Ranks all anew: the place by cost counts once, the place by variety the less the fewer are beyond the elite.
    fn rank(&mut self) {
        let count = self.0.len();
        let variety = |member: &Member| -> usize {
            let mut distances = member.distances.clone();
            distances.sort_unstable();
            distances.iter().skip(1).take(CLOSE).sum()
        };
        let mut order: Vec<_> = (self.0.iter().enumerate())
            .map(|(index, member)| (Reverse(variety(member)), index))
            .collect();
        order.sort_unstable();
        for (place, (_, index)) in order.into_iter().enumerate() {
            self.0[index].rank = count * index + count.saturating_sub(ELITE) * place;
        }
    }

    /// Two different solutions, each the better of two drawn, as far as there are so many.
    pub(crate) fn parents(&self, rng: &mut Rng) -> (&Sketch, &Sketch) {
        let count = self.0.len();
        let mut draw = || {
            let (a, b) = (rng.below(count), rng.below(count));
            if self.0[a].rank <= self.0[b].rank { a } else { b }
        };
        let (base, mut other) = (draw(), draw());
        if other == base {
            other = (base + 1 + rng.below((count - 1).max(1))) % count;
        }
        (&self.0[base].sketch, &self.0[other].sketch)
    }
}

/// Stops before and after each stop; [`NONE`] at the ends of trips.
fn beside(net: &Net<'_>, sketch: &Sketch) -> Vec<[u32; 2]> {
    let mut beside = vec![[NONE; 2]; net.stops as usize];
    for nodes in &sketch.routes {
        for pair in nodes
            .windows(2)
            .filter(|pair| pair.iter().all(|&node| net.is_stop(node)))
        {
            beside[pair[0] as usize][1] = pair[1];
            beside[pair[1] as usize][0] = pair[0];
        }
    }
    beside
}

/// How often a stop's neighbour in one is not its neighbour in the other.
fn distance(a: &[[u32; 2]], b: &[[u32; 2]]) -> usize {
    let foreign = |(a, b): (&[u32; 2], &[u32; 2])| a.iter().filter(|one| !b.contains(one)).count();
    a.iter().zip(b).map(foreign).sum()
}
