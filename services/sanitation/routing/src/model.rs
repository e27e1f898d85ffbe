//! What a caller states: stops, vehicles, facilities and how far things are apart.
//!
//! Units everywhere: kilograms, metres, seconds, and cost units (the service uses thousandths of a fen). Times are
//! seconds since an origin that the caller chooses, usually local midnight of the day; they are never negative.

use serde::{Deserialize, Serialize};

use crate::Travel;

/// The largest time and cost the engine accepts, far beyond any real day.
pub const LIMIT: i64 = 1 << 40;

/// A span of time in which something may begin, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// First second at which service may begin; who comes earlier waits.
    pub open_s: i64,
    /// Last second at which service may begin (for a shift: by which the vehicle has to be back).
    pub close_s: i64,
}

impl Window {
    /// No limit at all.
    pub const ALWAYS: Self = Self {
        open_s: 0,
        close_s: LIMIT,
    };

    /// A window from `open_s` to `close_s`.
    pub const fn new(open_s: i64, close_s: i64) -> Self {
        Self { open_s, close_s }
    }
}

/// A kind of waste that must not be mixed with others, numbered by the caller. A vehicle carries one stream a day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Stream(pub u16);

/// A place to be served once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Index of the place in [`Spec::travel`].
    pub place: usize,
    /// Waste to take, in kg.
    #[serde(default)]
    pub demand_kg: i64,
    /// Time the work takes once it has begun, in seconds.
    #[serde(default)]
    pub service_s: i64,
    /// Times at which the work may begin, apart and ascending; empty means at any time.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// `None`: has to be served. `Some(cost)`: may be left out for this cost.
    #[serde(default)]
    pub penalty: Option<i64>,
    /// Heaviest vehicle class (gross weight in kg) that the road bears.
    #[serde(default)]
    pub max_gross_kg: Option<i64>,
    /// Kind of waste.
    #[serde(default)]
    pub stream: Stream,
}

impl Stop {
    /// A mandatory stop without windows, service time or limits.
    pub const fn new(place: usize, demand_kg: i64) -> Self {
        Self {
            place,
            demand_kg,
            service_s: 0,
            windows: Vec::new(),
            penalty: None,
            max_gross_kg: None,
            stream: Stream(0),
        }
    }
}

/// One vehicle with its crew for one shift.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Vehicle {
    /// Index of the place where the shift begins.
    pub start: usize,
    /// Index of the place where it ends; `None` means where the last trip ends.
    pub end: Option<usize>,
    /// Heaviest load, in kg.
    pub payload_kg: i64,
    /// Gross weight class in kg, compared with [`Stop::max_gross_kg`].
    pub gross_kg: i64,
    /// Kind of waste it carries.
    pub stream: Stream,
    /// From the earliest departure to the latest return.
    pub shift: Window,
    /// Most trips in the shift; a trip ends at an unloading facility.
    pub max_trips: u32,
    /// Cost of using the vehicle at all.
    pub fixed_cost: i64,
    /// Cost of each metre driven.
    pub cost_per_m: i64,
    /// Cost of each second between departure and return.
    pub cost_per_s: i64,
    /// Load already aboard when the shift begins, in kg; it has to be unloaded.
    pub load_kg: i64,
    /// Stops that this vehicle serves first and in this order (indices into [`Spec::stops`]).
    pub locked: Vec<usize>,
}

impl Vehicle {
    /// A vehicle that starts and ends at `depot`, without limit of time or trips, whose cost is the metres driven.
    pub const fn new(depot: usize, payload_kg: i64) -> Self {
        Self {
            start: depot,
            end: Some(depot),
            payload_kg,
            gross_kg: 0,
            stream: Stream(0),
            shift: Window::ALWAYS,
            max_trips: u32::MAX,
            fixed_cost: 0,
            cost_per_m: 1,
            cost_per_s: 0,
            load_kg: 0,
            locked: Vec::new(),
        }
    }
}

/// A place where vehicles unload: a transfer station or a plant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facility {
    /// Index of the place in [`Spec::travel`].
    pub place: usize,
    /// Time one unloading takes, in seconds.
    #[serde(default)]
    pub service_s: i64,
    /// Times at which unloading may begin, apart and ascending; empty means at any time.
    #[serde(default)]
    pub windows: Vec<Window>,
    /// Streams it takes; empty means every stream.
    #[serde(default)]
    pub streams: Vec<Stream>,
}

impl Facility {
    /// A facility that is always open, takes every stream and costs no time.
    pub const fn new(place: usize) -> Self {
        Self {
            place,
            service_s: 0,
            windows: Vec::new(),
            streams: Vec::new(),
        }
    }
}

/// A day to be planned, as stated; [`Spec::build`] makes a [`crate::Problem`] of it.
///
/// Without facilities vehicles make a single trip and go home loaded (the classic vehicle-routing problem).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Spec {
    /// Places, distances and times.
    pub travel: Travel,
    /// What has to be served.
    pub stops: Vec<Stop>,
    /// Who serves.
    pub vehicles: Vec<Vehicle>,
    /// Where vehicles unload.
    pub facilities: Vec<Facility>,
}
