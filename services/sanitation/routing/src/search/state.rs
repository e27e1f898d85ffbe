//! The current solution of a search, changed in place and taken back where it got worse.

use crate::search::net::{Net, narrow};
use crate::search::roster::Roster;
use crate::search::route::Route;

/// Vehicle of a stop that is not in a route.
pub(crate) const NONE: u32 = u32::MAX;

/// Where a stop is, with what rules out most positions beside it, so that nothing else has to be read for them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// Its vehicle or [`NONE`].
    pub(crate) vehicle: u32,
    /// Its trip within the route.
    pub(crate) trip: u32,
    /// Its index within the route.
    pub(crate) index: u32,
    /// The nodes before and behind it, or the ends of the shift.
    pub(crate) prev: u32,
    pub(crate) next: u32,
    /// Metres from the one before and to the one behind.
    pub(crate) into: u32,
    pub(crate) out: u32,
    /// What its trip can take besides.
    pub(crate) room: i64,
    /// When the vehicle arrives at the latest and leaves at the earliest; for ever where no time matters.
    pub(crate) latest: i64,
    pub(crate) ready: i64,
}

const NOWHERE: Place = Place {
    vehicle: NONE,
    trip: 0,
    index: 0,
    prev: NONE,
    next: NONE,
    into: 0,
    out: 0,
    room: 0,
    latest: i64::MAX,
    ready: i64::MIN,
};

/// Routes and the stops that are in none. A state may hold a part of the problem only: the stops of other parts are in
/// no route and not absent either.
pub(crate) struct State {
    /// One for each vehicle.
    pub(crate) routes: Vec<Route>,
    /// Where each stop is.
    pub(crate) places: Vec<Place>,
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
    /// How many of them lost stops.
    ruined: usize,
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
            places: vec![NOWHERE; stops],
            absent: Vec::new(),
            roster: Roster::new(net, vehicles),
            cost: 0,
            changed: Changed::new(all),
            undo: Undo {
                step: 0,
                stamps: vec![0; all],
                touched: Vec::new(),
                ruined: 0,
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
        self.undo.ruined = 0;
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

    /// Remembers that all routes touched so far have lost stops.
    pub(crate) const fn ruined(&mut self) {
        self.undo.ruined = self.undo.touched.len();
    }

    /// Routes that have slack since the step began: those that have lost stops; where trips can be split, and in a first
    /// solution, all that were touched.
    pub(crate) fn slack(&self, net: &Net<'_>) -> &[u32] {
        let Undo { touched, ruined, .. } = &self.undo;
        if net.has_facilities() || *ruined == 0 {
            touched
        } else {
            &touched[..*ruined]
        }
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
                self.places[node as usize].vehicle = NONE;
            }
        }
        for index in 0..self.undo.touched.len() {
            let vehicle = self.undo.touched[index];
            std::mem::swap(&mut self.routes[vehicle as usize], &mut self.undo.copies[index]);
            self.enlist(net, vehicle);
        }
        std::mem::swap(&mut self.absent, &mut self.undo.absent);
        for &stop in &self.absent {
            self.places[stop as usize].vehicle = NONE;
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
        let (route, kind) = (&self.routes[vehicle as usize], net.kind(vehicle));
        let (mut prev, mut index) = (kind.start, 0);
        for (number, trip) in route.trips.iter().enumerate() {
            let room = kind.payload - trip.load;
            while index < trip.end {
                let node = route.nodes[index];
                let (latest, ready) = if net.clocked {
                    (route.backward.latest(index), route.forward.ready(index + 1))
                } else {
                    (i64::MAX, i64::MIN)
                };
                self.places[node as usize] = Place {
                    vehicle,
                    trip: narrow(number),
                    index: narrow(index),
                    prev,
                    next: route.at(kind, index + 1),
                    into: route.legs[index],
                    out: route.legs[index + 1],
                    room,
                    latest,
                    ready,
                };
                (prev, index) = (node, index + 1);
            }
            if let Some(&facility) = route.nodes.get(index) {
                (prev, index) = (facility, index + 1);
            }
        }
        self.roster.set(net, vehicle, !route.is_empty());
    }
}
