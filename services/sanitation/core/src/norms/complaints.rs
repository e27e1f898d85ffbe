//! How fast complaints are dealt with.

use serde::{Deserialize, Serialize};
use time::Date;

use super::check::Found;

/// How fast complaints are dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Complaints {
    /// Seconds until it is accepted.
    pub accept_s: i64,
    /// Seconds from its filing until it is answered.
    pub answer_s: i64,
    /// Seconds before either at which a reminder goes out.
    pub remind_before_s: i64,
    /// When the clock runs; `None`: always.
    pub working_time: Option<WorkingTime>,
}

/// Time that counts as working time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingTime {
    /// Begin of a working day, seconds after midnight.
    pub opens_s: i64,
    /// End of a working day, seconds after midnight.
    pub closes_s: i64,
    /// Weekdays on which it is worked, 1 (Monday) to 7.
    pub weekdays: Vec<i64>,
    /// Days off among them.
    pub holidays: Vec<Date>,
    /// Days worked though their weekday is off.
    pub extra_days: Vec<Date>,
}

impl Default for Complaints {
    fn default() -> Self {
        Self {
            accept_s: 86_400,
            answer_s: 259_200,
            remind_before_s: 14_400,
            working_time: None,
        }
    }
}

impl Complaints {
    pub(super) fn check(&self, found: &mut Found) {
        let longest = 2_592_000;
        found.range("complaints.accept_s", self.accept_s, 60, longest);
        found.range("complaints.answer_s", self.answer_s, self.accept_s, longest);
        found.range("complaints.remind_before_s", self.remind_before_s, 0, self.accept_s);
        let Some(working) = &self.working_time else { return };
        let path = |name: &str| format!("complaints.working_time.{name}");
        found.range(&path("opens_s"), working.opens_s, 0, 86_399);
        found.range(&path("closes_s"), working.closes_s, working.opens_s + 1, 86_400);
        if working.weekdays.is_empty() {
            let (en, zh) = ("at least one weekday", "至少一个工作日");
            found.push(&path("weekdays"), "REQUIRED", en, zh);
        }
        for (index, weekday) in working.weekdays.iter().enumerate() {
            let path = path(&format!("weekdays[{index}]"));
            found.range(&path, *weekday, 1, 7);
            if working.weekdays[..index].contains(weekday) {
                found.push(&path, "DUPLICATE", "each weekday once", "每个工作日只列一次");
            }
        }
    }
}
