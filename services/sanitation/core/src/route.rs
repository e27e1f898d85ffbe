//! Planned routes as they are kept and shown.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::{
    demand::Basis,
    geo::Position,
    stream::{self, Stream},
};

/// One trip: from the station through points back to the station.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trip {
    /// Departure, seconds after midnight.
    pub depart_s: i64,
    /// Arrival at the station, seconds after midnight.
    pub arrive_s: i64,
    /// Load on arrival, kg.
    pub load_kg: i64,
    /// Distance, metres.
    pub distance_m: i64,
    /// Loads times the distances that they are driven, kg·m; 0 in plans that are older than this figure.
    #[serde(default)]
    pub kg_m: i64,
    /// The vehicle broke down on it: it ends at its last stop, with the load aboard.
    #[serde(default, skip_serializing_if = "is_false")]
    pub broken_off: bool,
    /// The points in order.
    pub stops: Vec<Stop>,
    /// Breaks and rests in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pauses: Vec<Pause>,
}

/// A break or rest on a trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// It is a rest from driving; else the break of the shift.
    pub rest: bool,
    /// Stops of the trip before it.
    pub after: usize,
    /// Begin, seconds after midnight.
    pub begin_s: i64,
    /// End, seconds after midnight.
    pub end_s: i64,
}

/// One call at a collection point.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// Id of the call: that of the point, or of its kitchen waste ([`crate::stream`]).
    pub point: String,
    /// Code of its village.
    pub village: String,
    /// Bins to empty.
    pub bins: i64,
    /// Arrival, seconds after midnight.
    pub arrive_s: i64,
    /// End of service, seconds after midnight.
    pub leave_s: i64,
    /// Load taken, kg, with what is relayed.
    pub load_kg: i64,
    /// What the load rests on; `None`: on the register of points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Basis>,
    /// Where it is.
    pub position: Position,
    /// Points whose waste is brought here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relays: Vec<Relay>,
    /// It was done when the rest of the day was planned anew.
    #[serde(default, skip_serializing_if = "is_false")]
    pub executed: bool,
}

impl Trip {
    /// What it collects; nothing is mixed.
    pub fn stream(&self) -> Stream {
        self.stops
            .first()
            .map(|stop| stream::of(&stop.point))
            .unwrap_or_default()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Waste of a point that no truck reaches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// Id of the call.
    pub point: String,
    /// How far it is.
    pub distance_m: i64,
    /// Waste, kg.
    pub load_kg: i64,
    /// Beyond the reach of a push cart.
    pub needs_motor: bool,
}

/// Sums over a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Cost by the rates of the plan section, fen.
    pub cost_fen: i64,
    /// Distance driven, metres.
    pub distance_m: i64,
    /// Time from first departure to last return, summed over vehicles.
    pub duration_s: i64,
    /// Planned load, kg.
    pub load_kg: i64,
    /// Vehicles used.
    pub vehicles: i64,
    /// Trips to a station.
    pub trips: i64,
    /// Points served by a vehicle.
    pub stops: i64,
    /// Points whose waste is brought to a neighbouring one.
    pub relayed: i64,
    /// Points left unserved.
    pub unserved: i64,
    /// Loads times the distances that they are driven, kg·m; 0 in plans that are older than this figure.
    #[serde(default)]
    pub kg_m: i64,
    /// Time out past the ends of shifts, summed over vehicles.
    #[serde(default)]
    pub overtime_s: i64,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.cost_fen += other.cost_fen;
        self.distance_m += other.distance_m;
        self.duration_s += other.duration_s;
        self.load_kg += other.load_kg;
        self.vehicles += other.vehicles;
        self.trips += other.trips;
        self.stops += other.stops;
        self.relayed += other.relayed;
        self.unserved += other.unserved;
        self.kg_m += other.kg_m;
        self.overtime_s += other.overtime_s;
    }
}
