//! Who serves what in which order, without times: what a search starts from or another planner proposes.

use serde::{Deserialize, Serialize};

use crate::Solution;

/// Assignment and order of stops. Stops and routes left out are free for the engine to plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Routes, at most one for a vehicle.
    pub routes: Vec<PlannedRoute>,
}

/// One vehicle's trips.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRoute {
    /// Index of the vehicle.
    pub vehicle: usize,
    /// Trips in order.
    pub trips: Vec<PlannedTrip>,
}

/// Stops, then unloading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTrip {
    /// Indices of the stops in order.
    pub stops: Vec<usize>,
    /// Index of the facility; `None` only in problems without facilities.
    pub facility: Option<usize>,
}

impl From<&Solution> for Plan {
    fn from(solution: &Solution) -> Self {
        let routes = solution.routes.iter().map(|route| PlannedRoute {
            vehicle: route.vehicle,
            trips: (route.trips.iter())
                .map(|trip| PlannedTrip {
                    stops: trip.visits.iter().map(|visit| visit.stop).collect(),
                    facility: trip.unload.map(|unload| unload.facility),
                })
                .collect(),
        });
        Self {
            routes: routes.collect(),
        }
    }
}
