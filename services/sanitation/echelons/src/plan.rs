//! A plan of both levels.

/// A collection route: from a station by its stops back to the station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The station.
    pub station: usize,
    /// Stops in order.
    pub stops: Vec<usize>,
}

/// What a truck takes at a station.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The station.
    pub station: usize,
    /// How much.
    pub kg: i64,
}

/// A truck's way: from the plant by some stations back to the plant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Haul {
    /// Calls in order.
    pub calls: Vec<Call>,
}

/// What a plan is worth, the first first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Objective {
    /// Stops that are not served.
    pub missing: usize,
    /// Ways and vehicles of both levels, stations.
    pub cost: i64,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Collection.
    pub routes: Vec<Route>,
    /// Haulage.
    pub hauls: Vec<Haul>,
    /// Stops for which there is no room.
    pub unserved: Vec<usize>,
    /// What it is worth.
    pub objective: Objective,
}
