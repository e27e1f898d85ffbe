//! Falsification cases (弄虚作假核查): opened, explained by the village, decided. A case's state is a fold over its entries.

use time::Date;

use crate::calendar::offset;

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The village has not explained yet.
    Opened,
    /// The village has explained.
    Explained,
    /// The figure was falsified.
    Substantiated,
    /// The figure is wrong by an honest error.
    HonestError,
    /// Nothing is wrong with the figure.
    Unfounded,
}

/// Why something cannot be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The case is in this state.
    State(State),
    /// The village may explain until the end of this day.
    ExplanationOpen(Date),
}

/// A case with what was done about it so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    state: State,
    explanation_end: Date,
}

impl Case {
    /// A case opened on `day`, with the days that its plan gives for an explanation.
    pub fn opened(day: Date, explanation_days: i32) -> Self {
        Self {
            state: State::Opened,
            explanation_end: offset(day, i64::from(explanation_days)),
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Last day for an explanation before it can be substantiated without one: the day of the opening does not count.
    pub fn explanation_end(&self) -> Date {
        self.explanation_end
    }

    /// The case once it stands at `next`, on `today`. Nobody is found guilty unheard.
    pub fn become_on(mut self, next: State, today: Date) -> Result<Self, Refused> {
        match (self.state, next) {
            (State::Opened, State::Substantiated) if today <= self.explanation_end => {
                return Err(Refused::ExplanationOpen(self.explanation_end));
            }
            (State::Opened | State::Explained, next) if next != State::Opened => self.state = next,
            (state, _) => return Err(Refused::State(state)),
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    const OPENED: Date = date!(2024 - 04 - 08);

    #[test]
    fn a_village_is_heard_or_had_its_days() {
        let case = Case::opened(OPENED, 5);
        let last = date!(2024 - 04 - 13);
        assert_eq!(
            case.become_on(State::Substantiated, last),
            Err(Refused::ExplanationOpen(last))
        );
        assert!(case.become_on(State::Substantiated, date!(2024 - 04 - 14)).is_ok());
        let explained = case.become_on(State::Explained, OPENED).expect("heard");
        assert!(explained.become_on(State::Substantiated, OPENED).is_ok());
        assert!(case.become_on(State::Unfounded, OPENED).is_ok());
        assert_eq!(
            case.become_on(State::Opened, OPENED),
            Err(Refused::State(State::Opened))
        );
    }

    fn state() -> impl Strategy<Value = State> {
        prop::sample::select(vec![
            State::Opened,
            State::Explained,
            State::Substantiated,
            State::HonestError,
            State::Unfounded,
        ])
    }

    proptest! {
        /// Whatever is tried in whatever order: what is decided stays, and nobody is found guilty unheard.
        #[test]
        fn what_is_decided_stays(tries in prop::collection::vec((state(), 0_i64..4), 0..20)) {
            let (mut case, mut today, mut heard) = (Case::opened(OPENED, 5), OPENED, false);
            for (next, pause) in tries {
                today = offset(today, pause);
                let before = case;
                let Ok(after) = case.become_on(next, today) else { continue };
                prop_assert!(matches!(before.state(), State::Opened | State::Explained));
                if next == State::Substantiated {
                    prop_assert!(heard || today > offset(OPENED, 5));
                }
                heard |= next == State::Explained;
                case = after;
            }
        }
    }
}
