//! Days of the week, and those that are evenly spaced.

use serde::{Deserialize, Serialize};

/// Days of a week.
pub const WEEK: usize = 7;

/// A set of days of the week, never empty. Weeks follow each other, so that Sunday is the day before Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days(u8);

impl Days {
    /// Every day.
    pub const DAILY: Self = Self(0b111_1111);

    /// The days of these bits, Monday the lowest; `None` of none, or of more than a week has.
    pub const fn of_bits(bits: u8) -> Option<Self> {
        if bits == 0 || bits > Self::DAILY.0 {
            None
        } else {
            Some(Self(bits))
        }
    }

    /// Its bits, Monday the lowest.
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether a day is one of them; Monday is 0.
    pub const fn has(self, day: usize) -> bool {
        self.0 >> (day % WEEK) & 1 == 1
    }

    /// The days in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..WEEK).filter(move |day| self.has(*day))
    }

    /// How many they are.
    pub const fn count(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Days since the one of them that is before `day`, 1–7.
    pub fn since_the_one_before(self, day: usize) -> usize {
        (1..=WEEK).find(|since| self.has(day + WEEK - since)).unwrap_or(WEEK)
    }
}

/// The fewest days of a week with which nothing waits longer than `interval_days`, evenly spaced: every choice of them.
pub fn patterns(interval_days: usize) -> Vec<Days> {
    let interval = interval_days.clamp(1, WEEK);
    let count = WEEK.div_ceil(interval);
    let spaced = |days: &Days| {
        let gaps = days.iter().map(|day| days.since_the_one_before(day));
        let (mut least, mut most) = (WEEK, 1);
        for gap in gaps {
            (least, most) = (least.min(gap), most.max(gap));
        }
        most - least <= 1
    };
    (1..=Days::DAILY.0)
        .map(Days)
        .filter(|days| days.count() == count && spaced(days))
        .collect()
}
