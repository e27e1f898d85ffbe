//! Work that something blocks for a time: weather, funds, materials.

use std::sync::Arc;

use time::Date;

use super::{Piece, Spread, Work, conflict, fits};
use crate::calendar::Calendar;

/// Days on which a task cannot be worked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blocked {
    /// First day.
    pub first: Date,
    /// Last day; before the first for none.
    pub last: Date,
}

impl Blocked {
    /// Whether a day is blocked.
    pub fn covers(&self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }
}

impl Spread {
    /// The spread around blocks. From the first day of each that costs a working day, what is not yet due is spread over the
    /// days that remain; where those do not suffice, nothing more falls due and [`Spread::conflict`] says why.
    #[must_use]
    pub fn around(mut self, calendar: &Calendar, work: &Work<'_>, blocked: &[Blocked]) -> Self {
        let mut blocked = blocked.to_vec();
        blocked.sort_by_key(|block| (block.first, block.last));
        for block in &blocked {
            let from = block.first.max(work.start);
            let due_before = from.previous_day().map_or(0, |before| self.planned(before));
            let Some(piece) = self.pieces.last() else { break };
            let rest = piece.days.get(piece.days.partition_point(|day| *day < from)..);
            let rest = rest.unwrap_or_default();
            let days: Arc<[Date]> = rest.iter().copied().filter(|day| !block.covers(*day)).collect();
            if days.len() == rest.len() || due_before == self.goal {
                continue;
            }
            let left = Work {
                goal: self.goal - due_before,
                start: from,
                ..*work
            };
            let fits = fits(left.goal, left.daily_capacity, days.len());
            self.pieces.push(Piece {
                from,
                due_before,
                days: if fits { days } else { Arc::from([]) },
            });
            if !fits {
                self.conflict = conflict::smallest(calendar, &left, &blocked);
                break;
            }
        }
        self
    }
}
