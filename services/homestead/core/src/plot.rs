//! What is known of a plot: what was measured there and given back, in whatever order that was learned.
//!
//! A measurement stands as it is from its first day on, until a later measurement begins; it has seen everything that was given
//! back until the day on which somebody measured. What is given back after that day lowers it. Of two facts of one day the one
//! learned later knew the other.

use time::Date;

/// From a day until the next state, a plot lies this much above the entitlement with a household.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// First day.
    pub from_on: Date,
    /// Over-occupied area.
    pub over_dm2: i64,
    /// Day, not before the first, of the measurement that begins here; `None` where only something was given back.
    pub measured_on: Option<Date>,
}

/// Why a fact contradicts what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contradiction {
    /// Its days were measured after it, and nothing of it was seen.
    MeasuredSince {
        /// Day of that measurement.
        measured_on: Date,
        /// From which day on it holds.
        from_on: Date,
    },
    /// More is given back than lies above the entitlement.
    TooMuch {
        /// The least that lies above it on the days concerned.
        least_dm2: i64,
        /// First day on which that is so.
        from_on: Date,
    },
    /// Less is measured than was given back after it.
    TooLittle {
        /// What was given back.
        vacated_dm2: i64,
        /// The last day on which something was.
        last_on: Date,
    },
}

/// The states once `area_dm2` was given back on `day`: each from that day until the plot was next measured is lower by it.
pub fn vacate(known: &[State], day: Date, area_dm2: i64) -> Result<Vec<State>, Contradiction> {
    let (begun, later) = known.split_at(known.partition_point(|state| state.from_on <= day));
    measured_by(begun, day)?;
    let mut states = begun.to_vec();
    if begun.last().is_none_or(|state| state.from_on < day) {
        states.push(State {
            from_on: day,
            over_dm2: over_on(known, day),
            measured_on: None,
        });
    }
    let first = states.len() - 1;
    let (lowered, standing) = later.split_at(before_measured(later, |_| true));
    states.extend(lowered);
    if let Some(least) = states[first..].iter().min_by_key(|state| state.over_dm2)
        && least.over_dm2 < area_dm2
    {
        return Err(Contradiction::TooMuch {
            least_dm2: least.over_dm2,
            from_on: least.from_on,
        });
    }
    for state in &mut states[first..] {
        state.over_dm2 -= area_dm2;
    }
    states.extend(standing);
    Ok(states)
}

/// The states once the plot was measured on `day`, to hold from `from_on` on. What was measured after that day stands, and what
/// was given back after it lowers this.
pub fn measure(known: &[State], from_on: Date, day: Date, over_dm2: i64) -> Result<Vec<State>, Contradiction> {
    let day = day.max(from_on);
    measured_by(&known[..known.partition_point(|state| state.from_on <= from_on)], day)?;
    let (before, since) = known.split_at(known.partition_point(|state| state.from_on < from_on));
    let mut states = before.to_vec();
    let mut last = State {
        from_on,
        over_dm2,
        measured_on: Some(day),
    };
    states.push(last);
    let (followed, standing) = since.split_at(before_measured(since, |on| on > day));
    let mut former_dm2 = before.last().map_or(0, |state| state.over_dm2);
    for state in followed {
        if state.measured_on.is_none() && state.from_on > day {
            last = State {
                over_dm2: last.over_dm2 - (former_dm2 - state.over_dm2),
                ..*state
            };
            states.push(last);
        }
        former_dm2 = state.over_dm2;
    }
    if last.over_dm2 < 0 {
        return Err(Contradiction::TooLittle {
            vacated_dm2: over_dm2 - last.over_dm2,
            last_on: last.from_on,
        });
    }
    states.extend(standing);
    Ok(states)
}

/// Over-occupied area on `day`.
pub fn over_on(states: &[State], day: Date) -> i64 {
    let begun = states.partition_point(|state| state.from_on <= day);
    states[..begun].last().map_or(0, |state| state.over_dm2)
}

/// First day of the measurement that holds at the end.
pub fn measured_last(states: &[State]) -> Option<Date> {
    let measured = states.iter().rev().find(|state| state.measured_on.is_some());
    measured.map(|state| state.from_on)
}

/// Refuses a fact of `day` that the last measurement in `begun` has seen and left out.
fn measured_by(begun: &[State], day: Date) -> Result<(), Contradiction> {
    let measured = begun
        .iter()
        .rev()
        .find_map(|state| Some((state.from_on, state.measured_on?)));
    match measured {
        Some((from_on, measured_on)) if measured_on > day => Err(Contradiction::MeasuredSince { measured_on, from_on }),
        _ => Ok(()),
    }
}

/// How many of `states` come before the first measured on a day that `stands`.
fn before_measured(states: &[State], stands: impl Fn(Date) -> bool) -> usize {
    let first = states.iter().position(|state| state.measured_on.is_some_and(&stands));
    first.unwrap_or(states.len())
}

#[cfg(test)]
mod tests;
