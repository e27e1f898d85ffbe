//! From a sketch of the search to the answer.

use crate::choices;
use crate::plan::{PlannedRoute, PlannedTrip};
use crate::schedule::schedule;
use crate::search::best::Sketch;
use crate::search::net::Net;
use crate::search::parts::absent;
use crate::{Objective, Reason, Route, Solution, Spec, Unserved};

/// The value of a sketch.
pub(crate) fn objective(net: &Net<'_>, sketch: &Sketch) -> Objective {
    let stops = &net.problem.spec().stops;
    let left = absent(net, sketch);
    let weights: i64 = left.iter().map(|&stop| net.missed(stop)).sum();
    // Of a choice that is not served one stop stands for all, of one that nobody could serve none.
    let alone = net
        .problem
        .impossible()
        .map(|one| one.stop)
        .filter(|&stop| net.problem.choice_of(stop).is_none());
    let unserved = left.iter().map(|&stop| net.stop_of(stop)).chain(alone);
    let mut objective = Objective {
        missing: net.choices.impossible(),
        cost: sketch.cost - weights,
    };
    for stop in unserved {
        match stops[stop].penalty {
            Some(penalty) => objective.cost += penalty,
            None => objective.missing += 1,
        }
    }
    objective
}

/// The solution of a sketch.
pub(crate) fn solution(net: &Net<'_>, sketch: &Sketch) -> Solution {
    let spec = net.problem.spec();
    let mut unserved: Vec<Unserved> = net.problem.impossible().collect();
    let mut left_out = |stop: usize| {
        if net.problem.choice_of(stop).is_some() {
            return;
        }
        let reason = if spec.stops[stop].penalty.is_some() {
            Reason::NotWorth
        } else {
            Reason::NoRoom
        };
        unserved.push(Unserved { stop, reason });
    };
    for stop in absent(net, sketch).into_iter().map(|stop| net.stop_of(stop)) {
        left_out(stop);
    }
    let mut routes: Vec<Route> = Vec::new();
    for (vehicle, nodes) in sketch.routes.iter().enumerate().filter(|(_, nodes)| !nodes.is_empty()) {
        let planned = planned(net, vehicle, nodes);
        match schedule(spec, &planned) {
            Ok(route) => routes.push(route),
            // Only a route that lasts longer than any time the engine accepts gets here.
            Err(_) => planned
                .trips
                .iter()
                .flat_map(|trip| &trip.stops)
                .for_each(|&stop| left_out(stop)),
        }
    }
    unserved.extend(choices::unserved(net.problem, &routes));
    unserved.sort_unstable_by_key(|one| one.stop);
    let objective = value(spec, &routes, &unserved);
    Solution {
        routes,
        unserved,
        objective,
    }
}

pub(crate) fn value(spec: &Spec, routes: &[Route], unserved: &[Unserved]) -> Objective {
    let penalties = unserved.iter().filter_map(|one| spec.stops[one.stop].penalty);
    let alone = unserved.iter().filter(|one| spec.stops[one.stop].penalty.is_none());
    let missing = choices::missing(spec, alone.map(|one| one.stop));
    let cost = routes.iter().map(|route| route.cost).sum::<i64>() + penalties.sum::<i64>();
    Objective { missing, cost }
}

fn planned(net: &Net<'_>, vehicle: usize, nodes: &[u32]) -> PlannedRoute {
    let trip = |nodes: &[u32]| match nodes.split_last() {
        Some((&last, stops)) if !net.is_stop(last) => {
            let facility = Some((last - net.stops) as usize);
            PlannedTrip {
                stops: stops.iter().map(|&stop| net.stop_of(stop)).collect(),
                facility,
            }
        }
        _ => PlannedTrip {
            stops: nodes.iter().map(|&stop| net.stop_of(stop)).collect(),
            facility: None,
        },
    };
    PlannedRoute {
        vehicle,
        trips: nodes.split_inclusive(|&node| !net.is_stop(node)).map(trip).collect(),
    }
}
