//! How an honour of a household is won and lost: nomination, evaluation, publicity with objections, decision. Its state is a
//! fold over its entries.

use std::collections::BTreeSet;

use time::{Date, Month};

/// Where an honour stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nobody has looked at it yet.
    Nominated,
    /// Somebody has.
    Evaluated,
    /// Open to objections.
    Public,
    /// In force.
    Granted,
    /// Not granted.
    Rejected,
    /// In force once.
    Revoked,
}

/// What is done about an honour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is evaluated.
    Evaluate,
    /// It is made public until the end of this day.
    Publish(Date),
    /// Somebody objects.
    Object,
    /// The objection with this entry number does not hold.
    Dismiss(i32),
    /// It is granted.
    Grant,
    /// It is not granted.
    Reject,
    /// It is taken away.
    Revoke,
}

/// Why something cannot be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The honour is in this state.
    State(State),
    /// Objections are possible until the end of this day.
    PublicityOpen(Date),
    /// Objections were possible until the end of this day.
    PublicityOver(Date),
    /// The objection with this entry number is not answered.
    ObjectionOpen(i32),
    /// The entry with this number is no open objection.
    NoObjection(i32),
}

/// An honour with what was done about it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    state: State,
    entries: i32,
    publicity_end: Option<Date>,
    objections: BTreeSet<i32>,
    granted: Option<Date>,
    revoked: Option<Date>,
}

impl Default for Process {
    fn default() -> Self {
        Self {
            state: State::Nominated,
            entries: 0,
            publicity_end: None,
            objections: BTreeSet::new(),
            granted: None,
            revoked: None,
        }
    }
}

impl Process {
    /// Where it stands.
    pub fn state(&self) -> State {
        self.state
    }

    /// Last day for objections.
    pub fn publicity_end(&self) -> Option<Date> {
        self.publicity_end
    }

    /// Day of the grant.
    pub fn granted(&self) -> Option<Date> {
        self.granted
    }

    /// Day of the revocation.
    pub fn revoked(&self) -> Option<Date> {
        self.revoked
    }

    /// The honour after `action` on `today`.
    pub fn act(mut self, action: Action, today: Date) -> Result<Self, Refused> {
        let next = match (self.state, action) {
            (State::Nominated | State::Evaluated, Action::Evaluate) => State::Evaluated,
            (State::Evaluated, Action::Publish(_)) | (State::Public, Action::Object | Action::Dismiss(_)) => {
                State::Public
            }
            (State::Public, Action::Grant) => State::Granted,
            (State::Nominated | State::Evaluated | State::Public, Action::Reject) => State::Rejected,
            (State::Granted, Action::Revoke) => State::Revoked,
            (state, _) => return Err(Refused::State(state)),
        };
        self.entries += 1;
        match (action, self.publicity_end) {
            (Action::Publish(end), _) => self.publicity_end = Some(end),
            (Action::Object, Some(end)) if today > end => return Err(Refused::PublicityOver(end)),
            (Action::Object, _) => {
                self.objections.insert(self.entries);
            }
            (Action::Dismiss(number), _) if !self.objections.remove(&number) => {
                return Err(Refused::NoObjection(number));
            }
            (Action::Grant, Some(end)) if today <= end => return Err(Refused::PublicityOpen(end)),
            (Action::Grant, _) => {
                if let Some(open) = self.objections.first() {
                    return Err(Refused::ObjectionOpen(*open));
                }
                self.granted = Some(today);
            }
            (Action::Revoke, _) => self.revoked = Some(today),
            _ => {}
        }
        self.state = next;
        Ok(self)
    }
}

/// First day of a season written `2024-Q2`; none if it is written otherwise.
pub fn season_start(season: &str) -> Option<Date> {
    let (year, quarter) = season.split_once("-Q")?;
    let month = match quarter {
        "1" => Month::January,
        "2" => Month::April,
        "3" => Month::July,
        "4" => Month::October,
        _ => return None,
    };
    first_day(year, month)
}

/// First day of a month written `2024-04`; none if it is written otherwise.
pub fn month_start(month: &str) -> Option<Date> {
    let (year, number) = month.split_once('-')?;
    let good = number.len() == 2 && number.bytes().all(|byte| byte.is_ascii_digit());
    let month = good.then(|| number.parse::<u8>().ok()).flatten()?;
    first_day(year, Month::try_from(month).ok()?)
}

fn first_day(year: &str, month: Month) -> Option<Date> {
    let good = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    Date::from_calendar_date(good.then(|| year.parse().ok()).flatten()?, month, 1).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, macros::date};

    use super::*;

    const DAY: Date = date!(2024 - 04 - 01);
    const END: Date = date!(2024 - 04 - 06);

    fn walked(actions: &[(Action, Date)]) -> Result<Process, Refused> {
        actions
            .iter()
            .try_fold(Process::default(), |process, (action, day)| process.act(*action, *day))
    }

    #[test]
    fn nothing_is_granted_while_somebody_may_object_or_waits_for_an_answer() {
        let mut steps = vec![(Action::Evaluate, DAY), (Action::Publish(END), DAY)];
        let with = |steps: &[(Action, Date)], action, day| walked(&[steps, &[(action, day)]].concat());
        let after = END + Duration::DAY;
        assert_eq!(with(&steps, Action::Grant, END), Err(Refused::PublicityOpen(END)));
        assert_eq!(with(&steps, Action::Object, after), Err(Refused::PublicityOver(END)));
        steps.push((Action::Object, END));
        assert_eq!(with(&steps, Action::Grant, after), Err(Refused::ObjectionOpen(3)));
        assert_eq!(with(&steps, Action::Dismiss(2), after), Err(Refused::NoObjection(2)));
        steps.push((Action::Dismiss(3), after));
        let granted = with(&steps, Action::Grant, after).expect("granted");
        assert_eq!((granted.state(), granted.granted()), (State::Granted, Some(after)));
        assert_eq!(
            granted.clone().act(Action::Reject, after),
            Err(Refused::State(State::Granted))
        );
        let revoked = granted.act(Action::Revoke, after).expect("revoked");
        assert_eq!(
            revoked.act(Action::Evaluate, after),
            Err(Refused::State(State::Revoked))
        );
    }

    #[test]
    fn seasons_and_months_are_read_as_written() {
        assert_eq!(season_start("2024-Q2"), Some(DAY));
        assert_eq!(month_start("2024-12"), Some(date!(2024 - 12 - 01)));
        for wrong in ["2024-Q5", "2024-Q", "24-Q1", "2024Q1", "+024-Q1", "", "2024-Q01"] {
            assert_eq!(season_start(wrong), None, "{wrong}");
        }
        for wrong in ["2024-13", "2024-00", "2024-4", "2024-+4", "", "2024"] {
            assert_eq!(month_start(wrong), None, "{wrong}");
        }
    }

    fn action() -> impl Strategy<Value = Action> {
        prop_oneof![
            Just(Action::Evaluate),
            (0_i64..6).prop_map(|days| Action::Publish(DAY + Duration::days(days))),
            Just(Action::Object),
            (1_i32..8).prop_map(Action::Dismiss),
            Just(Action::Grant),
            Just(Action::Reject),
            Just(Action::Revoke),
        ]
    }

    proptest! {
        /// Whatever is tried in whatever order: what is in force was evaluated and public, and every objection was dismissed.
        #[test]
        fn an_honour_in_force_went_the_whole_way(tries in prop::collection::vec((action(), 0_i64..4), 0..40)) {
            let (mut process, mut today) = (Process::default(), DAY);
            let mut done: Vec<(Action, Date)> = Vec::new();
            for (action, pause) in tries {
                today += Duration::days(pause);
                let Ok(after) = process.clone().act(action, today) else { continue };
                done.push((action, today));
                process = after;
                if action == Action::Grant {
                    let end = done.iter().find_map(|(action, _)| match action {
                        Action::Publish(end) => Some(*end),
                        _ => None,
                    });
                    prop_assert!(end.is_some_and(|end| today > end));
                    let count = |is: fn(&Action) -> bool| done.iter().filter(|(action, _)| is(action)).count();
                    prop_assert!(count(|it| *it == Action::Evaluate) > 0);
                    prop_assert_eq!(count(|it| *it == Action::Object), count(|it| matches!(it, Action::Dismiss(_))));
                }
            }
            prop_assert_eq!(process.granted().is_some(), matches!(process.state(), State::Granted | State::Revoked));
        }
    }
}
