//! A new solution from two: routes of one that lie together give way to those of the other that serve about the same
//! stops ("selective route exchange", Nagata and Bräysy 2010).

use crate::search::best::Sketch;
use crate::search::net::{Net, narrow};
use crate::search::parts::absent;
use crate::search::rng::Rng;
use crate::search::state::{NONE, State};

/// A solution of two, and where it differs from the first.
pub(crate) struct Child {
    pub(crate) state: State,
    /// Stops that are absent or in a route that the first does not have.
    pub(crate) changed: Vec<u32>,
}

/// Crosses two solutions; stops that lose their place are absent.
pub(crate) fn cross(net: &Net<'_>, base: &Sketch, other: &Sketch, rng: &mut Rng) -> Child {
    let (lost, given) = choose(net, base, other, rng);
    let mut child = Sketch {
        routes: base.routes.clone(),
        cost: 0,
    };
    let mut free: Vec<u32> = lost.clone();
    for &vehicle in &lost {
        child.routes[vehicle as usize].clear();
    }
    let mut served = vec![false; net.stops as usize];
    for &node in child.routes.iter().flatten().filter(|&&node| net.is_stop(node)) {
        served[node as usize] = true;
    }
    for vehicle in given {
        let kind = |vehicle: u32| net.kind_of[vehicle as usize];
        if let Some(index) = free.iter().position(|&one| kind(one) == kind(vehicle)) {
            let into = free.swap_remove(index);
            child.routes[into as usize] = left_over(net, into, &other.routes[vehicle as usize], &served);
        }
    }
    let all: Vec<u32> = (0..narrow(net.kind_of.len())).collect();
    let state = child.state(net, &all, &absent(net, &child));
    let mut changed = state.absent.clone();
    for nodes in lost.iter().map(|&vehicle| &child.routes[vehicle as usize]) {
        if !lost.iter().any(|&vehicle| base.routes[vehicle as usize] == *nodes) {
            changed.extend(nodes.iter().filter(|&&node| net.is_stop(node)));
        }
    }
    Child { state, changed }
}

/// Vehicles of `base` around a random stop, and as many of `other` that share most stops with them.
fn choose(net: &Net<'_>, base: &Sketch, other: &Sketch, rng: &mut Rng) -> (Vec<u32>, Vec<u32>) {
    let (of_base, of_other) = (vehicles(net, base), vehicles(net, other));
    let used = base.routes.iter().filter(|nodes| !nodes.is_empty()).count();
    let wanted = 1 + rng.below((used / 2).clamp(1, 24));
    let seed = narrow(rng.below(net.stops as usize));
    let mut lost = Vec::with_capacity(wanted);
    let around = std::iter::once(&seed).chain(net.near.of(seed));
    for vehicle in around
        .map(|&stop| of_base[stop as usize])
        .filter(|&vehicle| vehicle != NONE)
    {
        if lost.len() < wanted && !lost.contains(&vehicle) {
            lost.push(vehicle);
        }
    }
    let mut shared = vec![0_u32; net.kind_of.len()];
    for &stop in lost.iter().flat_map(|&vehicle| &base.routes[vehicle as usize]) {
        if net.is_stop(stop) && of_other[stop as usize] != NONE {
            shared[of_other[stop as usize] as usize] += 1;
        }
    }
    let mut given: Vec<u32> = (0..narrow(shared.len()))
        .filter(|&vehicle| shared[vehicle as usize] > 0)
        .collect();
    given.sort_by_key(|&vehicle| std::cmp::Reverse(shared[vehicle as usize]));
    given.truncate(lost.len());
    (lost, given)
}

/// Vehicle of each stop.
fn vehicles(net: &Net<'_>, sketch: &Sketch) -> Vec<u32> {
    let mut vehicles = vec![NONE; net.stops as usize];
    for (vehicle, nodes) in sketch.routes.iter().enumerate() {
        for &stop in nodes.iter().filter(|&&node| net.is_stop(node)) {
            vehicles[stop as usize] = narrow(vehicle);
        }
    }
    vehicles
}

/// A route without the stops served elsewhere and without unloadings that are then idle.
fn left_over(net: &Net<'_>, vehicle: u32, nodes: &[u32], served: &[bool]) -> Vec<u32> {
    let mut left: Vec<u32> = Vec::with_capacity(nodes.len());
    let mut loaded = net.kind(vehicle).load > 0;
    for &node in nodes {
        if net.is_stop(node) {
            if !served[node as usize] {
                left.push(node);
                loaded = true;
            }
        } else if std::mem::replace(&mut loaded, false) {
            left.push(node);
        }
    }
    left
}
