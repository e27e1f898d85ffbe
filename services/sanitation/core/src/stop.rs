//! What has become of a stop, from all that was told of it.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

/// What a driver said at a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word<'a> {
    /// The vehicle is there.
    Arrived,
    /// The stop is emptied.
    Collected {
        /// Load taken, if it was weighed.
        kg: Option<i64>,
        /// Bins emptied, if they were counted.
        bins: Option<i32>,
    },
    /// The stop is not emptied.
    Missed {
        /// Why.
        reason: &'a str,
        /// What the driver added.
        note: &'a str,
    },
}

/// A word with who said it. Device and sequence number tell repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told<'a> {
    /// The terminal.
    pub device: &'a str,
    /// Its counter.
    pub sequence: i64,
    /// When it happened.
    pub at: OffsetDateTime,
    /// What it was.
    pub word: Word<'a>,
}

/// Where a stop stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State<'a> {
    /// Nothing is known.
    #[default]
    Planned,
    /// A vehicle is or was there.
    Arrived,
    /// Emptied.
    Collected {
        /// When, by the first who said so.
        at: OffsetDateTime,
        /// Load taken by all, if anybody weighed it.
        kg: Option<i64>,
        /// Bins emptied by all, if anybody counted them.
        bins: Option<i32>,
    },
    /// Not emptied.
    Missed {
        /// When, by the last who said so.
        at: OffsetDateTime,
        /// Why, by the same.
        reason: &'a str,
        /// What the same added.
        note: &'a str,
    },
}

/// When a vehicle arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When.
    pub at: OffsetDateTime,
    /// The driver said so; else positions show it.
    pub by_driver: bool,
}

/// What has become of a stop.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Where it stands.
    pub state: State<'a>,
    /// When a vehicle arrived, if that is known.
    pub arrival: Option<Arrival>,
}

/// The outcome of everything told of a stop, in any order and with any repeats; `fence` is when positions first show a vehicle there.
///
/// Terminals' clocks may differ or be set, so of one terminal its counter says what came last. Between terminals no order is
/// known, so one that has emptied the stop suffices.
pub fn outcome<'a>(told: &[Told<'a>], fence: Option<OffsetDateTime>) -> Outcome<'a> {
    let said = told
        .iter()
        .filter(|one| one.word == Word::Arrived)
        .map(|one| one.at)
        .min();
    let arrival = match (said, fence) {
        (Some(at), _) => Some(Arrival { at, by_driver: true }),
        (None, at) => at.map(|at| Arrival { at, by_driver: false }),
    };
    let nothing_said = if arrival.is_some() {
        State::Arrived
    } else {
        State::Planned
    };
    Outcome {
        state: ended(told).unwrap_or(nothing_said),
        arrival,
    }
}

fn ended<'a>(told: &[Told<'a>]) -> Option<State<'a>> {
    let mut last: BTreeMap<&str, &Told<'a>> = BTreeMap::new();
    for one in told.iter().filter(|one| one.word != Word::Arrived) {
        let kept = last.entry(one.device).or_insert(one);
        if one.sequence > kept.sequence {
            *kept = one;
        }
    }
    let mut collected: Option<(OffsetDateTime, Option<i64>, Option<i32>)> = None;
    let mut missed: Option<(OffsetDateTime, &str, &str)> = None;
    for one in last.values() {
        match one.word {
            Word::Collected { kg, bins } => {
                let (at, kg_before, bins_before) = collected.unwrap_or((one.at, None, None));
                collected = Some((at.min(one.at), sum(kg_before, kg), sum(bins_before, bins)));
            }
            Word::Missed { reason, note } if missed.is_none_or(|(at, ..)| one.at > at) => {
                missed = Some((one.at, reason, note));
            }
            _ => {}
        }
    }
    let collected = collected.map(|(at, kg, bins)| State::Collected { at, kg, bins });
    collected.or_else(|| missed.map(|(at, reason, note)| State::Missed { at, reason, note }))
}

fn sum<T: std::ops::Add<Output = T>>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    }
}

/// An instant of a terminal's clock as it was in truth, if its clock was ahead by `ahead` when it sent it. A small difference is the
/// way of the message.
pub fn put_right(at: OffsetDateTime, ahead: Duration, tolerance: Duration) -> OffsetDateTime {
    if ahead.abs() > tolerance {
        at.saturating_sub(ahead)
    } else {
        at
    }
}
