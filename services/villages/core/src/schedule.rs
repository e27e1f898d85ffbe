//! Backward schedules: how much of a goal is due on which working day.

mod conflict;

use std::{collections::HashMap, sync::Arc};

use time::Date;

use crate::{calendar::Calendar, document::ClosureKind};

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

/// A goal spread evenly over working days, so that the last unit falls due on the last of them.
#[derive(Debug, Clone)]
pub struct Spread {
    goal: i64,
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
            return Ok(Spread { goal: work.goal, days });
        }
        Err(conflict::smallest(self.calendar, work))
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
        self.cumulative(self.days.partition_point(|day| *day <= date))
    }

    /// Every day on which something is due.
    pub fn quotas(&self) -> Vec<Quota> {
        let quota = |(at, date): (usize, &Date)| {
            let cumulative = self.cumulative(at + 1);
            Quota {
                date: *date,
                count: cumulative - self.cumulative(at),
                cumulative,
            }
        };
        self.days
            .iter()
            .enumerate()
            .map(quota)
            .filter(|quota| quota.count > 0)
            .collect()
    }

    /// Interim goals at shares of the goal, and the goal itself; `steps` are per mille, empty for a quarter, half and three
    /// quarters.
    pub fn milestones(&self, steps: &[i32]) -> Vec<Milestone> {
        let steps = if steps.is_empty() { &MILESTONES[..] } else { steps };
        let mut milestones: Vec<Milestone> = Vec::new();
        for permille in steps.iter().copied().chain([1_000]) {
            let due = crate::fraction::Fraction::new(i64::from(permille), 1_000)
                .map_or(0, |share| share.units_reaching(self.goal));
            let reached = (1..=self.days.len())
                .collect::<Vec<_>>()
                .partition_point(|count| self.cumulative(*count) < due);
            if let Some(date) = self.days.get(reached) {
                milestones.push(Milestone {
                    permille,
                    cumulative: due,
                    date: *date,
                });
            }
        }
        milestones
    }

    /// Working days in `from..=to` on which the work goes on.
    pub fn days_between(&self, from: Date, to: Date) -> impl Iterator<Item = Date> {
        self.days.iter().copied().filter(move |day| from <= *day && *day <= to)
    }

    /// Units due after so many working days: rounded down, so that nothing is due before its time.
    fn cumulative(&self, days: usize) -> i64 {
        let (done, all) = (
            i128::try_from(days).unwrap_or(0),
            i128::try_from(self.days.len()).unwrap_or(1),
        );
        i64::try_from(i128::from(self.goal) * done / all.max(1)).unwrap_or(self.goal)
    }
}

#[cfg(test)]
mod tests;
