//! Breaks, rests and overtime of those who drive.

use serde::{Deserialize, Serialize};

use super::check::Found;

/// Breaks, rests and overtime of those who drive. The source plan says nothing of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shifts {
    /// Length of the break; 0: none.
    pub break_s: i64,
    /// It begins no sooner, seconds after midnight.
    pub break_from_s: i64,
    /// It begins no later; who sets out later or is back by then has none.
    pub break_until_s: i64,
    /// Most driving from one rest to the next; 0: no limit.
    pub driving_s: i64,
    /// Shortest rest.
    pub rest_s: i64,
    /// How long a vehicle may be out past the end of its shift.
    pub overtime_s: i64,
    /// What an hour of it costs more than another.
    pub overtime_hour_fen: i64,
}

impl Shifts {
    pub(super) fn check(&self, found: &mut Found) {
        found.range("shifts.break_s", self.break_s, 0, 7_200);
        found.range("shifts.break_from_s", self.break_from_s, 0, 86_400);
        found.range("shifts.break_until_s", self.break_until_s, 0, 86_400);
        found.order(
            "shifts.break_from_s",
            self.break_from_s,
            "shifts.break_until_s",
            self.break_until_s,
        );
        found.range("shifts.driving_s", self.driving_s, 0, 43_200);
        let least_s = i64::from(self.driving_s > 0);
        found.range("shifts.rest_s", self.rest_s, least_s, 7_200);
        found.range("shifts.overtime_s", self.overtime_s, 0, 21_600);
        found.range("shifts.overtime_hour_fen", self.overtime_hour_fen, 0, 10_000_000);
    }

    /// What overtime costs, fen.
    pub const fn overtime_fen(&self, overtime_s: i64) -> i64 {
        self.overtime_hour_fen * overtime_s / 3_600
    }
}

#[cfg(test)]
mod tests {
    use crate::norms::Norms;

    #[test]
    fn what_cannot_hold_is_named() {
        let mut norms = Norms::default();
        norms.shifts.break_from_s = 50_000;
        norms.shifts.break_until_s = 40_000;
        norms.shifts.driving_s = 14_400;
        norms.shifts.overtime_s = 30_000;
        let found: Vec<_> = norms
            .contradictions("410225")
            .into_iter()
            .map(|c| (c.path, c.reason))
            .collect();
        let expected = [
            ("shifts.break_from_s", "WRONG_ORDER"),
            ("shifts.rest_s", "OUT_OF_RANGE"),
            ("shifts.overtime_s", "OUT_OF_RANGE"),
        ];
        assert_eq!(found, expected.map(|(path, reason)| (path.to_owned(), reason)));
    }
}
