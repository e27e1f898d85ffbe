//! The way to a certificate: a fold over what was done.

use time::Date;

use crate::calendar::offset;

/// Where an acceptance stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The sample can be drawn.
    Applied,
    /// Inspection under way.
    Sampled,
    /// The claims were confirmed.
    Inspected,
    /// The claims were refuted.
    Failed,
    /// Public, objections are taken.
    Publicised,
    /// An objection was upheld.
    Reopened,
    /// Certified.
    Certified,
    /// Decided against.
    Rejected,
    /// Withdrawn before the decision.
    Withdrawn,
    /// The certificate was revoked.
    Revoked,
}

impl State {
    /// Whether it was decided, or can no longer be.
    pub fn is_settled(self) -> bool {
        matches!(
            self,
            Self::Failed | Self::Certified | Self::Rejected | Self::Withdrawn | Self::Revoked
        )
    }
}

/// What is done about an acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The sample is drawn.
    Draw,
    /// An inspector is replaced.
    Replace,
    /// The inspection is closed.
    Close {
        /// It confirmed the claims.
        passed: bool,
    },
    /// The publicity begins.
    Publicise,
    /// An objection is lodged.
    Object,
    /// An objection is answered.
    Answer {
        /// Its number.
        objection: i32,
        /// It is upheld.
        upheld: bool,
    },
    /// The village is certified.
    Certify,
    /// It is decided against.
    Reject,
    /// It is withdrawn.
    Withdraw,
    /// The certificate is revoked.
    Revoke,
}

/// Why something cannot be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The acceptance is in this state.
    State(State),
    /// The publicity lasts until the end of this day.
    PublicityOpen(Date),
    /// The publicity was over with this day.
    PublicityOver(Date),
    /// So many objections have no answer.
    ObjectionsOpen(usize),
    /// There is no objection of this number without an answer.
    NoOpenObjection(i32),
}

/// An acceptance with what was done about it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    publicity_days: i64,
    state: State,
    publicity_end: Option<Date>,
    rounds: i32,
    objections: i32,
    open: Vec<i32>,
}

impl Process {
    /// Applied for, with the days of publicity of its plan.
    pub fn applied(publicity_days: i32) -> Self {
        Self {
            publicity_days: i64::from(publicity_days),
            state: State::Applied,
            publicity_end: None,
            rounds: 0,
            objections: 0,
            open: Vec::new(),
        }
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Last day of the latest publicity: its first day does not count.
    pub fn publicity_end(&self) -> Option<Date> {
        self.publicity_end
    }

    /// Samples drawn so far.
    pub fn rounds(&self) -> i32 {
        self.rounds
    }

    /// Objections lodged so far.
    pub fn objections(&self) -> i32 {
        self.objections
    }

    /// Objections without an answer.
    pub fn open_objections(&self) -> usize {
        self.open.len()
    }

    /// The acceptance after `action` on `today`.
    pub fn act(mut self, action: Action, today: Date) -> Result<Self, Refused> {
        self.state = self.next(action)?;
        match (action, self.publicity_end) {
            (Action::Close { .. } | Action::Certify | Action::Reject, _) if !self.open.is_empty() => {
                return Err(Refused::ObjectionsOpen(self.open.len()));
            }
            (Action::Certify | Action::Reject, Some(end)) if today <= end => return Err(Refused::PublicityOpen(end)),
            (Action::Object, Some(end)) if today > end => return Err(Refused::PublicityOver(end)),
            (Action::Answer { objection, .. }, _) if !self.open.contains(&objection) => {
                return Err(Refused::NoOpenObjection(objection));
            }
            _ => {}
        }
        match action {
            Action::Draw => self.rounds += 1,
            Action::Publicise => self.publicity_end = Some(offset(today, self.publicity_days)),
            Action::Object => {
                self.objections += 1;
                self.open.push(self.objections);
            }
            Action::Answer { objection, .. } => self.open.retain(|open| *open != objection),
            _ => {}
        }
        Ok(self)
    }

    fn next(&self, action: Action) -> Result<State, Refused> {
        Ok(match (self.state, action) {
            (State::Applied | State::Reopened, Action::Draw) | (State::Sampled, Action::Replace) => State::Sampled,
            (State::Sampled, Action::Close { passed: true }) => State::Inspected,
            (State::Sampled, Action::Close { passed: false }) => State::Failed,
            (State::Inspected, Action::Publicise) | (State::Publicised, Action::Object) => State::Publicised,
            (State::Publicised, Action::Answer { upheld: true, .. }) => State::Reopened,
            // Objections that stood beside an upheld one are answered while it is inspected again.
            (state @ (State::Publicised | State::Reopened | State::Sampled), Action::Answer { .. }) => state,
            (State::Publicised, Action::Certify) => State::Certified,
            (State::Publicised, Action::Reject) => State::Rejected,
            (state, Action::Withdraw) if !state.is_settled() => State::Withdrawn,
            (State::Certified, Action::Revoke) => State::Revoked,
            (state, _) => return Err(Refused::State(state)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    const DAY: Date = date!(2024 - 12 - 20);
    const PASS: Action = Action::Close { passed: true };

    fn walked(actions: &[(Action, Date)]) -> Result<Process, Refused> {
        actions
            .iter()
            .try_fold(Process::applied(7), |process, (action, day)| process.act(*action, *day))
    }

    fn public() -> Process {
        walked(&[(Action::Draw, DAY), (PASS, DAY), (Action::Publicise, DAY)]).expect("public")
    }

    #[test]
    fn a_certificate_follows_inspection_and_publicity() {
        let last = date!(2024 - 12 - 27);
        assert_eq!(public().publicity_end(), Some(last));
        assert_eq!(public().act(Action::Certify, last), Err(Refused::PublicityOpen(last)));
        assert_eq!(public().act(Action::Reject, last), Err(Refused::PublicityOpen(last)));
        let certified = public().act(Action::Certify, offset(last, 1)).expect("certified");
        assert_eq!(certified.state(), State::Certified);
        let revoked = certified.clone().act(Action::Revoke, DAY).map(|it| it.state());
        assert_eq!(revoked, Ok(State::Revoked));
        assert_eq!(
            certified.act(Action::Withdraw, DAY),
            Err(Refused::State(State::Certified))
        );
        let failed = walked(&[(Action::Draw, DAY), (Action::Close { passed: false }, DAY)]).expect("failed");
        assert_eq!(failed.act(Action::Draw, DAY), Err(Refused::State(State::Failed)));
    }

    #[test]
    fn an_upheld_objection_sends_it_back_and_every_one_is_answered() {
        let late = offset(DAY, 8);
        assert_eq!(
            public().act(Action::Object, late),
            Err(Refused::PublicityOver(offset(DAY, 7)))
        );
        let twice = public()
            .act(Action::Object, DAY)
            .and_then(|it| it.act(Action::Object, DAY));
        let twice = twice.expect("two objections");
        assert_eq!(
            twice.clone().act(Action::Certify, late),
            Err(Refused::ObjectionsOpen(2))
        );
        let answer = |objection, upheld| Action::Answer { objection, upheld };
        assert_eq!(
            twice.clone().act(answer(3, true), DAY),
            Err(Refused::NoOpenObjection(3))
        );
        let reopened = twice.act(answer(1, true), DAY).expect("upheld");
        assert_eq!((reopened.state(), reopened.open_objections()), (State::Reopened, 1));
        assert_eq!(
            reopened.clone().act(answer(1, false), DAY),
            Err(Refused::NoOpenObjection(1))
        );
        let again = reopened.act(Action::Draw, DAY).expect("another round");
        assert_eq!(again.rounds(), 2);
        assert_eq!(again.clone().act(PASS, DAY), Err(Refused::ObjectionsOpen(1)));
        let closed = again.act(answer(2, true), DAY).and_then(|it| it.act(PASS, DAY));
        assert_eq!(closed.map(|it| it.state()), Ok(State::Inspected));
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            2 => Just(Action::Draw),
            1 => Just(Action::Replace),
            3 => prop::bool::weighted(0.8).prop_map(|passed| Action::Close { passed }),
            2 => Just(Action::Publicise),
            1 => Just(Action::Object),
            2 => (1..4, any::<bool>()).prop_map(|(objection, upheld)| Action::Answer { objection, upheld }),
            2 => Just(Action::Certify),
            1 => Just(Action::Reject),
            1 => Just(Action::Withdraw),
            1 => Just(Action::Revoke),
        ]
    }

    proptest! {
        /// Whatever is tried in whatever order: nobody is certified without an inspection that was passed, a publicity that
        /// is over since, and an answer to every objection; what is final stays as it is.
        #[test]
        fn no_certificate_without_inspection_and_publicity(
            tries in prop::collection::vec((action(), 0_i64..6), 0..60),
        ) {
            let (mut process, mut today) = (Process::applied(3), DAY);
            let (mut passed, mut public, mut unanswered) = (false, None, 0);
            for (action, pause) in tries {
                today = offset(today, pause);
                let before = process.clone();
                let Ok(after) = process.clone().act(action, today) else { continue };
                match action {
                    Action::Draw => (passed, public) = (false, None),
                    Action::Close { passed: it } => passed = it,
                    Action::Publicise => public = Some(today),
                    Action::Object => unanswered += 1,
                    Action::Answer { .. } => unanswered -= 1,
                    Action::Certify | Action::Reject => {
                        let over = public.is_some_and(|first| today > offset(first, 3));
                        prop_assert!(passed && over && unanswered == 0, "{:?}", before);
                    }
                    _ => {}
                }
                if before.state().is_settled() {
                    prop_assert_eq!((before.state(), action), (State::Certified, Action::Revoke));
                }
                process = after;
            }
        }
    }
}
