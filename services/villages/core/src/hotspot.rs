//! Hotspots: what follows what, how long it took, and what counts.

use std::collections::BTreeMap;

use time::{Date, OffsetDateTime};

/// What a hotspot was judged to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Straw or the like was burning.
    Burning,
    /// A fixed source of heat.
    FixedSource,
    /// Nothing was burning.
    False,
}

/// Where a hotspot stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has answered.
    Raised,
    /// Somebody is on the way.
    Acknowledged,
    /// Somebody is there.
    Arrived,
    /// It was judged.
    Judged(Verdict),
    /// It was burning, and nobody answers for it.
    Exonerated,
}

/// What is done about a hotspot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Somebody answers.
    Acknowledge,
    /// Somebody arrives.
    Arrive,
    /// It is judged.
    Triage(Verdict),
    /// What was confirmed is taken back.
    Exonerate,
}

/// A hotspot with what was done about it so far. Each time is that of the first entry that made it: nothing later resets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    state: State,
    raised: OffsetDateTime,
    /// First answer.
    pub acknowledged: Option<OffsetDateTime>,
    /// First arrival.
    pub arrived: Option<OffsetDateTime>,
    /// First judgement.
    pub judged: Option<OffsetDateTime>,
}

impl State {
    /// It counts against its village.
    pub fn counts(self) -> bool {
        self == Self::Judged(Verdict::Burning)
    }
}

impl Process {
    /// Somebody was told at `raised`.
    pub fn raised(raised: OffsetDateTime) -> Self {
        Self {
            state: State::Raised,
            raised,
            acknowledged: None,
            arrived: None,
            judged: None,
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// The hotspot after `action` at `at`, or the state that forbids it.
    pub fn act(mut self, action: Action, at: OffsetDateTime) -> Result<Self, State> {
        self.state = match (self.state, action) {
            (State::Raised, Action::Acknowledge) => State::Acknowledged,
            (State::Raised | State::Acknowledged, Action::Arrive) => State::Arrived,
            (State::Judged(stands), Action::Triage(verdict)) if stands == verdict => return Err(self.state),
            (_, Action::Triage(verdict)) => State::Judged(verdict),
            (State::Judged(Verdict::Burning), Action::Exonerate) => State::Exonerated,
            (state, _) => return Err(state),
        };
        let first = match action {
            Action::Acknowledge => &mut self.acknowledged,
            Action::Arrive => {
                // Whoever is there has answered.
                self.acknowledged.get_or_insert(at);
                &mut self.arrived
            }
            Action::Triage(_) => &mut self.judged,
            Action::Exonerate => return Ok(self),
        };
        first.get_or_insert(at);
        Ok(self)
    }

    /// Whole seconds from raised to an instant, at least 0 where the clock went back.
    pub fn seconds(&self, until: OffsetDateTime) -> i64 {
        (until - self.raised).whole_seconds().max(0)
    }
}

/// The figure of a village on each day on which a hotspot counts or once counted: how many of the year count by its end.
pub fn series(hotspots: impl IntoIterator<Item = (Date, bool)>) -> Vec<(Date, i64)> {
    let mut days: BTreeMap<Date, i64> = BTreeMap::new();
    for (day, counts) in hotspots {
        *days.entry(day).or_default() += i64::from(counts);
    }
    let mut sum = 0;
    let add = |(day, count)| {
        sum += count;
        (day, sum)
    };
    days.into_iter().map(add).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{
        Duration,
        macros::{date, datetime},
    };

    use super::*;

    const RAISED: OffsetDateTime = datetime!(2024-06-05 04:00 UTC);

    fn after(actions: &[Action]) -> Result<Process, State> {
        (1..)
            .zip(actions)
            .try_fold(Process::raised(RAISED), |process, (n, action)| {
                process.act(*action, RAISED + Duration::minutes(n))
            })
    }

    #[test]
    fn the_first_times_stand_whatever_follows() {
        let judged = after(&[
            Action::Arrive,
            Action::Triage(Verdict::Burning),
            Action::Exonerate,
            Action::Triage(Verdict::False),
        ]);
        let process = judged.expect("allowed");
        let seconds = |at: Option<OffsetDateTime>| at.map(|at| process.seconds(at));
        assert_eq!(
            (
                seconds(process.acknowledged),
                seconds(process.arrived),
                seconds(process.judged)
            ),
            (Some(60), Some(60), Some(120))
        );
        assert_eq!(
            after(&[Action::Acknowledge, Action::Acknowledge]),
            Err(State::Acknowledged)
        );
        let same = [Action::Triage(Verdict::False), Action::Triage(Verdict::False)];
        assert_eq!(after(&same), Err(State::Judged(Verdict::False)));
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            Just(Action::Acknowledge),
            Just(Action::Arrive),
            Just(Action::Triage(Verdict::Burning)),
            Just(Action::Triage(Verdict::FixedSource)),
            Just(Action::Triage(Verdict::False)),
            Just(Action::Exonerate),
        ]
    }

    proptest! {
        /// It counts if the last word was that it burned, and times never go back or change.
        #[test]
        fn only_a_persons_word_counts(tries in prop::collection::vec(action(), 0..20)) {
            let (mut process, mut last_word) = (Process::raised(RAISED), None);
            for (n, action) in (1..).zip(tries) {
                let Ok(next) = process.act(action, RAISED + Duration::minutes(n)) else { continue };
                for (before, now) in [
                    (process.acknowledged, next.acknowledged), (process.arrived, next.arrived), (process.judged, next.judged),
                ] {
                    prop_assert!(before.is_none() || before == now);
                }
                if matches!(action, Action::Triage(_) | Action::Exonerate) {
                    last_word = Some(action);
                }
                process = next;
            }
            prop_assert_eq!(process.state().counts(), last_word == Some(Action::Triage(Verdict::Burning)));
        }
    }

    #[test]
    fn figures_are_cumulative_and_go_down_when_one_is_taken_back() {
        let (april, may) = (date!(2024 - 04 - 10), date!(2024 - 05 - 05));
        assert_eq!(
            series([(may, true), (april, true), (may, true)]),
            [(april, 1), (may, 3)]
        );
        assert_eq!(
            series([(may, true), (april, false), (may, true)]),
            [(april, 0), (may, 2)]
        );
    }
}
