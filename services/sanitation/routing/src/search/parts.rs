//! Divides a solution into parts that can be searched side by side, and puts parts together.

use crate::search::best::Sketch;
use crate::search::net::{Net, narrow};
use crate::search::rng::Rng;
use crate::search::state::State;

/// The state of the whole problem.
pub(crate) fn whole(net: &Net<'_>, sketch: &Sketch) -> State {
    let vehicles: Vec<u32> = (0..narrow(sketch.routes.len())).collect();
    sketch.state(net, &vehicles, &absent(net, sketch))
}

/// Parts of about as many stops each, cut across a random direction: routes and absent stops are ordered by how much
/// nearer they are to one random stop than to another. Free vehicles are dealt out.
pub(crate) fn divide(net: &Net<'_>, sketch: &Sketch, count: usize, rng: &mut Rng) -> Vec<State> {
    let poles = [rng.below(net.stops as usize), rng.below(net.stops as usize)].map(narrow);
    let side = |stop: u32| i64::from(net.metric.metres(poles[0], stop)) - i64::from(net.metric.metres(poles[1], stop));
    let mut used = Vec::new();
    let mut free = Vec::new();
    let mut stops = 0;
    for (vehicle, nodes) in sketch.routes.iter().enumerate() {
        let sides = nodes.iter().filter(|&&node| net.is_stop(node)).map(|&stop| side(stop));
        let (sum, size) = sides.fold((0, 0), |(sum, size), side| (sum + side, size + 1));
        if nodes.is_empty() {
            free.push(narrow(vehicle));
        } else {
            used.push((sum / i64::try_from(size.max(1)).unwrap_or(1), narrow(vehicle), size));
        }
        stops += size;
    }
    used.sort_unstable();
    let mut parts: Vec<(Vec<u32>, Vec<u32>)> = vec![(Vec::new(), Vec::new()); count];
    let mut bounds = vec![i64::MAX; count];
    let mut filled = 0;
    for (side, vehicle, size) in used {
        let part = (filled * count / stops.max(1)).min(count - 1);
        parts[part].0.push(vehicle);
        bounds[part] = side;
        filled += size;
    }
    bounds[count - 1] = i64::MAX;
    for stop in absent(net, sketch) {
        let part = bounds
            .iter()
            .position(|&bound| side(stop) <= bound)
            .unwrap_or(count - 1);
        parts[part].1.push(stop);
    }
    free.sort_by_key(|&vehicle| (net.kind_of[vehicle as usize], vehicle));
    for (index, vehicle) in free.into_iter().enumerate() {
        parts[index % count].0.push(vehicle);
    }
    parts
        .iter()
        .map(|(vehicles, absent)| sketch.state(net, vehicles, absent))
        .collect()
}

/// The solution of all parts, which have no vehicle in common.
pub(crate) fn unite<'s>(net: &Net<'_>, parts: impl Iterator<Item = &'s Sketch>) -> Sketch {
    let mut all = Sketch {
        routes: vec![Vec::new(); net.kind_of.len()],
        cost: 0,
    };
    for part in parts {
        all.cost += part.cost;
        for (whole, nodes) in all.routes.iter_mut().zip(&part.routes) {
            if !nodes.is_empty() {
                whole.clone_from(nodes);
            }
        }
    }
    all
}

/// Stops that could be served but are in no route.
pub(crate) fn absent(net: &Net<'_>, sketch: &Sketch) -> Vec<u32> {
    let mut served = vec![false; net.stops as usize];
    for &node in sketch.routes.iter().flatten().filter(|&&node| net.is_stop(node)) {
        served[node as usize] = true;
    }
    let left = (0..net.stops).filter(|&stop| !served[stop as usize]);
    let left = left.filter(|&stop| !net.is_impossible(stop));
    left.filter(|&stop| net.choices.stands(stop, |one| served[one as usize]))
        .collect()
}
