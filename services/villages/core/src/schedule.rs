//! Backward schedules: how much of a goal is due on which working day.

mod blocked;
mod conflict;

use std::{collections::HashMap, sync::Arc};

use time::Date;

use crate::{calendar::Calendar, document::ClosureKind};

pub use blocked::Blocked;
pub use conflict::Constraint;

/// Milestones where a template names none.
const MILESTONES: [i32; 3] = [250, 500, 750];

/// What is to be scheduled.
#[derive(Debug, Clone, Copy)]
pub struct Work<'a> {
    /// Units to do, ≥ 1.
    pub goal: i64,
    /// First day.
    pub start: Date,
    /// Last day.
    pub deadline: Date,
    /// Most units a day; 0 means no limit.
    pub daily_capacity: i64,
    /// Closures that stop it besides holidays.
    pub stopped_by: &'a [ClosureKind],
}

/// A goal spread evenly over working days, so that the last unit falls due on the last of them. Where something blocks the
/// work, what is left is spread anew over the days that remain; what fell due before stays due.
#[derive(Debug, Clone)]
pub struct Spread {
    goal: i64,
    /// In order of their first days; never empty.
    pieces: Vec<Piece>,
    /// Why a block leaves too little time; empty where it does not.
    conflict: Vec<Constraint>,
}

/// From a day on: units due before it, and the days over which the rest is spread.
#[derive(Debug, Clone)]
struct Piece {
    from: Date,
    due_before: i64,
    days: Arc<[Date]>,
}

/// What is due on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The day.
    pub date: Date,
    /// Units due on it.
    pub count: i64,
    /// Units due until then.
    pub cumulative: i64,
}

/// An interim goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Milestone {
    /// Share of the goal in per mille.
    pub permille: i32,
    /// Units due until then.
    pub cumulative: i64,
    /// The day.
    pub date: Date,
}

/// Makes schedules over one calendar; remembers working days, since the tasks of a template share them.
#[derive(Debug)]
pub struct Scheduler<'a> {
    calendar: &'a Calendar,
    known: HashMap<(Date, Date, Vec<ClosureKind>), Arc<[Date]>>,
}

impl<'a> Scheduler<'a> {
    /// A scheduler over `calendar`.
    pub fn new(calendar: &'a Calendar) -> Self {
        Self {
            calendar,
            known: HashMap::new(),
        }
    }

    /// Spreads the work over its working days, or names the smallest set of constraints that cannot hold together.
    pub fn spread(&mut self, work: &Work<'_>) -> Result<Spread, Vec<Constraint>> {
        let days = self.days(work);
        if fits(work.goal, work.daily_capacity, days.len()) {
            let whole = Piece {
                from: work.start,
                due_before: 0,
                days,
            };
            return Ok(Spread {
                goal: work.goal,
                pieces: vec![whole],
                conflict: Vec::new(),
            });
        }
        Err(conflict::smallest(self.calendar, work, &[]))
    }

    /// Working days from the first day to the deadline.
    pub fn days(&mut self, work: &Work<'_>) -> Arc<[Date]> {
        let key = (work.start, work.deadline, work.stopped_by.to_vec());
        let calendar = self.calendar;
        let make = || calendar.working_days(work.start, work.deadline, work.stopped_by).into();
        Arc::clone(self.known.entry(key).or_insert_with(make))
    }
}

/// Whether a goal can be done in so many working days.
fn fits(goal: i64, daily_capacity: i64, days: usize) -> bool {
    let days = i128::try_from(days).unwrap_or(i128::MAX);
    days > 0 && (daily_capacity == 0 || i128::from(goal) <= i128::from(daily_capacity) * days)
}

impl Spread {
    /// Units due until `date`, that day included.
    pub fn planned(&self, date: Date) -> i64 {
        let begun = self.pieces.partition_point(|piece| piece.from <= date);
        let piece = begun.checked_sub(1).and_then(|last| self.pieces.get(last));
        piece.map_or(0, |piece| {
            piece.due(self.goal, piece.days.partition_point(|day| *day <= date))
        })
    }

    /// Every working day with the units due until then.
    pub fn days(&self) -> impl Iterator<Item = (Date, i64)> {
        let ends = self.pieces.iter().skip(1).map(|next| next.from).chain([Date::MAX]);
        self.pieces.iter().zip(ends).flat_map(|(piece, end)| {
            let days = piece.days.iter().enumerate().take_while(move |(_, day)| **day < end);
            days.map(|(at, day)| (*day, piece.due(self.goal, at + 1)))
        })
    }

    /// Every day on which something is due.
    pub fn quotas(&self) -> Vec<Quota> {
        let mut before = 0;
        let quota = |(date, cumulative): (Date, i64)| {
            let count = cumulative - std::mem::replace(&mut before, cumulative);
            (count > 0).then_some(Quota {
                date,
                count,
                cumulative,
            })
        };
        self.days().filter_map(quota).collect()
    }

    /// Interim goals at shares of the goal, and the goal itself; `steps` are per mille, empty for a quarter, half and three
    /// quarters. Those that a block leaves no time for are left out.
    pub fn milestones(&self, steps: &[i32]) -> Vec<Milestone> {
        let steps = if steps.is_empty() { &MILESTONES[..] } else { steps };
        let days: Vec<(Date, i64)> = self.days().collect();
        let milestone = |permille: i32| {
            let due = crate::fraction::Fraction::new(i64::from(permille), 1_000)
                .map_or(0, |share| share.units_reaching(self.goal));
            let (date, _) = days.get(days.partition_point(|(_, cumulative)| *cumulative < due))?;
            Some(Milestone {
                permille,
                cumulative: due,
                date: *date,
            })
        };
        steps.iter().copied().chain([1_000]).filter_map(milestone).collect()
    }

    /// The smallest set of constraints that keeps the goal from being reached after a block; empty where it can be reached.
    pub fn conflict(&self) -> &[Constraint] {
        &self.conflict
    }
}

impl Piece {
    /// Units due after so many of its days: rounded down, so that nothing is due before its time.
    fn due(&self, goal: i64, days: usize) -> i64 {
        let (done, all) = (
            i128::try_from(days).unwrap_or(0),
            i128::try_from(self.days.len()).unwrap_or(1),
        );
        let rest = i128::from(goal - self.due_before) * done / all.max(1);
        self.due_before.saturating_add(i64::try_from(rest).unwrap_or(goal))
    }
}

#[cfg(test)]
mod tests;
