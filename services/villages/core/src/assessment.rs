//! The year-end ledger: what a year's misses and ladder steps come to for each person.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    document::{Measure, Trigger},
    ladder::State,
    week::Week,
};

/// A miss that a bulletin counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// Identity.
    pub id: u128,
    /// The person.
    pub cadre: String,
    /// The week.
    pub week: Week,
}

/// A ladder step as it stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Identity.
    pub id: u128,
    /// The person.
    pub cadre: String,
    /// What called for it.
    pub trigger: Trigger,
    /// The week of the misses, for missed weeks.
    pub week: Option<Week>,
    /// What it is.
    pub measure: Measure,
    /// Where it stood.
    pub state: State,
    /// Fen deducted, what was given back subtracted.
    pub deduction_fen: i64,
}

/// What a year comes to for one person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// Weeks with misses, less those whose step was dropped or reversed.
    pub missed_weeks: usize,
    /// Misses in the order given.
    pub misses: Vec<u128>,
    /// Steps in the order given.
    pub steps: Vec<u128>,
    /// Measures in force.
    pub in_force: BTreeMap<Measure, usize>,
    /// Fen deducted in all.
    pub deduction_fen: i64,
}

impl State {
    /// Whether a step has effect in it.
    pub fn in_force(self) -> bool {
        matches!(self, Self::Approved | Self::Appealed | Self::Upheld)
    }

    /// Whether what called for a step no longer counts in it.
    pub fn discharged(self) -> bool {
        matches!(self, Self::Dropped | Self::Reversed)
    }
}

/// The accounts by person.
pub fn accounts(misses: &[Miss], steps: &[Step]) -> BTreeMap<String, Account> {
    let mut accounts: BTreeMap<String, Account> = BTreeMap::new();
    let mut weeks: BTreeMap<&str, BTreeSet<Week>> = BTreeMap::new();
    for miss in misses {
        accounts.entry(miss.cadre.clone()).or_default().misses.push(miss.id);
        weeks.entry(&miss.cadre).or_default().insert(miss.week);
    }
    for step in steps {
        let account = accounts.entry(step.cadre.clone()).or_default();
        account.steps.push(step.id);
        account.deduction_fen += step.deduction_fen;
        if step.state.in_force() {
            *account.in_force.entry(step.measure).or_default() += 1;
        }
        if step.trigger == Trigger::MissedWeek && step.state.discharged() {
            let discharged = step.week.as_ref();
            let counted = weeks.get_mut(step.cadre.as_str());
            discharged.zip(counted).map(|(week, counted)| counted.remove(week));
        }
    }
    for (cadre, weeks) in weeks {
        if let Some(account) = accounts.get_mut(cadre) {
            account.missed_weeks = weeks.len();
        }
    }
    accounts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    const STATES: [State; 7] = [
        State::Drafted,
        State::Served,
        State::Approved,
        State::Dropped,
        State::Appealed,
        State::Upheld,
        State::Reversed,
    ];
    const MEASURES: [Measure; 3] = [Measure::PayDeduction, Measure::WorkError, Measure::PublicCriticism];
    const TRIGGERS: [Trigger; 2] = [Trigger::MissedWeek, Trigger::FalsifiedFigure];

    fn week(number: i64) -> Week {
        Week::of(crate::calendar::offset(date!(2024 - 01 - 01), 7 * number))
    }

    proptest! {
        /// Each number of each account, counted again by going through everything for it alone.
        #[test]
        fn an_account_is_what_a_recount_says(
            misses in prop::collection::vec((0..4_usize, 0..6_i64), 0..30),
            steps in prop::collection::vec((0..5_usize, 0..2_usize, 0..6_i64, 0..3_usize, 0..7_usize, -9..9_i64), 0..20),
        ) {
            let misses: Vec<Miss> = (1..).zip(misses)
                .map(|(id, (cadre, of))| Miss { id, cadre: format!("C{cadre}"), week: week(of) })
                .collect();
            let steps: Vec<Step> = (1..).zip(steps)
                .map(|(id, (cadre, trigger, of, measure, state, deduction_fen))| Step {
                    id,
                    cadre: format!("C{cadre}"),
                    trigger: TRIGGERS[trigger],
                    week: (trigger == 0).then(|| week(of)),
                    measure: MEASURES[measure],
                    state: STATES[state],
                    deduction_fen,
                })
                .collect();
            let accounts = accounts(&misses, &steps);
            for cadre in (0..5).map(|cadre| format!("C{cadre}")) {
                let own_misses: Vec<&Miss> = misses.iter().filter(|miss| miss.cadre == cadre).collect();
                let own_steps: Vec<&Step> = steps.iter().filter(|step| step.cadre == cadre).collect();
                let Some(account) = accounts.get(&cadre) else {
                    prop_assert!(own_misses.is_empty() && own_steps.is_empty());
                    continue;
                };
                let counts = |of: &Week| {
                    own_misses.iter().any(|miss| miss.week == *of)
                        && !own_steps.iter().any(|step| step.week == Some(*of)
                            && ["Dropped", "Reversed"].contains(&format!("{:?}", step.state).as_str()))
                };
                prop_assert_eq!(account.missed_weeks, (0..6).map(week).filter(counts).count());
                prop_assert_eq!(&account.misses, &own_misses.iter().map(|miss| miss.id).collect::<Vec<_>>());
                prop_assert_eq!(&account.steps, &own_steps.iter().map(|step| step.id).collect::<Vec<_>>());
                prop_assert_eq!(account.deduction_fen, own_steps.iter().map(|step| step.deduction_fen).sum::<i64>());
                for measure in MEASURES {
                    let in_force = own_steps.iter().filter(|step| step.measure == measure
                        && ["Approved", "Appealed", "Upheld"].contains(&format!("{:?}", step.state).as_str()));
                    prop_assert_eq!(account.in_force.get(&measure).copied().unwrap_or(0), in_force.count());
                }
            }
        }
    }
}
