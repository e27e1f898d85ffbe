//! A day of haulage, planned.

/// One load from a station to a plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Haul {
    /// Index of the station.
    pub station: usize,
    /// Index of the plant.
    pub plant: usize,
    /// Load.
    pub kg: i64,
    /// Departure from where the truck was.
    pub depart_s: i64,
    /// Arrival at the station.
    pub arrive_s: i64,
    /// Loading begins.
    pub load_s: i64,
    /// Loading ends; the truck leaves for the plant.
    pub loaded_s: i64,
    /// Arrival at the plant.
    pub plant_s: i64,
    /// Unloading begins.
    pub unload_s: i64,
    /// Unloading ends.
    pub unloaded_s: i64,
    /// Metres driven to the station, empty.
    pub empty_m: i64,
    /// Metres driven to the plant, loaded.
    pub loaded_m: i64,
}

/// A truck's day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// Index of the truck.
    pub truck: usize,
    /// Departure from the depot.
    pub depart_s: i64,
    /// Return to the depot.
    pub return_s: i64,
    /// Metres driven.
    pub distance_m: i64,
    /// Seconds after the shift.
    pub overtime_s: i64,
    /// Cost.
    pub cost: i64,
    /// Its loads in order; never empty.
    pub hauls: Vec<Haul>,
}

/// What became of a station's stock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stock {
    /// Stock after each change, by time; the first is that of midnight.
    pub curve: Vec<(i64, i64)>,
    /// Most above the storage; 0 if it holds.
    pub over_kg: i64,
    /// First time above the storage.
    pub over_at_s: Option<i64>,
    /// What is left in the evening.
    pub left_kg: i64,
    /// Of this, what is above the target.
    pub late_kg: i64,
}

/// What a plan is worth: less is better, the first part first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Objective {
    /// Most above the storage, summed over stations.
    pub over_kg: i64,
    /// Left above the target, summed over stations.
    pub late_kg: i64,
    /// Cost of all trucks.
    pub cost: i64,
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Days of the trucks that drive, by truck.
    pub days: Vec<Day>,
    /// Stocks by station.
    pub stocks: Vec<Stock>,
    /// What it is worth.
    pub objective: Objective,
}
