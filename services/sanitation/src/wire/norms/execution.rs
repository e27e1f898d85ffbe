//! How the day is followed on the road: contract ↔ core.

use proto::xiangtu::sanitation::v1::ExecutionNorm;
use sanitation_core::norms::Execution;

/// Reads the part.
pub fn read(norm: &ExecutionNorm) -> Execution {
    Execution {
        late_after_s: norm.late_after_s.into(),
        clock_tolerance_s: norm.clock_tolerance_s.into(),
        fence_m: norm.fence_m.into(),
        dwell_s: norm.dwell_s.into(),
        track_days: norm.track_days.into(),
    }
}

/// Writes the part in full.
pub fn write(norm: &Execution) -> ExecutionNorm {
    let whole = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    ExecutionNorm {
        late_after_s: whole(norm.late_after_s),
        clock_tolerance_s: whole(norm.clock_tolerance_s),
        fence_m: whole(norm.fence_m),
        dwell_s: whole(norm.dwell_s),
        track_days: whole(norm.track_days),
    }
}
