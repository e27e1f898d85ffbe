//! Progress: what was reported for which day, what a week brought, and who answers for it.

use std::collections::BTreeMap;

use time::Date;

use crate::{schedule::Spread, week::Week};

/// Units done in all, by the day that a report describes.
#[derive(Debug, Clone, Default)]
pub struct Timeline(BTreeMap<Date, i64>);

/// A day whose report contradicts a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotMonotone {
    /// The day.
    pub date: Date,
    /// Units reported for it.
    pub cumulative: i64,
}

impl Timeline {
    /// Takes the report for a day; a later report for the same day replaces it.
    pub fn insert(&mut self, date: Date, cumulative: i64) {
        self.0.insert(date, cumulative);
    }

    /// The report for a day.
    pub fn on(&self, date: Date) -> Option<i64> {
        self.0.get(&date).copied()
    }

    /// The latest report.
    pub fn latest(&self) -> Option<(Date, i64)> {
        self.0.last_key_value().map(|(date, cumulative)| (*date, *cumulative))
    }

    /// Units done by the end of a day.
    pub fn done(&self, date: Date) -> i64 {
        self.0
            .range(..=date)
            .next_back()
            .map_or(0, |(_, cumulative)| *cumulative)
    }

    /// Whether a report came for any day from `from` to `to`.
    pub fn reported(&self, from: Date, to: Date) -> bool {
        from <= to && self.0.range(from..=to).next().is_some()
    }

    /// Checks that the units done in all never fall: not below the day before, not above the day after.
    pub fn check(&self, date: Date, cumulative: i64) -> Result<(), NotMonotone> {
        let before = self.0.range(..date).next_back().filter(|(_, done)| **done > cumulative);
        let next = date.next_day().and_then(|next| self.0.range(next..).next());
        match before.or(next.filter(|(_, done)| **done < cumulative)) {
            Some((date, done)) => Err(NotMonotone {
                date: *date,
                cumulative: *done,
            }),
            None => Ok(()),
        }
    }
}

/// Whether a report for `date` that arrived on the day `received` is late.
pub fn is_late(date: Date, received: Date, late_after_days: i32) -> bool {
    (received - date).whole_days() > i64::from(late_after_days)
}

/// What a week brought for one task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeekFigures {
    /// Units due by the end of the week.
    pub planned: i64,
    /// Units done by the end of the week.
    pub done: i64,
    /// Units due in the week.
    pub week_planned: i64,
    /// Units done in the week.
    pub week_done: i64,
    /// Units due in the week after, with what is behind.
    pub next_week: i64,
    /// Units were due and no report came.
    pub unreported: bool,
}

impl WeekFigures {
    /// Reckons a week; `spread` is `None` where the goal cannot be reached in time, and then nothing is due.
    pub fn of(spread: Option<&Spread>, timeline: &Timeline, week: Week) -> Self {
        let planned = |date| spread.map_or(0, |spread| spread.planned(date));
        let (first, last, before) = (week.first_day(), week.last_day(), week.before().last_day());
        let (due, done) = (planned(last), timeline.done(last));
        let week_planned = due - planned(before);
        Self {
            planned: due,
            done,
            week_planned,
            week_done: done - timeline.done(before),
            next_week: (planned(week.after().last_day()) - done).max(0),
            unreported: week_planned > 0 && done < due && !timeline.reported(first, last),
        }
    }

    /// Where the schedule wants it, or ahead.
    pub fn on_schedule(&self) -> bool {
        self.done >= self.planned
    }

    /// Below the planned daily average: behind the schedule at the end of the week, and the week brought less than was due
    /// in it. Who catches up from an earlier week does not miss again.
    pub fn missed(&self) -> bool {
        self.week_planned > 0 && self.week_done < self.week_planned && !self.on_schedule()
    }
}

/// Since when somebody answers for a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenure {
    /// First day.
    pub start: Date,
    /// The person.
    pub cadre: String,
    /// Name at that time.
    pub display_name: String,
}

/// Who answers for a week: the one in office on most of its working days; of equals the earlier. `tenures` are in the order
/// in which they were recorded.
pub fn answerable<'a>(tenures: &'a [Tenure], spread: &Spread, week: Week) -> Option<&'a Tenure> {
    let in_office = |day: Date| tenures.iter().rposition(|tenure| tenure.start <= day).unwrap_or(0);
    let mut days: BTreeMap<usize, usize> = BTreeMap::new();
    let in_week = |day: &Date| (week.first_day()..=week.last_day()).contains(day);
    for day in spread.days().map(|(day, _)| day).filter(in_week) {
        *days.entry(in_office(day)).or_default() += 1;
    }
    let (most, _) = days.into_iter().min_by_key(|(at, count)| (usize::MAX - count, *at))?;
    tenures.get(most)
}

#[cfg(test)]
mod tests;
