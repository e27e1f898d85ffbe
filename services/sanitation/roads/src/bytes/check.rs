//! What kept networks and hierarchies have to fulfil, so that nothing that uses them can fail.

use super::BytesError;
use crate::{
    Network,
    hierarchy::{Arc, MadeOf},
    network::LONGEST_CM,
};

fn hold(holds: bool, what: &'static str) -> Result<(), BytesError> {
    if holds {
        Ok(())
    } else {
        Err(BytesError::Impossible { what })
    }
}

pub(super) fn network(network: &Network) -> Result<(), BytesError> {
    let nodes = network.nodes.len();
    for road in &network.roads {
        let known = (road.from as usize) < nodes && (road.to as usize) < nodes;
        hold(known, "a road to no junction")?;
        hold((1..=LONGEST_CM).contains(&road.length_cm), "the length of a road")?;
        let times = [road.forward_ms, road.backward_ms];
        hold(times.iter().any(Option::is_some), "a road that is closed")?;
        hold(times.iter().flatten().all(|ms| *ms > 0), "a road that takes no time")?;
    }
    let last = network
        .bends_from
        .last()
        .is_some_and(|last| *last as usize == network.bends.len());
    hold(last && network.bends_from.is_sorted(), "a list of bends")
}

pub(super) fn hierarchy(network: &Network, ranks: &[u32], arcs: &[Arc]) -> Result<(), BytesError> {
    hold(ranks.len() == network.nodes.len(), "the number of ranks")?;
    let mut node_of = vec![u32::MAX; ranks.len()];
    for (node, rank) in (0..).zip(ranks) {
        let free = node_of.get_mut(*rank as usize).filter(|taken| **taken == u32::MAX);
        *free.ok_or(BytesError::Impossible { what: "a rank" })? = node;
    }
    for (index, arc) in arcs.iter().enumerate() {
        let ends = (node_of.get(arc.from as usize), node_of.get(arc.to as usize));
        let (Some(from), Some(to)) = ends else {
            return hold(false, "an arc to no rank");
        };
        hold(from != to, "an arc to where it begins")?;
        let fits = match arc.made_of {
            MadeOf::Road { road, forward } => network.roads.get(road as usize).is_some_and(|road| {
                let ends = if forward {
                    (road.from, road.to)
                } else {
                    (road.to, road.from)
                };
                ends == (*from, *to) && road.cost(forward) == Some(arc.cost)
            }),
            MadeOf::Arcs(first, second) => {
                let earlier = |number: u32| arcs[..index].get(number as usize);
                earlier(first).zip(earlier(second)).is_some_and(|(first, second)| {
                    (first.from, first.to, second.to) == (arc.from, second.from, arc.to)
                        && first.cost.plus(second.cost) == arc.cost
                })
            }
        };
        hold(fits, "what an arc is made of")?;
    }
    Ok(())
}
