//! Whether a transfer station suffices for what comes in.

use super::{
    count,
    explain::{self, Text},
    share,
};
use crate::norms::{Share, StationClass, Stations};

/// A station with what came in on the last days on which anything did.
#[derive(Debug, Clone, Default)]
pub struct Station {
    /// Design capacity, kg a day.
    pub capacity_kg: i64,
    /// What came in on each of these days, kg.
    pub days_kg: Vec<i64>,
}

/// The norms applied to a station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StationReport {
    /// Class of its design.
    pub designed: StationClass,
    /// Class that what comes in on the fullest day calls for; that of its design where nothing is recorded.
    pub needed: StationClass,
    /// Mean of the days, kg, rounded down.
    pub mean_kg: i64,
    /// The fullest day, kg.
    pub peak_kg: i64,
    /// Days within the design capacity over all; `None` where nothing is recorded.
    pub within: Option<Share>,
    /// Capacity missing on the fullest day, kg a day.
    pub missing_kg: i64,
    /// No day is above the design, and the class is no lower than needed.
    pub passed: bool,
    /// The reckoning of the load.
    pub load: Text,
    /// The reckoning of the class.
    pub class: Text,
}

/// Applies `norms` to a station.
pub fn assess_station(station: &Station, norms: &Stations) -> StationReport {
    let days = count(station.days_kg.len());
    let sum: i64 = station.days_kg.iter().sum();
    let peak_kg = station.days_kg.iter().max().copied().unwrap_or(0);
    let mean_kg = sum / days.max(1);
    let beyond = count(station.days_kg.iter().filter(|kg| **kg > station.capacity_kg).count());
    let designed = norms.class(station.capacity_kg);
    let needed = if days > 0 { norms.class(peak_kg) } else { designed };
    let too_low = rank(needed) > rank(designed);
    StationReport {
        designed,
        needed,
        mean_kg,
        peak_kg,
        within: share(days - beyond, days),
        missing_kg: (peak_kg - station.capacity_kg).max(0),
        passed: beyond == 0 && !too_low,
        load: explain::station_load(station.capacity_kg, mean_kg, peak_kg, beyond, days),
        class: explain::station_class(designed, needed, norms),
    }
}

fn rank(class: StationClass) -> u8 {
    match class {
        StationClass::Small => 0,
        StationClass::Medium => 1,
        StationClass::Large => 2,
    }
}
