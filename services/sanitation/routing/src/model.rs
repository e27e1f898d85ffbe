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
    /// When the trip that serves it may leave its beginning (the start place, or the facility where the trip before
    /// ended): what is brought there is not ready earlier.
    #[serde(default)]
    pub release_s: i64,
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
            release_s: 0,
            service_s: 0,
            windows: Vec::new(),
            penalty: None,
            max_gross_kg: None,
            stream: Stream(0),
        }
    }
}

/// A break of the crew, such as an hour for lunch: taken once on the way, where nobody works or drives: on arrival at a
/// place before the work begins (also while waiting), or after the work before driving on.
///
/// Nobody owes a break who departs at or after `begin.close_s` or is back by then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Break {
    /// When it may begin.
    pub begin: Window,
    /// How long it takes, in seconds.
    pub duration_s: i64,
}

/// A limit of driving without a rest, such as twenty minutes after four hours. Rests are taken where breaks are taken; a
/// break that lasts as long is a rest too, work is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Rest {
    /// Most seconds of driving from one rest to the next.
    pub driving_s: i64,
    /// Shortest rest, in seconds.
    pub duration_s: i64,
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
    /// When overtime begins; the shift may go on at its own cost until it closes.
    pub regular_end_s: i64,
    /// Breaks, each later than the one before.
    pub breaks: Vec<Break>,
    /// Limit of driving without a rest.
    pub rest: Option<Rest>,
    /// Most seconds of driving in the shift.
    pub max_driving_s: i64,
    /// Most trips in the shift; a trip ends at an unloading facility.
    pub max_trips: u32,
    /// Most stops in the shift.
    pub max_stops: u32,
    /// Most kg taken in the shift over all trips, without what is aboard when it begins.
    pub max_kg: i64,
    /// Cost of using the vehicle at all.
    pub fixed_cost: i64,
    /// Cost of each metre driven.
    pub cost_per_m: i64,
    /// Cost of each second between departure and return.
    pub cost_per_s: i64,
    /// Further cost of each second between `regular_end_s` and the return.
    pub cost_per_overtime_s: i64,
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
            regular_end_s: LIMIT,
            breaks: Vec::new(),
            rest: None,
            max_driving_s: LIMIT,
            max_trips: u32::MAX,
            max_stops: u32::MAX,
            max_kg: LIMIT,
            fixed_cost: 0,
            cost_per_m: 1,
            cost_per_s: 0,
            cost_per_overtime_s: 0,
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

/// Ways to serve a place, exactly one of which is taken, such as the days on which it may be visited in a week: a way is a
/// set of stops, and either all stops of a choice's way are served or, where there is no room, none of the choice.
///
/// A week is planned as one problem by giving each day its own vehicles and each visit of each day its own stop; what
/// keeps the vehicles of one day from the stops of another are windows or streams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Indices into [`Spec::stops`] for each way.
    pub ways: Vec<Vec<usize>>,
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
    /// Mandatory stops of which not all are served.
    #[serde(default)]
    pub choices: Vec<Choice>,
}
