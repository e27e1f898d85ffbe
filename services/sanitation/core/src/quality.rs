//! How well points were served over some days.

#[cfg(test)]
mod tests;

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use time::{Date, Duration};

/// Days that figures are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// One day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
}

impl Period {
    /// First and last day of the period in which a day lies.
    pub fn around(self, day: Date) -> (Date, Date) {
        match self {
            Self::Day => (day, day),
            Self::Week => {
                let before = i64::from(day.weekday().number_days_from_monday());
                let first = day.saturating_sub(Duration::days(before));
                (first, first.saturating_add(Duration::days(6)))
            }
            Self::Month => {
                let of = |number: u8| Date::from_calendar_date(day.year(), day.month(), number).unwrap_or(day);
                (of(1), of(day.month().length(day.year())))
            }
        }
    }
}

/// What is known of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point<'a> {
    /// Stops that it was owed.
    pub owed: i64,
    /// Of them missed.
    pub missed: i64,
    /// Of them collected, but late.
    pub late: i64,
    /// Taken as terminals said, kg.
    pub kg: i64,
    /// Days on which it was collected, ascending: of the period, and of the days before it that reach into it.
    pub collected_on: &'a [Date],
}

/// How well some points were served.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    /// Points.
    pub points: i64,
    /// Points that were collected at least once.
    pub covered: i64,
    /// Stops owed.
    pub owed: i64,
    /// Of them collected.
    pub collected: i64,
    /// Of them missed.
    pub missed: i64,
    /// Of those collected, late.
    pub late: i64,
    /// Taken as terminals said, kg.
    pub kg: i64,
    /// Days of points.
    pub due_days: i64,
    /// Of them such on which the last collection was no longer ago than the norm allows.
    pub met_days: i64,
}

impl Quality {
    /// The quality of one point from one day to another, if it is to be collected every `interval_days` days, ≥ 1.
    pub fn of(point: Point<'_>, (from, to): (Date, Date), interval_days: i64) -> Self {
        let within = point
            .collected_on
            .iter()
            .filter(|day| (from..=to).contains(*day))
            .count();
        let collected = i64::try_from(within).unwrap_or(i64::MAX);
        Self {
            points: 1,
            covered: i64::from(collected > 0),
            owed: point.owed,
            collected,
            missed: point.missed,
            late: point.late,
            kg: point.kg,
            due_days: ((to - from).whole_days() + 1).max(0),
            met_days: met_days(point.collected_on, (from, to), interval_days),
        }
    }

    /// Stops that were collected on time.
    pub const fn on_time(&self) -> i64 {
        self.collected - self.late
    }
}

impl AddAssign for Quality {
    fn add_assign(&mut self, other: Self) {
        self.points += other.points;
        self.covered += other.covered;
        self.owed += other.owed;
        self.collected += other.collected;
        self.missed += other.missed;
        self.late += other.late;
        self.kg += other.kg;
        self.due_days += other.due_days;
        self.met_days += other.met_days;
    }
}

/// Each collection serves its day and the days until the next is due.
fn met_days(collected_on: &[Date], (from, to): (Date, Date), interval_days: i64) -> i64 {
    let (mut met, mut served_until) = (0, from.previous_day());
    for day in collected_on {
        let first = served_until
            .and_then(Date::next_day)
            .map_or(*day, |next| next.max(*day))
            .max(from);
        let last = day.saturating_add(Duration::days(interval_days - 1)).min(to);
        if first <= last {
            met += (last - first).whole_days() + 1;
            served_until = Some(last);
        }
    }
    met
}

/// The part of `kg` of which `treated` of `received` reached a plant, rounded down, at most all of it.
pub fn treated_kg(kg: i64, treated: i64, received: i64) -> i64 {
    if received <= 0 {
        return 0;
    }
    let part = i128::from(kg.max(0)) * i128::from(treated.clamp(0, received)) / i128::from(received);
    i64::try_from(part).unwrap_or(i64::MAX)
}
