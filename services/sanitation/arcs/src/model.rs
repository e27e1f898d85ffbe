//! What a caller states: roads, what is to be done on them, vehicles, and where they refill.
//!
//! Units everywhere: metres, seconds, cost units (the service uses thousandths of a fen), and one unit of load that the
//! caller chooses, such as litres of water or metres swept.

use serde::{Deserialize, Serialize};

/// The largest time, load and cost the engine accepts, far beyond any real day.
pub const LIMIT: i64 = 1 << 31;

/// A piece of road between two junctions. At least one direction is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Road {
    /// Index of the junction where it begins.
    pub from: usize,
    /// Index of the junction where it ends; may be the same.
    pub to: usize,
    /// Length in metres.
    pub length_m: u32,
    /// Driving time from begin to end in seconds; `None` if this direction is closed.
    pub forward_s: Option<u32>,
    /// Driving time from end to begin in seconds; `None` if this direction is closed.
    pub backward_s: Option<u32>,
}

impl Road {
    /// Driving time in one direction, if it is open.
    pub const fn driving_s(&self, forward: bool) -> Option<u32> {
        if forward { self.forward_s } else { self.backward_s }
    }

    /// The junctions where driving in one direction begins and ends.
    pub const fn ends(&self, forward: bool) -> (usize, usize) {
        if forward {
            (self.from, self.to)
        } else {
            (self.to, self.from)
        }
    }
}

/// A kind of work, numbered by the caller: sprinkling, sweeping.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Work(pub u16);

/// How much of the width one pass treats.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sides {
    /// The whole width, in whichever open direction.
    #[default]
    One,
    /// The side on which the vehicle drives: a pass in each direction, or two in the only open one.
    Both,
}

/// Work on a road.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Index of the road.
    pub road: usize,
    /// Kind of work.
    #[serde(default)]
    pub work: Work,
    /// Whether each side is treated by itself.
    #[serde(default)]
    pub sides: Sides,
    /// How often (each side) is treated, at least 1.
    pub passes: u32,
    /// Load that one pass takes.
    pub demand: i64,
    /// Time of one pass, in seconds.
    pub service_s: i64,
    /// `None`: has to be done. `Some(cost)`: each pass may be left out for this cost.
    #[serde(default)]
    pub penalty: Option<i64>,
}

impl Task {
    /// One mandatory pass over the whole width.
    pub const fn new(road: usize, demand: i64, service_s: i64) -> Self {
        Self {
            road,
            work: Work(0),
            sides: Sides::One,
            passes: 1,
            demand,
            service_s,
            penalty: None,
        }
    }
}

/// From the departure to the latest return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shift {
    /// Departure.
    pub open_s: i64,
    /// By which the vehicle has to be back.
    pub close_s: i64,
}

impl Shift {
    /// No limit at all.
    pub const ALWAYS: Self = Self {
        open_s: 0,
        close_s: LIMIT,
    };
}

/// One vehicle for one shift. It leaves full.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Vehicle {
    /// Index of the junction where the shift begins.
    pub start: usize,
    /// Index of the junction where it ends.
    pub end: usize,
    /// Load of a full vehicle.
    pub capacity: i64,
    /// Kinds of work it does.
    pub works: Vec<Work>,
    /// Its shift.
    pub shift: Shift,
    /// Cost of using the vehicle at all.
    pub fixed_cost: i64,
    /// Cost of each metre driven or worked.
    pub cost_per_m: i64,
    /// Cost of each second between departure and return.
    pub cost_per_s: i64,
}

impl Vehicle {
    /// A vehicle for the work number 0 without limit of time, whose cost is the metres driven.
    pub fn new(depot: usize, capacity: i64) -> Self {
        Self {
            start: depot,
            end: depot,
            capacity,
            works: vec![Work(0)],
            shift: Shift::ALWAYS,
            fixed_cost: 0,
            cost_per_m: 1,
            cost_per_s: 0,
        }
    }
}

/// A place where vehicles become full again: a water point, or a tip where a sweeper's hopper is emptied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refill {
    /// Index of the junction.
    pub node: usize,
    /// Time that each call takes at least, in seconds.
    pub service_s: i64,
    /// Load that flows in an hour; `None` if it takes no time. A call counts as for an empty vehicle.
    #[serde(default)]
    pub per_hour: Option<i64>,
    /// Works whose vehicles use it; empty means every vehicle.
    #[serde(default)]
    pub works: Vec<Work>,
}

impl Refill {
    /// Time that a vehicle of this capacity takes.
    pub fn takes_s(&self, capacity: i64) -> i64 {
        let flow = |per_hour: i64| (capacity * 3_600 + per_hour - 1) / per_hour;
        self.service_s + self.per_hour.map_or(0, flow)
    }

    /// Whether a vehicle may use it.
    pub fn admits(&self, vehicle: &Vehicle) -> bool {
        self.works.is_empty() || self.works.iter().any(|work| vehicle.works.contains(work))
    }
}

/// A day to be planned, as stated; [`Spec::build`] makes a [`crate::Problem`] of it.
///
/// Without points to refill each vehicle works until it is empty (the classic capacitated arc-routing problem).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// Number of junctions.
    pub nodes: usize,
    /// Roads between them.
    pub roads: Vec<Road>,
    /// What is to be done.
    pub tasks: Vec<Task>,
    /// Who does it.
    pub vehicles: Vec<Vehicle>,
    /// Where vehicles become full again.
    pub refills: Vec<Refill>,
    /// Time that turning round on a road takes, in seconds; turning at a refill or depot is free.
    #[serde(default)]
    pub turn_s: u32,
}
