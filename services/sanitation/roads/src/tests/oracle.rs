//! Dijkstra's algorithm as in the book, from one point to another, knowing nothing but the roads.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap},
};

use crate::{Network, Snap};

/// Milliseconds and centimetres.
type Found = (u64, u64);

fn part(ms: u32, part_cm: u32, whole_cm: u32) -> Found {
    let ms = u64::from(ms) * u64::from(part_cm) / u64::from(whole_cm);
    (ms, part_cm.into())
}

fn add(a: Found, b: Found) -> Found {
    (a.0 + b.0, a.1 + b.1)
}

/// The best cost of every junction that can be reached from a point.
pub(super) fn reached(network: &Network, from: &Snap) -> BTreeMap<u32, Found> {
    let mut best = BTreeMap::new();
    let mut open = BinaryHeap::new();
    let road = network.roads()[from.road as usize];
    if let Some(ms) = road.forward_ms {
        let rest = part(ms, road.length_cm - from.offset_cm, road.length_cm);
        open.push(Reverse((rest, road.to)));
    }
    if let Some(ms) = road.backward_ms {
        open.push(Reverse((part(ms, from.offset_cm, road.length_cm), road.from)));
    }
    while let Some(Reverse((cost, node))) = open.pop() {
        if best.contains_key(&node) {
            continue;
        }
        best.insert(node, cost);
        for road in network.roads() {
            if let Some(ms) = road.forward_ms.filter(|_| road.from == node) {
                open.push(Reverse((add(cost, (ms.into(), road.length_cm.into())), road.to)));
            }
            if let Some(ms) = road.backward_ms.filter(|_| road.to == node) {
                open.push(Reverse((add(cost, (ms.into(), road.length_cm.into())), road.from)));
            }
        }
    }
    best
}

/// Seconds and metres, rounded, from the point that `best` was reckoned for; `None` if there is no way.
pub(super) fn way(network: &Network, best: &BTreeMap<u32, Found>, from: &Snap, to: &Snap) -> Option<(u32, u32)> {
    let road = network.roads()[to.road as usize];
    let mut ways = Vec::new();
    if let Some(ms) = road.forward_ms {
        let last = part(ms, to.offset_cm, road.length_cm);
        ways.extend(best.get(&road.from).map(|cost| add(*cost, last)));
        if from.road == to.road && from.offset_cm <= to.offset_cm {
            ways.push(part(ms, to.offset_cm - from.offset_cm, road.length_cm));
        }
    }
    if let Some(ms) = road.backward_ms {
        let last = part(ms, road.length_cm - to.offset_cm, road.length_cm);
        ways.extend(best.get(&road.to).map(|cost| add(*cost, last)));
        if from.road == to.road && from.offset_cm >= to.offset_cm {
            ways.push(part(ms, from.offset_cm - to.offset_cm, road.length_cm));
        }
    }
    let (ms, cm) = ways.into_iter().min()?;
    let whole = |value: u64| u32::try_from(value).expect("32 bits");
    Some((whole((ms + 500) / 1_000), whole((cm + 50) / 100)))
}
