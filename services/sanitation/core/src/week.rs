//! On which days of the week each stop of a station is served.
//!
//! A stop that may wait some days is served on evenly spaced days of the week. Which ones is chosen so that the days bring about
//! the same work and stops that lie near each other are served on the same days, by local search on an estimate of each day's work:
//! service, loads brought to the station, and the way to the nearest stop of the same day.

mod days;
mod near;
mod search;

pub use days::{Days, WEEK, patterns};
pub use search::{choose, work_s};

use crate::geo::Position;

/// A stop that is served some times a week.
#[derive(Debug, Clone)]
pub struct Stop {
    /// Where it is.
    pub position: Position,
    /// Most days between two collections, 1–7.
    pub interval_days: usize,
    /// What a collection brings, kg: by the days since the one before, less one, and by the day of the week, Monday first.
    pub loads_kg: Vec<[i64; WEEK]>,
}

/// What work is reckoned with.
#[derive(Debug, Clone, Copy)]
pub struct Rates {
    /// Mean payload.
    pub payload_kg: i64,
    /// Speed over the straight line: that on roads by the detour.
    pub m_per_h: i64,
    /// A stop before the first bin.
    pub stop_s: i64,
    /// One bin.
    pub bin_s: i64,
    /// Mass of a bin that is worth emptying.
    pub bin_kg: i64,
    /// Unloading at the station.
    pub unload_s: i64,
}

impl Stop {
    /// What is collected on a day of these days.
    pub fn load_kg(&self, days: Days, day: usize) -> i64 {
        let since = days.since_the_one_before(day);
        let waited = self.loads_kg.get(since - 1).or_else(|| self.loads_kg.last());
        waited.map_or(0, |loads| loads[day])
    }
}

impl Rates {
    /// Seconds for metres of straight line.
    pub(crate) fn way_s(&self, metres: i64) -> i64 {
        metres * 3_600 / self.m_per_h.max(1)
    }

    /// Seconds that a stop takes by itself on a day: service, and its share of the trips that bring its load `station_m` metres home.
    pub(crate) fn own_s(&self, load_kg: i64, station_m: i64) -> i64 {
        let bins = (load_kg + self.bin_kg - 1).div_euclid(self.bin_kg.max(1));
        let trip_s = 2 * self.way_s(station_m) + self.unload_s;
        self.stop_s + self.bin_s * bins + load_kg * trip_s / self.payload_kg.max(1)
    }
}

#[cfg(test)]
mod tests;
