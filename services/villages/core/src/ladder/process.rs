//! Due process of a step: notice, defence, decision, appeal. A step's state is a fold over its entries.

use time::Date;

use crate::calendar::offset;

/// Days for an appeal after the decision (申请复核): 公务员法 (2018) article 95.
pub const APPEAL_DAYS: i64 = 30;

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Without effect.
    Drafted,
    /// The notice was served.
    Served,
    /// In force.
    Approved,
    /// Not pursued.
    Dropped,
    /// In force, under appeal.
    Appealed,
    /// In force for good.
    Upheld,
    /// Taken back.
    Reversed,
}

/// What is done about a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The notice is served.
    Serve,
    /// The person defends themselves; `last` ends the window.
    Defend {
        /// Nothing follows.
        last: bool,
    },
    /// It is put in force.
    Approve,
    /// It is not pursued.
    Drop,
    /// The person appeals.
    Appeal,
    /// The appeal is dismissed.
    Uphold,
    /// The appeal succeeds.
    Reverse,
}

/// Why something cannot be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The step is in this state.
    State(State),
    /// The defence window is open until the end of this day.
    DefenceOpen(Date),
    /// The defence window was over with this day, or with the person's last word.
    DefenceOver(Date),
    /// An appeal was possible until the end of this day.
    AppealOver(Date),
}

/// A step with what was done about it so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process {
    defence_days: i64,
    state: State,
    served: Option<Date>,
    last_word: bool,
    approved: Option<Date>,
}

impl Process {
    /// A draft, with the days that its plan gives for a defence.
    pub fn drafted(defence_days: i32) -> Self {
        Self {
            defence_days: i64::from(defence_days),
            state: State::Drafted,
            served: None,
            last_word: false,
            approved: None,
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Last day for a defence: the day of the service does not count.
    pub fn defence_end(&self) -> Option<Date> {
        self.served.map(|served| offset(served, self.defence_days))
    }

    /// Last day for an appeal.
    pub fn appeal_end(&self) -> Option<Date> {
        self.approved.map(|approved| offset(approved, APPEAL_DAYS))
    }

    /// The step after `action` on `today`; `day` is the day that the action is about.
    pub fn act(mut self, action: Action, day: Date, today: Date) -> Result<Self, Refused> {
        let next = match (self.state, action) {
            (State::Drafted, Action::Serve) | (State::Served, Action::Defend { .. }) => State::Served,
            (State::Served, Action::Approve) => State::Approved,
            (State::Drafted | State::Served, Action::Drop) => State::Dropped,
            (State::Approved, Action::Appeal) => State::Appealed,
            (State::Appealed, Action::Uphold) => State::Upheld,
            (State::Appealed, Action::Reverse) => State::Reversed,
            (state, _) => return Err(Refused::State(state)),
        };
        match (action, self.defence_end(), self.appeal_end()) {
            (Action::Defend { .. }, Some(end), _) if self.last_word || today > end => {
                return Err(Refused::DefenceOver(end));
            }
            (Action::Approve, Some(end), _) if !self.last_word && today <= end => {
                return Err(Refused::DefenceOpen(end));
            }
            (Action::Appeal, _, Some(end)) if today > end => return Err(Refused::AppealOver(end)),
            _ => {}
        }
        self.state = next;
        match action {
            Action::Serve => self.served = Some(day),
            Action::Defend { last } => self.last_word = last,
            Action::Approve => self.approved = Some(day),
            _ => {}
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    const SERVED: Date = date!(2024 - 04 - 09);

    fn walked(actions: &[(Action, Date)]) -> Result<Process, Refused> {
        actions.iter().try_fold(Process::drafted(3), |process, (action, day)| {
            process.act(*action, *day, *day)
        })
    }

    #[test]
    fn a_step_takes_force_only_after_the_window() {
        let approved = |day| walked(&[(Action::Serve, SERVED), (Action::Approve, day)]);
        assert_eq!(
            approved(date!(2024 - 04 - 12)),
            Err(Refused::DefenceOpen(date!(2024 - 04 - 12)))
        );
        assert_eq!(
            approved(date!(2024 - 04 - 13)).map(|it| it.state()),
            Ok(State::Approved)
        );
        let unserved = walked(&[(Action::Approve, date!(2024 - 05 - 01))]);
        assert_eq!(unserved, Err(Refused::State(State::Drafted)));
    }

    #[test]
    fn the_last_word_ends_the_window() {
        let said = [(Action::Serve, SERVED), (Action::Defend { last: true }, SERVED)];
        let more = [said[0], said[1], (Action::Defend { last: false }, SERVED)];
        assert_eq!(walked(&more), Err(Refused::DefenceOver(date!(2024 - 04 - 12))));
        let decided = [said[0], said[1], (Action::Approve, SERVED)];
        assert_eq!(walked(&decided).map(|it| it.state()), Ok(State::Approved));
        let late = [said[0], (Action::Defend { last: false }, date!(2024 - 04 - 13))];
        assert_eq!(walked(&late), Err(Refused::DefenceOver(date!(2024 - 04 - 12))));
    }

    #[test]
    fn an_appeal_has_thirty_days_and_one_answer() {
        let day = date!(2024 - 04 - 13);
        let appealed = |on| walked(&[(Action::Serve, SERVED), (Action::Approve, day), (Action::Appeal, on)]);
        assert_eq!(
            appealed(date!(2024 - 05 - 13)).map(|it| it.state()),
            Ok(State::Appealed)
        );
        assert_eq!(
            appealed(date!(2024 - 05 - 14)),
            Err(Refused::AppealOver(date!(2024 - 05 - 13)))
        );
        for (answer, state) in [(Action::Uphold, State::Upheld), (Action::Reverse, State::Reversed)] {
            let answered = appealed(day).and_then(|it| it.act(answer, day, day)).expect("answered");
            assert_eq!(answered.state(), state);
            assert_eq!(answered.act(Action::Appeal, day, day), Err(Refused::State(state)));
        }
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            Just(Action::Serve),
            any::<bool>().prop_map(|last| Action::Defend { last }),
            Just(Action::Approve),
            Just(Action::Drop),
            Just(Action::Appeal),
            Just(Action::Uphold),
            Just(Action::Reverse),
        ]
    }

    proptest! {
        /// Whatever is tried in whatever order: nothing is in force that was not served first and given its window or ended
        /// by the person's own word, and what is final stays as it is.
        #[test]
        fn nobody_is_punished_unheard(tries in prop::collection::vec((action(), 0_i64..6), 0..30)) {
            let (mut process, mut today) = (Process::drafted(3), SERVED);
            let (mut served, mut last_word) = (None, false);
            for (action, pause) in tries {
                today = offset(today, pause);
                let before = process;
                let Ok(after) = process.act(action, today, today) else { continue };
                match action {
                    Action::Serve => served = Some(today),
                    Action::Defend { last } => last_word |= last,
                    Action::Approve => {
                        let waited = served.is_some_and(|served| today > offset(served, 3));
                        prop_assert!(served.is_some() && (waited || last_word));
                    }
                    _ => {}
                }
                let ended = matches!(before.state(), State::Dropped | State::Upheld | State::Reversed);
                prop_assert!(!ended, "{before:?} is final");
                process = after;
            }
        }
    }
}
