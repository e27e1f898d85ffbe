//! Breaks, rests and overtime: contract ↔ core.

use proto::xiangtu::sanitation::v1::ShiftNorm;
use sanitation_core::norms::Shifts;

/// Reads the part.
pub fn read(norm: &ShiftNorm) -> Shifts {
    Shifts {
        break_s: norm.break_s.into(),
        break_from_s: norm.break_from_s.into(),
        break_until_s: norm.break_until_s.into(),
        driving_s: norm.driving_s.into(),
        rest_s: norm.rest_s.into(),
        overtime_s: norm.overtime_s.into(),
        overtime_hour_fen: norm.overtime_hour_fen,
    }
}

/// Writes the part in full.
pub fn write(norm: &Shifts) -> ShiftNorm {
    let whole = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    ShiftNorm {
        break_s: whole(norm.break_s),
        break_from_s: whole(norm.break_from_s),
        break_until_s: whole(norm.break_until_s),
        driving_s: whole(norm.driving_s),
        rest_s: whole(norm.rest_s),
        overtime_s: whole(norm.overtime_s),
        overtime_hour_fen: norm.overtime_hour_fen,
    }
}
