//! What the engine answers.

use serde::{Deserialize, Serialize};

/// What a solution is judged by: first how many mandatory passes are missing, then the cost. Smaller is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Objective {
    /// Mandatory passes that are not done (those that nobody could do included).
    pub missing: usize,
    /// Cost of all routes and penalties of optional passes left out, in cost units.
    pub cost: i64,
}

/// A plan for the day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    /// Routes of the vehicles used, ascending by vehicle.
    pub routes: Vec<Route>,
    /// Tasks not done in full, ascending, each with the reason.
    pub unserved: Vec<Unserved>,
    /// Value of the solution.
    pub objective: Objective,
}

/// One vehicle's shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Index of the vehicle.
    pub vehicle: usize,
    /// Departure, when the shift opens.
    pub departure_s: i64,
    /// Return to the end.
    pub arrival_s: i64,
    /// What it does, road by road.
    pub steps: Vec<Step>,
    /// Metres worked.
    pub worked_m: i64,
    /// Metres driven without working.
    pub deadhead_m: i64,
    /// Load brought out.
    pub load: i64,
    /// Fixed cost, metres and seconds from departure to return, in cost units.
    pub cost: i64,
}

/// Driving or working along one road, or refilling. What lies between the end of one step and the start of the next is
/// turning round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Drives along a road without working.
    Drive {
        /// Index of the road.
        road: usize,
        /// Whether from its begin to its end.
        forward: bool,
        /// Begin.
        start_s: i64,
        /// End.
        end_s: i64,
    },
    /// Works along a road.
    Work {
        /// Index of the task.
        task: usize,
        /// Whether from the road's begin to its end.
        forward: bool,
        /// Begin.
        start_s: i64,
        /// End.
        end_s: i64,
        /// Load left aboard.
        left: i64,
    },
    /// Becomes full again.
    Refill {
        /// Index of the refill.
        refill: usize,
        /// Begin.
        start_s: i64,
        /// End.
        end_s: i64,
    },
}

/// A task that is not done in full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Unserved {
    /// Index of the task.
    pub task: usize,
    /// Passes that are missing.
    pub passes: u32,
    /// Why.
    pub reason: Reason,
}

/// Why a pass is not done. All but the last three hold whatever else is planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No vehicle does this work.
    NoVehicle,
    /// One pass takes more than any of these vehicles holds.
    TooMuch,
    /// There is no way from or to the places of these vehicles.
    NoWay,
    /// There and back takes longer than any of these shifts.
    OutsideShifts,
    /// Some vehicle would have the time, but none the load and no refill in reach.
    NoLoad,
    /// The vehicles have no time left.
    NoTime,
    /// Optional, and not worth its cost.
    NotWorth,
}
