//! Contraction hierarchy: junctions in an order of importance, with shortcuts over the less important ones, so that a
//! search need only climb from both ends. Everything here speaks of ranks, 0 being the least important junction.
//!
//! R. Geisberger, P. Sanders, D. Schultes, D. Delling, *Contraction Hierarchies* (2008).

mod contract;
mod search;
mod witness;

pub(crate) use search::Climb;

use crate::{
    Network,
    cost::Cost,
    csr::{Csr, id},
};

/// A way from one rank to another over less important ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arc {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) cost: Cost,
    pub(crate) made_of: MadeOf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MadeOf {
    /// One road, in its direction or against it.
    Road { road: u32, forward: bool },
    /// Two arcs of lower numbers, one after the other.
    Arcs(u32, u32),
}

/// One step of a climb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    /// The more important end of the arc.
    pub(crate) rank: u32,
    pub(crate) arc: u32,
    pub(crate) cost: Cost,
}

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hierarchy {
    /// Rank of each junction.
    pub(crate) ranks: Vec<u32>,
    pub(crate) arcs: Vec<Arc>,
    /// By rank, the arcs that leave it upwards.
    pub(crate) leaving: Csr<Step>,
    /// By rank, the arcs that come down to it.
    pub(crate) coming: Csr<Step>,
}

impl Hierarchy {
    /// Contracts the junctions of a network one after the other; `None` soon after `stop` says so.
    pub(crate) fn of(network: &Network, stop: &dyn Fn() -> bool) -> Option<Self> {
        let (ranks, arcs) = contract::all(network, stop)?;
        Some(Self::new(ranks, arcs))
    }

    /// Puts the arcs in their lists.
    pub(crate) fn new(ranks: Vec<u32>, arcs: Vec<Arc>) -> Self {
        let (mut leaving, mut coming) = (Vec::new(), Vec::new());
        for (index, arc) in arcs.iter().enumerate() {
            let step = |rank| Step {
                rank,
                arc: id(index),
                cost: arc.cost,
            };
            if arc.from < arc.to {
                leaving.push((arc.from, step(arc.to)));
            } else {
                coming.push((arc.to, step(arc.from)));
            }
        }
        Self {
            leaving: Csr::new(ranks.len(), &leaving),
            coming: Csr::new(ranks.len(), &coming),
            ranks,
            arcs,
        }
    }

    /// The roads of an arc in the order of driving, each with whether it is driven in its direction.
    pub(crate) fn unpack(&self, arc: u32, roads: &mut Vec<(u32, bool)>) {
        let mut stack = vec![arc];
        while let Some(arc) = stack.pop() {
            match self.arcs[arc as usize].made_of {
                MadeOf::Road { road, forward } => roads.push((road, forward)),
                MadeOf::Arcs(first, second) => stack.extend([second, first]),
            }
        }
    }
}
