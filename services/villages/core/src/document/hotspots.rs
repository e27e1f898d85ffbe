//! When sightings are one hotspot.

use serde::Serialize;

/// How near sightings of one hotspot are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hotspots {
    /// Metres.
    pub join_distance_m: i32,
    /// Seconds before or after.
    pub join_time_s: i32,
}

impl Default for Hotspots {
    fn default() -> Self {
        Self {
            join_distance_m: 500,
            join_time_s: 7_200,
        }
    }
}
