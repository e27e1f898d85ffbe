//! When sightings are one hotspot.

use crate::{document::Hotspots, problem::Problems};

pub(super) fn check(hotspots: &Hotspots, problems: &mut Problems) {
    if !(10..=5_000).contains(&hotspots.join_distance_m) {
        problems.add(
            "hotspots.join_distance_m",
            "OUT_OF_RANGE",
            "10 to 5,000",
            "须在 10 到 5000 米之间",
        );
    }
    if !(60..=86_400).contains(&hotspots.join_time_s) {
        problems.add(
            "hotspots.join_time_s",
            "OUT_OF_RANGE",
            "60 to 86,400",
            "须在 60 到 86400 秒之间",
        );
    }
}
