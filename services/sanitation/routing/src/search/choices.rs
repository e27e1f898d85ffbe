//! Choices in the search: one stop of a choice, its leader, stands for all of them while none is served.

use std::collections::HashMap;

use crate::Problem;
use crate::search::net::Net;
use crate::search::state::{NONE, State};
use crate::search::unload;

/// The choices of a problem by node, without ways of which a stop can be served by nobody.
pub(crate) struct Choices {
    of: HashMap<u32, usize>,
    ways: Vec<Vec<Vec<u32>>>,
}

impl Choices {
    pub(crate) fn new(problem: &Problem, node_of: &[u32]) -> Self {
        let choices = &problem.spec().choices;
        let possible = |way: &&Vec<usize>| way.iter().all(|&stop| !problem.is_impossible(stop));
        let nodes = |way: &Vec<usize>| way.iter().map(|&stop| node_of[stop]).collect();
        let ways = choices
            .iter()
            .map(|choice| choice.ways.iter().filter(possible).map(nodes).collect());
        let members = choices.iter().enumerate().flat_map(|(index, choice)| {
            let stops = choice.ways.iter().flatten();
            stops.map(move |&stop| (node_of[stop], index))
        });
        Self {
            of: members.collect(),
            ways: ways.collect(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.ways.is_empty()
    }

    /// The choice to which a node belongs.
    pub(crate) fn of(&self, node: u32) -> Option<usize> {
        if self.is_empty() {
            None
        } else {
            self.of.get(&node).copied()
        }
    }

    pub(crate) fn ways(&self, choice: usize) -> &[Vec<u32>] {
        &self.ways[choice]
    }

    /// The node that stands for a choice; none when no way is possible.
    pub(crate) fn leader(&self, choice: usize) -> Option<u32> {
        self.ways[choice].first()?.first().copied()
    }

    /// Choices without a possible way.
    pub(crate) fn impossible(&self) -> usize {
        self.ways.iter().filter(|ways| ways.is_empty()).count()
    }

    /// Whether a node that nobody serves has to be named as absent.
    pub(crate) fn stands(&self, node: u32, served: impl Fn(u32) -> bool) -> bool {
        self.of(node).is_none_or(|choice| {
            self.leader(choice) == Some(node) && !self.ways[choice].iter().flatten().any(|&one| served(one))
        })
    }
}

/// After stops were removed: takes out the others of their choices too, whose leaders are then removed instead.
pub(crate) fn complete(state: &mut State, net: &Net<'_>, removed: &mut Vec<u32>) {
    if net.choices.is_empty() {
        return;
    }
    let mut open: Vec<usize> = removed.iter().filter_map(|&stop| net.choices.of(stop)).collect();
    open.sort_unstable();
    open.dedup();
    removed.retain(|&stop| net.choices.of(stop).is_none());
    for choice in open {
        for &node in net.choices.ways(choice).iter().flatten() {
            let vehicle = state.places[node as usize].vehicle;
            if vehicle != NONE {
                state.touch(vehicle);
                pull(state, node);
            }
        }
        let leader = net.choices.leader(choice);
        removed.extend(leader);
        state.cost += leader.map_or(0, |leader| net.missed(leader));
    }
}

/// Takes a stop out of its route, whose loads, times and cost are not brought up to date.
pub(crate) fn pull(state: &mut State, node: u32) {
    let vehicle = std::mem::replace(&mut state.places[node as usize].vehicle, NONE);
    let route = &mut state.routes[vehicle as usize];
    let at = route.nodes.iter().position(|&one| one == node);
    let trip = at.and_then(|at| route.trips.iter().position(|trip| at < trip.end));
    if let (Some(at), Some(trip)) = (at, trip) {
        route.cut(trip, at..at + 1);
    }
}

/// Makes a state whole in which choices may be served in part: takes such parts out and names the leaders as absent.
pub(crate) fn repair(state: &mut State, net: &Net<'_>) {
    let mut choice = 0;
    while choice < net.choices.ways.len() {
        let is_served = |state: &State, node: &u32| state.places[*node as usize].vehicle != NONE;
        let nodes = net.choices.ways(choice).iter().flatten();
        let mut served: Vec<u32> = nodes.copied().filter(|node| is_served(state, node)).collect();
        served.sort_unstable();
        served.dedup();
        let is_way = |way: &Vec<u32>| way.len() == served.len() && way.iter().all(|node| is_served(state, node));
        if served.is_empty() || net.choices.ways(choice).iter().any(is_way) {
            choice += 1;
            continue;
        }
        for node in served {
            let vehicle = state.places[node as usize].vehicle;
            if vehicle == NONE {
                continue;
            }
            pull(state, node);
            unload::join(state, net, vehicle);
            if !state.refresh(net, vehicle) {
                drop(state, net, vehicle);
            }
        }
        // A dropped route may have held parts of choices that were whole before.
        choice = 0;
    }
    for choice in 0..net.choices.ways.len() {
        let mut nodes = net.choices.ways(choice).iter().flatten();
        if let Some(leader) = net.choices.leader(choice)
            && nodes.all(|&node| state.places[node as usize].vehicle == NONE)
        {
            state.admit(net, leader);
        }
    }
}

/// Empties a route; its stops that belong to no choice become absent.
fn drop(state: &mut State, net: &Net<'_>, vehicle: u32) {
    let nodes = std::mem::take(&mut state.routes[vehicle as usize].nodes);
    for stop in nodes.into_iter().filter(|&node| net.is_stop(node)) {
        state.places[stop as usize].vehicle = NONE;
        if net.choices.of(stop).is_none() {
            state.admit(net, stop);
        }
    }
    state.refresh(net, vehicle);
}
