//! From a sketch of the search to the answer.

use std::collections::HashSet;

use crate::choices;
use crate::plan::{PlannedRoute, PlannedTrip};
use crate::schedule::schedule;
use crate::search::best::Sketch;
use crate::search::net::Net;
use crate::search::parts::absent;
use crate::validate::beginning;
use crate::{Objective, Problem, Reason, Route, Solution, Spec, Unserved, Vehicle};

/// What there is before anything is planned: the vehicles go that have to, and do what they have to.
pub(crate) fn idle(problem: &Problem) -> Solution {
    let spec = problem.spec();
    let must_go =
        |vehicle: &Vehicle| !vehicle.locked.is_empty() || (vehicle.load_kg > 0 && !spec.facilities.is_empty());
    let vehicles = spec.vehicles.iter().enumerate();
    let busy = vehicles.filter(|(_, vehicle)| must_go(vehicle));
    let planned = busy.filter_map(|(vehicle, _)| beginning(spec, vehicle));
    let routes: Vec<Route> = planned.filter_map(|planned| schedule(spec, &planned).ok()).collect();
    let visits = (routes.iter())
        .flat_map(|route| &route.trips)
        .flat_map(|trip| &trip.visits);
    let served: HashSet<usize> = visits.map(|visit| visit.stop).collect();
    let free =
        |stop: &usize| !served.contains(stop) && !problem.is_impossible(*stop) && problem.choice_of(*stop).is_none();
    let left = (0..spec.stops.len()).filter(free);
    finished(problem, routes, left)
}

/// A solution with these routes, which leaves out these stops, what nobody could serve, and what choices leave out.
fn finished(problem: &Problem, routes: Vec<Route>, left: impl Iterator<Item = usize>) -> Solution {
    let spec = problem.spec();
    let mut unserved: Vec<Unserved> = problem.impossible().collect();
    unserved.extend(left.map(|stop| {
        let reason = if spec.stops[stop].penalty.is_some() {
            Reason::NotWorth
        } else {
            Reason::NoRoom
        };
        Unserved { stop, reason }
    }));
    unserved.extend(choices::unserved(problem, &routes));
    unserved.sort_unstable_by_key(|one| one.stop);
    let objective = value(spec, &routes, &unserved);
    Solution {
        routes,
        unserved,
        objective,
    }
}

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
    let mut left: Vec<usize> = absent(net, sketch).into_iter().map(|stop| net.stop_of(stop)).collect();
    let mut routes: Vec<Route> = Vec::new();
    for (vehicle, nodes) in sketch.routes.iter().enumerate().filter(|(_, nodes)| !nodes.is_empty()) {
        let planned = planned(net, vehicle, nodes);
        match schedule(spec, &planned) {
            Ok(route) => routes.push(route),
            // Only a route that lasts longer than any time the engine accepts gets here.
            Err(_) => left.extend(planned.trips.iter().flat_map(|trip| &trip.stops)),
        }
    }
    let free = |stop: &usize| net.problem.choice_of(*stop).is_none();
    finished(net.problem, routes, left.into_iter().filter(free))
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
