//! The working calendar: which days are worked.

use std::collections::BTreeSet;

use time::{Date, Duration, Month};

use crate::document::{self, ClosureKind};

/// Days on which work is done.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    rest: [bool; 7],
    closures: Vec<Closure>,
    make_up: BTreeSet<Date>,
}

#[derive(Debug, Clone)]
struct Closure {
    kind: ClosureKind,
    start: Date,
    end: Date,
    yearly: bool,
}

/// Why a day is not worked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A weekly rest day.
    Rest,
    /// A closure.
    Closed(ClosureKind),
}

impl Calendar {
    /// Reads a calendar; `None` if a closure lacks a date.
    pub fn new(written: &document::Calendar) -> Option<Self> {
        let mut calendar = Self {
            make_up: written.make_up_days.iter().copied().collect(),
            ..Self::default()
        };
        for day in &written.weekly_rest_days {
            *calendar.rest.get_mut(usize::from(day.number_days_from_monday()))? = true;
        }
        for closure in &written.closures {
            calendar.closures.push(Closure {
                kind: closure.kind,
                start: closure.start_date?,
                end: closure.end_date?,
                yearly: closure.yearly,
            });
        }
        Some(calendar)
    }

    /// Whether `day` is worked by work that `stopped_by` stops besides holidays.
    pub fn works(&self, day: Date, stopped_by: &[ClosureKind]) -> bool {
        self.works_but_for(day, stopped_by, |_| false)
    }

    /// Whether `day` would be worked if the stops that `lifted` names did not exist.
    pub fn works_but_for(&self, day: Date, stopped_by: &[ClosureKind], lifted: impl Fn(Stop) -> bool) -> bool {
        let rests = self
            .rest
            .get(usize::from(day.weekday().number_days_from_monday()))
            .is_some_and(|rest| *rest);
        if rests && !self.make_up.contains(&day) && !lifted(Stop::Rest) {
            return false;
        }
        !self.closures.iter().any(|closure| {
            (closure.kind == ClosureKind::Holiday || stopped_by.contains(&closure.kind))
                && !lifted(Stop::Closed(closure.kind))
                && closure.covers(day)
        })
    }

    /// The days worked from `start` to `end`, both included.
    pub fn working_days(&self, start: Date, end: Date, stopped_by: &[ClosureKind]) -> Vec<Date> {
        days(start, end).filter(|day| self.works(*day, stopped_by)).collect()
    }
}

/// Every day from `start` to `end`, both included.
pub fn days(start: Date, end: Date) -> impl Iterator<Item = Date> {
    let first = (start <= end).then_some(start);
    std::iter::successors(first, move |day| day.next_day().filter(|next| *next <= end))
}

impl Closure {
    fn covers(&self, day: Date) -> bool {
        if !self.yearly {
            return self.start <= day && day <= self.end;
        }
        let turns = self.end.year() - self.start.year();
        // A closure over the turn of the year began in the year before.
        [day.year(), day.year() - 1].into_iter().any(|year| {
            let span = in_year(self.start, year).zip(in_year(self.end, year + turns));
            span.is_some_and(|(start, end)| start <= day && day <= end)
        })
    }
}

/// The same month and day in another year; 29 February is the 28th in common years.
fn in_year(day: Date, year: i32) -> Option<Date> {
    day.replace_year(year)
        .ok()
        .or_else(|| Date::from_calendar_date(year, Month::February, 28).ok())
}

/// `day` moved by some days, held inside the calendar.
pub fn offset(day: Date, by: i64) -> Date {
    let edge = if by < 0 { Date::MIN } else { Date::MAX };
    day.checked_add(Duration::days(by.clamp(-4_000_000, 4_000_000)))
        .unwrap_or(edge)
}

#[cfg(test)]
mod tests {
    use time::{Weekday, macros::date};

    use super::*;

    fn closure(kind: ClosureKind, start: Date, end: Date, yearly: bool) -> document::Closure {
        document::Closure {
            display_name: "x".to_owned(),
            kind,
            start_date: Some(start),
            end_date: Some(end),
            yearly,
        }
    }

    fn calendar() -> Calendar {
        Calendar::new(&document::Calendar {
            weekly_rest_days: vec![Weekday::Saturday, Weekday::Sunday],
            closures: vec![
                closure(
                    ClosureKind::Holiday,
                    date!(2024 - 10 - 01),
                    date!(2024 - 10 - 07),
                    false,
                ),
                closure(ClosureKind::Frost, date!(2023 - 12 - 15), date!(2024 - 02 - 29), true),
            ],
            make_up_days: vec![date!(2024 - 10 - 12)],
        })
        .expect("dates are given")
    }

    #[test]
    fn rest_days_holidays_and_make_up_days() {
        let days = calendar().working_days(date!(2024 - 09 - 30), date!(2024 - 10 - 13), &[]);
        let expected = [
            date!(2024 - 09 - 30),
            date!(2024 - 10 - 08),
            date!(2024 - 10 - 09),
            date!(2024 - 10 - 10),
            date!(2024 - 10 - 11),
            date!(2024 - 10 - 12),
        ];
        assert_eq!(days, expected);
    }

    #[test]
    fn seasons_return_over_the_turn_of_the_year() {
        let calendar = calendar();
        let frost = [ClosureKind::Frost];
        for stopped in [
            date!(2024 - 12 - 16),
            date!(2025 - 01 - 02),
            date!(2025 - 02 - 28),
            date!(2028 - 02 - 29),
        ] {
            assert!(!calendar.works(stopped, &frost), "{stopped}");
        }
        for worked in [date!(2024 - 12 - 13), date!(2025 - 03 - 03)] {
            assert!(calendar.works(worked, &frost), "{worked}");
        }
        assert!(calendar.works(date!(2024 - 12 - 16), &[]));
    }

    #[test]
    fn no_days_between_dates_in_reverse() {
        assert_eq!(days(date!(2024 - 02 - 02), date!(2024 - 02 - 01)).count(), 0);
        assert_eq!(days(Date::MAX, Date::MAX).count(), 1);
    }
}
