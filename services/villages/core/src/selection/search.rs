//! Branch and bound, depth first.

use super::{
    improve::improve,
    nest::{Nest, Pick, Rest},
    relax::{Bound, Relaxed, cost_at, relax},
    swap::{Exchange, Swap},
};

/// The best set within the limit, and what no such set undercuts.
pub(super) struct Found {
    pub best: Pick,
    pub lower_bound: i128,
}

struct Node {
    rest: Rest,
    /// No set of this node costs less.
    bound: i128,
}

/// Searches from `quickest`, which keeps the limit of crew days.
pub(super) fn search(nest: &Nest, limit: i128, quickest: Pick, steps: u32) -> Found {
    let mut best = quickest;
    let mut open = vec![Node {
        rest: nest.undecided(),
        bound: 0,
    }];
    let mut taken = 0;
    while let Some(mut node) = open.pop() {
        if node.bound >= best.cost {
            continue;
        }
        if taken == steps {
            let rest = open.iter().map(|node| node.bound).min();
            let lower_bound = rest.map_or(node.bound, |rest| rest.min(node.bound)).min(best.cost);
            return Found { best, lower_bound };
        }
        taken += 1;
        let mut found: Option<Pick> = None;
        let relaxed = relax(nest, &node.rest, limit, best.cost, |pick| {
            if found.as_ref().is_none_or(|found| pick.cost < found.cost) {
                found = Some(pick.clone());
            }
        });
        if let Some(found) = found.filter(|found| found.cost < best.cost) {
            best = found;
        }
        match relaxed {
            Relaxed::Closed => {}
            Relaxed::Solved(pick) => best = pick,
            Relaxed::Open(bound) => {
                node.bound = node.bound.max(bound.cost);
                for near in [&bound.cheap, &bound.pick, &bound.quick] {
                    if let Some(better) = improve(nest, &node.rest, near, limit, best.cost) {
                        best = better;
                    }
                }
                branch(nest, limit, best.cost, node, &bound, &mut open);
            }
        }
    }
    let lower_bound = best.cost;
    Found { best, lower_bound }
}

/// Decides what can only be one way, then splits on one item of the rest.
fn branch(nest: &Nest, limit: i128, best: i128, node: Node, bound: &Bound, open: &mut Vec<Node>) {
    let weight = bound.price.of(bound.pick.cost, bound.pick.crew_days);
    let swaps = Exchange::new(nest, &node.rest, &bound.pick).swaps(bound.price);
    let cost = |swap: &Swap| swap.added.map(|added| cost_at(bound.price, weight + added, limit));
    let mut decided: Vec<Option<bool>> = vec![None; nest.items.len()];
    for swap in &swaps {
        if cost(swap).is_none_or(|cost| cost >= best) {
            decided[swap.item] = Some(swap.inside);
        }
    }
    let contested = swaps
        .iter()
        .filter(|swap| decided[swap.item].is_none())
        .max_by_key(|swap| nest.items[swap.item].crew_days);
    let side = |inside: bool, split: Option<&Swap>| {
        let way = |at: usize| match split {
            Some(split) if split.item == at => Some(inside),
            _ => decided[at],
        };
        nest.decide(&node.rest, |at| way(at) == Some(true), |at| way(at) == Some(false))
    };
    if let Some(split) = contested {
        open.push(Node {
            rest: side(!split.inside, contested),
            bound: cost(split).map_or(node.bound, |cost| cost.max(node.bound)),
        });
    }
    // Looked at first: the same side as the set of least weight.
    open.push(Node {
        rest: side(contested.is_some_and(|split| split.inside), contested),
        bound: node.bound,
    });
}
