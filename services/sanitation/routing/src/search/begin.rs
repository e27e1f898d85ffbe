//! The state in which a search begins.

use crate::control::GoOn;
use crate::plan::PlannedRoute;
use crate::search::choices;
use crate::search::net::{Net, narrow};
use crate::search::savings;
use crate::search::state::State;
use crate::validate::beginning;
use crate::{Plan, PlannedTrip};

/// What the plan says as far as it is feasible, locked stops where they have to be, all else absent or, in a plain
/// problem without a plan, joined by savings unless told to stop.
pub(crate) fn state(net: &Net<'_>, plan: Option<&Plan>, go_on: GoOn<'_>) -> State {
    let vehicles = narrow(net.kind_of.len());
    let mut state = State::new(net, 0..vehicles);
    let mut taken = Taken {
        by: vec![None; net.stops as usize],
    };
    for vehicle in 0..vehicles {
        for &stop in &net.kind(vehicle).locked {
            taken.by[stop as usize] = Some(vehicle);
        }
    }
    for route in plan.into_iter().flat_map(|plan| &plan.routes) {
        let vehicle = narrow(route.vehicle);
        if vehicle < vehicles && state.routes[vehicle as usize].is_empty() {
            let nodes = taken.claim(net, vehicle, route);
            let locked = &net.kind(vehicle).locked;
            if !nodes.is_empty() && nodes.starts_with(locked) && state.place(net, vehicle, &nodes) {
                continue;
            }
            taken.release(net, &nodes, locked);
        }
    }
    for vehicle in (0..vehicles).filter(|&vehicle| net.kind(vehicle).must_go()) {
        if state.routes[vehicle as usize].is_empty()
            && let Some(route) = beginning(net.problem.spec(), vehicle as usize)
        {
            state.place(net, vehicle, &taken.claim(net, vehicle, &route));
        }
    }
    for stop in 0..net.stops {
        if taken.by[stop as usize].is_none() && !net.is_impossible(stop) && net.choices.of(stop).is_none() {
            state.admit(net, stop);
        }
    }
    choices::repair(&mut state, net);
    if net.plain && plan.is_none() {
        savings::construct(&mut state, net, go_on);
    }
    state
}

/// Which vehicle has each stop.
struct Taken {
    by: Vec<Option<u32>>,
}

impl Taken {
    /// The nodes of a planned route without what does not exist, suit or remain; takes its stops.
    fn claim(&mut self, net: &Net<'_>, vehicle: u32, route: &PlannedRoute) -> Vec<u32> {
        let kind = net.kind(vehicle);
        let mut nodes = Vec::new();
        for PlannedTrip { stops, facility } in &route.trips {
            let first = nodes.len();
            let known = stops.iter().filter_map(|&stop| net.node_of(stop));
            for stop in known.filter(|&stop| kind.suits(stop)) {
                let by = &mut self.by[stop as usize];
                let placed = nodes.contains(&stop);
                if !placed && by.is_none_or(|by| by == vehicle) {
                    *by = Some(vehicle);
                    nodes.push(stop);
                }
            }
            let unloads = nodes.len() > first || (first == 0 && kind.load > 0);
            if unloads && net.has_facilities() {
                let stated = facility.map(|facility| net.stops + narrow(facility));
                let stated = stated.filter(|facility| kind.facilities.contains(facility));
                let near = nodes.last().and_then(|&last| net.unloads(last).first());
                nodes.extend(stated.or(near.copied()));
            }
        }
        nodes
    }

    /// Gives stops back, all but the locked ones.
    fn release(&mut self, net: &Net<'_>, nodes: &[u32], locked: &[u32]) {
        for &stop in nodes
            .iter()
            .filter(|node| net.is_stop(**node) && !locked.contains(node))
        {
            self.by[stop as usize] = None;
        }
    }
}
