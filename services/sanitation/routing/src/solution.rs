//! What the engine answers.

use serde::{Deserialize, Serialize};

/// What a solution is judged by: first how many mandatory stops are missing, then the cost. Smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Objective {
    /// Mandatory stops that are not served (those that nobody could serve included); a choice without a way counts once.
    pub missing: usize,
    /// Cost of all routes and penalties of optional stops left out, in cost units.
    pub cost: i64,
}

/// A plan for the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    /// Routes of the vehicles used, ascending by vehicle.
    pub routes: Vec<Route>,
    /// Stops not served, ascending, each with the reason.
    pub unserved: Vec<Unserved>,
    /// Value of the solution.
    pub objective: Objective,
}

/// One vehicle's shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Index of the vehicle.
    pub vehicle: usize,
    /// Departure from the start place, as late as it makes nothing later.
    pub departure_s: i64,
    /// Return to the end place, or end of the last trip when there is none.
    pub arrival_s: i64,
    /// Trips in order.
    pub trips: Vec<Trip>,
    /// Breaks and rests in order.
    pub pauses: Vec<Pause>,
    /// Metres driven.
    pub distance_m: i64,
    /// Seconds driven.
    pub driving_s: i64,
    /// Seconds of service and unloading.
    pub service_s: i64,
    /// Seconds of breaks and rests.
    pub paused_s: i64,
    /// Seconds waited for windows to open or for what a trip brings to be ready.
    pub waiting_s: i64,
    /// Seconds from the regular end of the shift to the return.
    pub overtime_s: i64,
    /// Fixed cost, metres, seconds from departure to return and overtime, in cost units.
    pub cost: i64,
}

impl Route {
    /// Seconds from departure to return.
    pub const fn duration_s(&self) -> i64 {
        self.arrival_s - self.departure_s
    }
}

/// A break or a rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Visits and unloadings of the route that precede it.
    pub after: usize,
    /// Whether it is taken on arrival at the next place; otherwise before driving on from the last.
    pub on_arrival: bool,
    /// Index of the vehicle's break; `None` for a rest from driving.
    pub of: Option<usize>,
    /// Begin.
    pub start_s: i64,
    /// End.
    pub end_s: i64,
}

/// Stops, then unloading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// Stops in order.
    pub visits: Vec<Visit>,
    /// The unloading that ends the trip; `None` only in problems without facilities.
    pub unload: Option<Unload>,
    /// Load when the trip ends, in kg (for the first trip with what was aboard before).
    pub load_kg: i64,
    /// Metres from the end of the trip before (or the start place) to the end of this one.
    pub distance_m: i64,
}

/// One stop served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Index of the stop.
    pub stop: usize,
    /// Arrival.
    pub arrival_s: i64,
    /// Begin of service, after waiting and pauses.
    pub start_s: i64,
    /// Departure, after service and pauses.
    pub departure_s: i64,
    /// Load aboard at departure, in kg.
    pub load_kg: i64,
}

/// One unloading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unload {
    /// Index of the facility.
    pub facility: usize,
    /// Arrival.
    pub arrival_s: i64,
    /// Begin of unloading, after waiting and pauses.
    pub start_s: i64,
    /// Departure, after unloading, pauses and waiting for what the next trip brings.
    pub departure_s: i64,
}

/// A stop that is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unserved {
    /// Index of the stop.
    pub stop: usize,
    /// Why.
    pub reason: Reason,
}

/// Why a stop is not served. All but the last three hold whatever else is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No vehicle carries its stream, or no facility takes it.
    NoStream,
    /// Every vehicle of its stream is too heavy for the road.
    NoAccess,
    /// The demand exceeds the payload of every vehicle that may come, or what it may take in a shift.
    TooHeavy,
    /// No vehicle that may come can be there within a window and be unloaded and back within its shift, breaks and rests
    /// taken.
    OutsideShifts,
    /// Every vehicle that could serve it in time would have to drive longer than it may.
    TooFar,
    /// It could be served alone, but no room was found beside the other stops.
    NoRoom,
    /// It is optional and leaving it out is cheaper.
    NotWorth,
    /// Its choice is served another way.
    NotChosen,
}
