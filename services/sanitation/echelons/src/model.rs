//! What is to be collected and hauled: the problem as a caller states it.
//!
//! Masses are kilograms, distances metres, costs whole numbers in a unit of the caller's.

use crate::{Invalid, validate};

/// A transfer station, where collection vehicles start, unload and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Station {
    /// The most that it takes.
    pub capacity_kg: i64,
    /// The most collection routes that begin there.
    pub routes: usize,
    /// What it costs to use it at all.
    pub opening: i64,
    /// What handling costs.
    pub per_kg: i64,
}

impl Station {
    /// A station without limits that costs nothing.
    pub const FREE: Self = Self {
        capacity_kg: i64::MAX,
        routes: usize::MAX,
        opening: 0,
        per_kg: 0,
    };
}

/// Vehicles that are all alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fleet {
    /// How many routes they can do.
    pub count: usize,
    /// Heaviest load.
    pub payload_kg: i64,
    /// What a route costs besides its way.
    pub fixed: i64,
    /// What a metre costs.
    pub per_m: i64,
}

/// Ways between places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Number of places.
    pub places: usize,
    /// Row by row.
    pub distances_m: Vec<u32>,
}

impl Table {
    /// Metres of a way.
    pub(crate) fn metres(&self, from: usize, to: usize) -> i64 {
        i64::from(self.distances_m[from * self.places + to])
    }
}

/// Collection on two levels: vehicles bring every stop's load whole to one of the stations, trucks bring it from the
/// stations to the plant. A truck calls at several stations if that is cheaper, a station's load may be divided among trucks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Stations.
    pub stations: Vec<Station>,
    /// What lies at each stop.
    pub stops_kg: Vec<i64>,
    /// Vehicles that collect.
    pub vehicles: Fleet,
    /// Trucks that haul.
    pub trucks: Fleet,
    /// Ways of the vehicles: the stations, then the stops.
    pub collection: Table,
    /// Ways of the trucks: the plant, then the stations.
    pub haulage: Table,
}

/// A problem that has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem(Spec);

impl Spec {
    /// Checks everything.
    ///
    /// # Errors
    /// The first field that cannot be reckoned with.
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
}
