//! The current solution of a search, changed in place and taken back where it got worse.

use crate::search::net::{Net, narrow};
use crate::search::roster::Roster;
use crate::search::route::Route;

/// Vehicle of a stop that is not in a route.
pub(crate) const NONE: u32 = u32::MAX;

/// Routes and the stops that are in none. A state may hold a part of the problem only: the stops of other parts are in
/// no route and not absent either.
pub(crate) struct State {
    /// One for each vehicle.
    pub(crate) routes: Vec<Route>,
    /// Vehicle of each stop or [`NONE`].
    pub(crate) route_of: Vec<u32>,
    /// Trip of each stop within its route.
    pub(crate) trip_of: Vec<u32>,
    /// Index of each stop within its route.
    pub(crate) index_of: Vec<u32>,
    /// Stops of this part in no route.
    pub(crate) absent: Vec<u32>,
    /// Which vehicles are used.
    pub(crate) roster: Roster,
    /// Cost of the routes and weights of the absent stops.
    pub(crate) cost: i64,
    /// Vehicles whose routes differ from the best solution kept.
    pub(crate) changed: Changed,
    undo: Undo,
}

/// What the current step has touched.
struct Undo {
    step: u64,
    stamps: Vec<u64>,
    touched: Vec<u32>,
    copies: Vec<Route>,
    absent: Vec<u32>,
    cost: i64,
}

/// A set of vehicles.
pub(crate) struct Changed {
    marks: Vec<bool>,
    pub(crate) list: Vec<u32>,
}

impl Changed {
    /// None of so many vehicles.
    pub(crate) fn new(vehicles: usize) -> Self {
        Self {
            marks: vec![false; vehicles],
            list: Vec::new(),
        }
    }

    pub(crate) fn mark(&mut self, vehicle: u32) {
        if !std::mem::replace(&mut self.marks[vehicle as usize], true) {
            self.list.push(vehicle);
        }
    }

    pub(crate) fn clear(&mut self) {
        for vehicle in self.list.drain(..) {
            self.marks[vehicle as usize] = false;
        }
    }
}

impl State {
    /// No stop, no route; the given vehicles may be used.
    pub(crate) fn new(net: &Net<'_>, vehicles: impl Iterator<Item = u32>) -> Self {
        let (stops, all) = (net.stops as usize, net.kind_of.len());
        Self {
            routes: std::iter::repeat_with(Route::default).take(all).collect(),
            route_of: vec![NONE; stops],
            trip_of: vec![0; stops],
            index_of: vec![0; stops],
            absent: Vec::new(),
            roster: Roster::new(net, vehicles),
            cost: 0,
            changed: Changed::new(all),
            undo: Undo {
                step: 0,
                stamps: vec![0; all],
                touched: Vec::new(),
                copies: Vec::new(),
                absent: Vec::new(),
                cost: 0,
            },
        }
    }

    /// Adds a stop to this part, in no route yet.
    pub(crate) fn admit(&mut self, net: &Net<'_>, stop: u32) {
        self.absent.push(stop);
        self.cost += net.missed(stop);
    }

    /// Gives a vehicle without a route one with these nodes, whose stops are new to this part. Answers whether it is
    /// feasible; if not, nothing has changed.
    pub(crate) fn place(&mut self, net: &Net<'_>, vehicle: u32, nodes: &[u32]) -> bool {
        let mut route = Route::with(net, nodes);
        if !route.refresh(net, net.kind(vehicle)) {
            return false;
        }
        self.cost += route.cost;
        self.routes[vehicle as usize] = route;
        self.enlist(net, vehicle);
        self.changed.mark(vehicle);
        true
    }

    /// Begins a step that may be taken back.
    pub(crate) fn begin(&mut self) {
        self.undo.step += 1;
        self.undo.touched.clear();
        self.undo.absent.clone_from(&self.absent);
        self.undo.cost = self.cost;
    }

    /// Has to be called before a route changes.
    pub(crate) fn touch(&mut self, vehicle: u32) {
        let undo = &mut self.undo;
        if std::mem::replace(&mut undo.stamps[vehicle as usize], undo.step) == undo.step {
            return;
        }
        if undo.copies.len() == undo.touched.len() {
            undo.copies.push(Route::default());
        }
        undo.copies[undo.touched.len()].copy(&self.routes[vehicle as usize]);
        undo.touched.push(vehicle);
        self.changed.mark(vehicle);
    }

    /// Routes touched since the step began.
    pub(crate) fn touched(&self) -> usize {
        self.undo.touched.len()
    }

    /// A touched route.
    pub(crate) fn touched_at(&self, index: usize) -> u32 {
        self.undo.touched[index]
    }

    /// Cost when the step began.
    pub(crate) fn cost_before(&self) -> i64 {
        self.undo.cost
    }

    /// Takes the step back.
    pub(crate) fn rollback(&mut self, net: &Net<'_>) {
        if !net.choices.is_empty() {
            // Stops of ways not taken are not among the absent ones.
            let touched = self.undo.touched.iter().map(|&vehicle| &self.routes[vehicle as usize]);
            for &node in touched
                .flat_map(|route| &route.nodes)
                .filter(|&&node| net.is_stop(node))
            {
                self.route_of[node as usize] = NONE;
            }
        }
        for index in 0..self.undo.touched.len() {
            let vehicle = self.undo.touched[index];
            std::mem::swap(&mut self.routes[vehicle as usize], &mut self.undo.copies[index]);
            self.enlist(net, vehicle);
        }
        std::mem::swap(&mut self.absent, &mut self.undo.absent);
        for &stop in &self.absent {
            self.route_of[stop as usize] = NONE;
        }
        self.cost = self.undo.cost;
    }

    /// Brings everything up to date after the nodes of a route have changed. Answers whether the route is feasible.
    pub(crate) fn refresh(&mut self, net: &Net<'_>, vehicle: u32) -> bool {
        let route = &mut self.routes[vehicle as usize];
        let before = route.cost;
        let fits = route.refresh(net, net.kind(vehicle));
        self.cost += route.cost - before;
        self.enlist(net, vehicle);
        fits
    }

    /// Tells the stops of a route where they are, and the roster whether the vehicle is used.
    pub(crate) fn enlist(&mut self, net: &Net<'_>, vehicle: u32) {
        let route = &self.routes[vehicle as usize];
        let mut trip = 0;
        for (index, &node) in route.nodes.iter().enumerate() {
            if net.is_stop(node) {
                self.route_of[node as usize] = vehicle;
                self.trip_of[node as usize] = trip;
                self.index_of[node as usize] = narrow(index);
            } else {
                trip += 1;
            }
        }
        self.roster.set(net, vehicle, !route.is_empty());
    }
}
