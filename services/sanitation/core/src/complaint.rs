//! How a complaint goes on, and until when.

#[cfg(test)]
mod tests;

use time::{Date, Duration, OffsetDateTime, Time, macros::offset};

use crate::norms::{Complaints, WorkingTime};

/// Where a complaint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits to be accepted.
    Filed,
    /// Waits to be assigned or answered.
    Accepted,
    /// Somebody has to deal with it.
    Assigned,
    /// Answered.
    Answered,
    /// At its end.
    Closed,
}

/// What may be done with a complaint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Take it on.
    Accept,
    /// Give it to somebody.
    Assign,
    /// Answer it.
    Answer,
    /// End it.
    Close,
    /// Take it up again.
    Reopen,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Filed,
        Self::Accepted,
        Self::Assigned,
        Self::Answered,
        Self::Closed,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Accepted => "accepted",
            Self::Assigned => "assigned",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// The state after an action; `None` if it is not possible now.
    pub const fn after(self, action: Action) -> Option<Self> {
        match (self, action) {
            (Self::Filed, Action::Accept) | (Self::Answered | Self::Closed, Action::Reopen) => Some(Self::Accepted),
            (Self::Accepted | Self::Assigned, Action::Assign) => Some(Self::Assigned),
            (Self::Accepted | Self::Assigned, Action::Answer) => Some(Self::Answered),
            (Self::Answered, Action::Close) => Some(Self::Closed),
            _ => None,
        }
    }
}

impl Action {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Assign => "assign",
            Self::Answer => "answer",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }
}

/// Until when a complaint has to leave a state, and when to remind of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// When it is due.
    pub due: OffsetDateTime,
    /// When to remind of it.
    pub remind: OffsetDateTime,
}

/// The deadline of a complaint that was filed, or reopened, at `since`; `None` if nothing is due.
pub fn deadline(state: State, since: OffsetDateTime, norms: &Complaints) -> Option<Deadline> {
    let seconds = match state {
        State::Filed => norms.accept_s,
        State::Accepted | State::Assigned => norms.answer_s,
        State::Answered | State::Closed => return None,
    };
    let working = norms.working_time.as_ref();
    Some(Deadline {
        due: later(since, seconds, working),
        remind: later(since, (seconds - norms.remind_before_s).max(0), working),
    })
}

/// The instant so many seconds of working time after `since`.
fn later(since: OffsetDateTime, seconds: i64, working: Option<&WorkingTime>) -> OffsetDateTime {
    let Some(working) = working else {
        return since.saturating_add(Duration::seconds(seconds));
    };
    let mut left = Duration::seconds(seconds);
    let local = since.to_offset(offset!(+8));
    let mut day = local.date();
    // Weekdays come round each week and holidays are listed, so a working day comes; the bound keeps a senseless norm from hanging.
    for _ in 0..20_000 {
        let (opens, closes) = (at(day, working.opens_s), at(day, working.closes_s));
        let begin = local.max(opens);
        if worked(day, working) && begin < closes {
            if closes - begin >= left {
                return begin + left;
            }
            left -= closes - begin;
        }
        match day.next_day() {
            Some(next) => day = next,
            None => break,
        }
    }
    at(day, working.closes_s)
}

fn worked(day: Date, working: &WorkingTime) -> bool {
    let weekday = i64::from(day.weekday().number_from_monday());
    let usual = working.weekdays.contains(&weekday) && !working.holidays.contains(&day);
    usual || working.extra_days.contains(&day)
}

fn at(day: Date, seconds: i64) -> OffsetDateTime {
    day.with_time(Time::MIDNIGHT).assume_offset(offset!(+8)) + Duration::seconds(seconds)
}
