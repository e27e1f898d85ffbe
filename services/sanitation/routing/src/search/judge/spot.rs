//! Where a stop goes, and how it is put there.

use crate::search::net::Net;
use crate::search::route::Trip;
use crate::search::state::State;

/// Where a stop goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(super) vehicle: u32,
    /// The vehicle that takes the route over, or the same.
    pub(super) into: u32,
    pub(super) trip: usize,
    pub(super) index: usize,
    pub(super) split: Split,
}

/// How the trip is divided when it has no room for the stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Split {
    /// Not at all.
    Whole,
    /// Unload at the facility, then serve the stop.
    Before(u32),
    /// Serve the stop, then unload at the facility.
    After(u32),
}

impl Spot {
    /// Whether two spots are in routes that have nothing to do with each other.
    pub(crate) fn is_apart(self, other: Self) -> bool {
        let (one, other) = ([self.vehicle, self.into], [other.vehicle, other.into]);
        one.iter().all(|vehicle| !other.contains(vehicle))
    }

    /// Puts the stop there.
    pub(crate) fn apply(self, state: &mut State, net: &Net<'_>, stop: u32) {
        state.touch(self.vehicle);
        if self.into != self.vehicle {
            state.touch(self.into);
            state.routes.swap(self.vehicle as usize, self.into as usize);
            state.routes[self.into as usize].forget();
            state.refresh(net, self.vehicle);
        }
        let route = &mut state.routes[self.into as usize];
        if route.is_empty() {
            route.trips.push(Trip::until(0));
            if let Split::After(facility) = self.split {
                route.nodes.push(facility);
            }
            route.put(0, 0, stop);
        } else {
            match self.split {
                Split::Whole => route.put(self.trip, self.index, stop),
                Split::Before(facility) => {
                    route.split(self.trip, self.index, facility);
                    route.put(self.trip + 1, self.index + 1, stop);
                }
                Split::After(facility) => {
                    route.put(self.trip, self.index, stop);
                    route.split(self.trip, self.index + 1, facility);
                }
            }
        }
        state.cost -= net.weight[stop as usize];
        let fits = state.refresh(net, self.into);
        debug_assert!(fits, "a judged insertion keeps every limit");
    }
}
