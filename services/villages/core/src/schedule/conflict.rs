//! Why a schedule is impossible: the smallest set of constraints that cannot hold together.

use time::Date;

use crate::{
    calendar::{Calendar, Stop, days},
    document::ClosureKind,
};

use super::{Blocked, Work, fits};

/// A constraint of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Constraint {
    /// The first day.
    Start,
    /// The deadline.
    Deadline,
    /// Most units a day.
    Capacity,
    /// Weekly rest days.
    RestDays,
    /// Holidays.
    Holiday,
    /// Harvest.
    Harvest,
    /// Frost.
    Frost,
    /// Flood season.
    Flood,
    /// Something that blocks the work.
    Blocker,
}

/// Those that can be left out while first day and deadline stand; without either of those there is always time.
const OPTIONAL: [Constraint; 7] = [
    Constraint::Capacity,
    Constraint::RestDays,
    Constraint::Holiday,
    Constraint::Harvest,
    Constraint::Frost,
    Constraint::Flood,
    Constraint::Blocker,
];

/// The fewest constraints under which the work does not fit; of several sets of that size the first in the order of
/// [`Constraint`]. None of them can be left out of it.
pub(super) fn smallest(calendar: &Calendar, work: &Work<'_>, blocked: &[Blocked]) -> Vec<Constraint> {
    let mut sets: Vec<Vec<Constraint>> = (0..1_u32 << OPTIONAL.len())
        .map(|bits| {
            let chosen = |(at, constraint): (usize, &Constraint)| (bits >> at & 1 == 1).then_some(*constraint);
            OPTIONAL.iter().enumerate().filter_map(chosen).collect()
        })
        .collect();
    sets.sort_by_key(Vec::len);
    let impossible = sets
        .into_iter()
        .find(|kept| !possible(calendar, work, blocked, kept))
        .unwrap_or_default();
    [Constraint::Start, Constraint::Deadline]
        .into_iter()
        .chain(impossible)
        .collect()
}

pub(super) fn possible(calendar: &Calendar, work: &Work<'_>, blocked: &[Blocked], kept: &[Constraint]) -> bool {
    let lifted = |stop: Stop| {
        !kept.contains(&match stop {
            Stop::Rest => Constraint::RestDays,
            Stop::Closed(ClosureKind::Holiday) => Constraint::Holiday,
            Stop::Closed(ClosureKind::Harvest) => Constraint::Harvest,
            Stop::Closed(ClosureKind::Frost) => Constraint::Frost,
            Stop::Closed(ClosureKind::Flood) => Constraint::Flood,
        })
    };
    let stands = |day: Date| kept.contains(&Constraint::Blocker) && blocked.iter().any(|block| block.covers(day));
    let open = days(work.start, work.deadline)
        .filter(|day| calendar.works_but_for(*day, work.stopped_by, lifted) && !stands(*day));
    let capacity = if kept.contains(&Constraint::Capacity) {
        work.daily_capacity
    } else {
        0
    };
    fits(work.goal, capacity, open.count())
}
