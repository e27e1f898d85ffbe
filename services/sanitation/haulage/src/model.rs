//! What is to be hauled: the problem as a caller states it.
//!
//! Times are seconds after midnight of the day planned, masses kilograms, distances metres.

use crate::{Invalid, validate};

/// There is no way between two places.
pub const NO_WAY: u32 = u32::MAX;

/// A span of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Begin.
    pub opens_s: i64,
    /// End, included.
    pub closes_s: i64,
}

/// Waste that comes to a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When it lies there.
    pub at_s: i64,
    /// How much it is, ≥ 0.
    pub kg: i64,
}

/// A transfer station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// Stock at midnight.
    pub start_kg: i64,
    /// The stock that must never be exceeded.
    pub storage_kg: i64,
    /// The stock that may be left in the evening.
    pub target_kg: i64,
    /// When trucks are loaded.
    pub hours: Window,
    /// Trucks that are loaded at a time.
    pub bays: usize,
    /// What comes, by time.
    pub arrivals: Vec<Arrival>,
}

/// A plant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plant {
    /// When trucks unload.
    pub hours: Window,
    /// What it takes on this day.
    pub intake_kg: i64,
    /// Trucks that unload at a time; others queue.
    pub bays: usize,
}

/// A truck with its shift.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Truck {
    /// Heaviest load.
    pub payload_kg: i64,
    /// Place where it begins and ends.
    pub depot: usize,
    /// Its shift.
    pub shift: Window,
    /// How far it may return after its shift.
    pub overtime_s: i64,
    /// Its table of ways.
    pub table: usize,
    /// What it costs.
    pub cost: Cost,
}

/// Costs in a unit of the caller's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Of a day on which the truck is used.
    pub day: i64,
    /// Of a metre.
    pub per_m: i64,
    /// Of a second between departure and return.
    pub per_s: i64,
    /// Of a second after the shift, in addition.
    pub overtime_per_s: i64,
}

/// Ways between places: the stations, then the plants, then what else is a depot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Number of places.
    pub places: usize,
    /// Row by row.
    pub distances_m: Vec<u32>,
    /// Row by row; [`NO_WAY`] where there is none.
    pub durations_s: Vec<u32>,
}

/// A day of haulage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Stations.
    pub stations: Vec<Station>,
    /// Plants.
    pub plants: Vec<Plant>,
    /// Trucks.
    pub trucks: Vec<Truck>,
    /// Tables of ways, one for trucks that drive alike.
    pub tables: Vec<Table>,
    /// Loading a truck.
    pub load_s: i64,
    /// Unloading a truck.
    pub unload_s: i64,
}

/// A day of haulage that has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(pub(crate) Spec);

impl Spec {
    /// Checks everything.
    pub fn build(self) -> Result<Problem, Invalid> {
        validate::spec(&self)?;
        Ok(Problem(self))
    }
}

impl Problem {
    /// What was stated.
    pub const fn spec(&self) -> &Spec {
        &self.0
    }

    /// The place of a plant.
    pub(crate) const fn place_of(&self, plant: usize) -> usize {
        self.0.stations.len() + plant
    }

    /// Metres and seconds of a truck's way; `None` where there is none.
    pub(crate) fn way(&self, truck: usize, from: usize, to: usize) -> Option<(i64, i64)> {
        let table = &self.0.tables[self.0.trucks[truck].table];
        let pair = from * table.places + to;
        let duration_s = table.durations_s[pair];
        (duration_s != NO_WAY).then(|| (table.distances_m[pair].into(), duration_s.into()))
    }
}
