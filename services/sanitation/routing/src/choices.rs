//! Which way of each choice a solution takes.

use std::collections::HashSet;

use crate::{Choice, Problem, Reason, Route, Spec, Unserved};

/// Mandatory stops missing among those that are not served; a choice of which no way is served counts once.
pub(crate) fn missing(spec: &Spec, unserved: impl Iterator<Item = usize>) -> usize {
    let unserved: HashSet<usize> = unserved.collect();
    let chosen: HashSet<usize> = spec
        .choices
        .iter()
        .flat_map(|choice| &choice.ways)
        .flatten()
        .copied()
        .collect();
    let open = spec
        .choices
        .iter()
        .filter(|choice| !is_served(choice, |stop| !unserved.contains(&stop)));
    unserved.difference(&chosen).count() + open.count()
}

/// The stops of choices that routes leave out, without those that nobody could serve.
pub(crate) fn unserved(problem: &Problem, routes: &[Route]) -> Vec<Unserved> {
    let visits = routes
        .iter()
        .flat_map(|route| &route.trips)
        .flat_map(|trip| &trip.visits);
    let served: HashSet<usize> = visits.map(|visit| visit.stop).collect();
    let mut left: Vec<Unserved> = Vec::new();
    for choice in &problem.spec().choices {
        let done = is_served(choice, |stop| served.contains(&stop));
        let reason = if done { Reason::NotChosen } else { Reason::NoRoom };
        let stops: HashSet<usize> = choice.ways.iter().flatten().copied().collect();
        let out = |stop: &usize| !served.contains(stop) && !problem.is_impossible(*stop);
        left.extend(stops.into_iter().filter(out).map(|stop| Unserved { stop, reason }));
    }
    left
}

fn is_served(choice: &Choice, served: impl Fn(usize) -> bool) -> bool {
    choice.ways.iter().any(|way| way.iter().all(|&stop| served(stop)))
}
