//! A first plain solution: savings (Clarke and Wright 1964) over near pairs.

use crate::control::GoOn;
use crate::search::net::{Net, narrow};
use crate::search::state::State;

/// Neighbours with which a stop may be joined.
const NEAR: usize = 64;

/// Stops or savings between two questions whether to go on.
const SPELL: usize = 256;

/// Puts all absent stops into routes where vehicles suffice; those left over stay absent. When told to stop, the routes
/// are as far joined as they are.
pub(crate) fn construct(state: &mut State, net: &Net<'_>, go_on: GoOn<'_>) {
    let stops = std::mem::take(&mut state.absent);
    let mut paths = join(net, &stops, go_on);
    // Where vehicles are few, those with most stops go first.
    paths.sort_by_key(|path| std::cmp::Reverse(path.len()));
    for path in paths {
        let vehicle = state.roster.free(0);
        if vehicle.is_some_and(|vehicle| state.place(net, vehicle, &path)) {
            state.cost -= path.iter().map(|&stop| net.weight[stop as usize]).sum::<i64>();
        } else {
            state.absent.extend(path);
        }
    }
}

fn join(net: &Net<'_>, stops: &[u32], go_on: GoOn<'_>) -> Vec<Vec<u32>> {
    let kind = &net.kinds[0];
    let way = |a, b| i64::from(net.metric.metres(a, b));
    let mut savings = Vec::new();
    for (index, &a) in stops.iter().enumerate() {
        if index.is_multiple_of(SPELL) && !go_on() {
            break;
        }
        for &b in net.near.nearest(a, NEAR) {
            let saved = way(a, kind.end) + way(kind.start, b) - way(a, b);
            if saved > 0 {
                savings.push((saved, a, b));
            }
        }
    }
    savings.sort_unstable_by_key(|&(saved, a, b)| (std::cmp::Reverse(saved), a, b));
    let mut paths: Vec<Vec<u32>> = stops.iter().map(|&stop| vec![stop]).collect();
    let mut loads: Vec<i64> = stops.iter().map(|&stop| net.demand[stop as usize]).collect();
    let mut path_of = vec![u32::MAX; net.stops as usize];
    for (index, &stop) in stops.iter().enumerate() {
        path_of[stop as usize] = narrow(index);
    }
    for (index, (_, a, b)) in savings.into_iter().enumerate() {
        if index.is_multiple_of(SPELL) && !go_on() {
            break;
        }
        let (from, into) = (path_of[a as usize] as usize, path_of[b as usize]);
        if into == u32::MAX {
            continue;
        }
        let into = into as usize;
        if from == into || loads[from] + loads[into] > kind.payload {
            continue;
        }
        let end = |path: &Vec<u32>, stop| path.first() == Some(&stop) || path.last() == Some(&stop);
        if !end(&paths[from], a) || !end(&paths[into], b) {
            continue;
        }
        let mut tail = std::mem::take(&mut paths[into]);
        if tail.first() != Some(&b) {
            tail.reverse();
        }
        if paths[from].last() != Some(&a) {
            paths[from].reverse();
        }
        for &stop in &tail {
            path_of[stop as usize] = narrow(from);
        }
        paths[from].append(&mut tail);
        loads[from] += std::mem::take(&mut loads[into]);
    }
    paths.retain(|path| !path.is_empty());
    paths
}
