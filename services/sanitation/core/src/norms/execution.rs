//! How the day is followed on the road.

use serde::{Deserialize, Serialize};

use super::check::Found;

/// How the day is followed on the road.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Execution {
    /// A stop is late that is collected so many seconds after it was due.
    pub late_after_s: i64,
    /// What a terminal's clock may be off, seconds.
    pub clock_tolerance_s: i64,
    /// A vehicle within so many metres of a point or station is there.
    pub fence_m: i64,
    /// So many seconds inside, or outside again, until it counts.
    pub dwell_s: i64,
    /// Days for which tracks are kept.
    pub track_days: i64,
}

impl Default for Execution {
    fn default() -> Self {
        Self {
            late_after_s: 1_800,
            clock_tolerance_s: 300,
            fence_m: 60,
            dwell_s: 20,
            track_days: 90,
        }
    }
}

impl Execution {
    pub(super) fn check(&self, found: &mut Found) {
        found.range("execution.late_after_s", self.late_after_s, 0, 43_200);
        found.range("execution.clock_tolerance_s", self.clock_tolerance_s, 30, 3_600);
        found.range("execution.fence_m", self.fence_m, 10, 1_000);
        found.range("execution.dwell_s", self.dwell_s, 0, 600);
        found.range("execution.track_days", self.track_days, 1, 1_100);
    }
}
