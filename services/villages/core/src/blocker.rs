//! What blocks a task for a time.

use time::Date;

use crate::schedule::Blocked;

/// What blocks the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 天气.
    Weather,
    /// 资金.
    Funds,
    /// 材料.
    Materials,
    /// 纠纷.
    Dispute,
}

impl Kind {
    const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Weather, "WEATHER", "天气"),
        (Self::Funds, "FUNDS", "资金"),
        (Self::Materials, "MATERIALS", "材料"),
        (Self::Dispute, "DISPUTE", "纠纷"),
    ];

    fn names(self) -> (&'static str, &'static str) {
        let known = Self::ALL.iter().find(|(kind, ..)| *kind == self);
        known.map_or(("", ""), |(_, name, name_zh)| (name, name_zh))
    }

    /// Its stable name.
    pub fn as_str(self) -> &'static str {
        self.names().0
    }

    /// Its name in bulletins.
    pub fn name_zh(self) -> &'static str {
        self.names().1
    }

    /// Reads its stable name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(_, known, _)| *known == name)
            .map(|(kind, ..)| *kind)
    }
}

/// A blocker that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocker {
    /// Identity.
    pub id: u128,
    /// What blocks the work.
    pub kind: Kind,
    /// Days that it excuses.
    pub days: Blocked,
}

/// First day that a blocker from `start` excuses: that day where it was reported in time, else the day of the report, so that
/// nothing is excused that had passed unspoken.
pub fn excused_from(start: Date, reported: Date, late_after_days: i32) -> Date {
    if crate::progress::is_late(start, reported, late_after_days) {
        reported
    } else {
        start
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn a_late_report_excuses_from_its_own_day() {
        let start = date!(2024 - 04 - 01);
        for (reported, from) in [
            (date!(2024 - 03 - 28), start),
            (start, start),
            (date!(2024 - 04 - 02), start),
            (date!(2024 - 04 - 03), date!(2024 - 04 - 03)),
        ] {
            assert_eq!(excused_from(start, reported, 1), from, "{reported}");
        }
    }
}
