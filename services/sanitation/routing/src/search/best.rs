//! Solutions as kept and passed on: who visits which nodes in which order.

use crate::search::choices;
use crate::search::net::Net;
use crate::search::state::State;

/// The nodes of each vehicle, and what they cost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sketch {
    /// Nodes of each vehicle; empty for vehicles that stay at home.
    pub(crate) routes: Vec<Vec<u32>>,
    /// Cost of the routes and weights of the stops left out.
    pub(crate) cost: i64,
}

impl Sketch {
    /// The routes of a state.
    pub(crate) fn of(state: &State) -> Self {
        Self {
            routes: state.routes.iter().map(|route| route.nodes.clone()).collect(),
            cost: state.cost,
        }
    }

    /// Takes over a state whose `changed` vehicles are the only ones that differ.
    pub(crate) fn update(&mut self, state: &mut State) {
        for &vehicle in &state.changed.list {
            self.routes[vehicle as usize].clone_from(&state.routes[vehicle as usize].nodes);
        }
        state.changed.clear();
        self.cost = state.cost;
    }

    /// The state of a part of the problem: some vehicles with their routes, and some stops that are in none, to which
    /// those of infeasible routes are added.
    pub(crate) fn state(&self, net: &Net<'_>, vehicles: &[u32], absent: &[u32]) -> State {
        let mut state = State::new(net, vehicles.iter().copied());
        for &vehicle in vehicles {
            let nodes = &self.routes[vehicle as usize];
            if !nodes.is_empty() && !state.place(net, vehicle, nodes) {
                let free = |node: &&u32| net.is_stop(**node) && net.choices.of(**node).is_none();
                for &stop in nodes.iter().filter(free) {
                    state.admit(net, stop);
                }
            }
        }
        for &stop in absent.iter().filter(|&&stop| net.choices.of(stop).is_none()) {
            state.admit(net, stop);
        }
        choices::repair(&mut state, net);
        state.changed.clear();
        state
    }
}
