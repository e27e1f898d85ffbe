//! Sharing households among cadres: never to one who must not meet them, never above the cap, evenly by amount, and within a
//! tolerance by nearness.

mod balance;
mod share;

use std::collections::{BTreeMap, BTreeSet};

pub use balance::{Balance, Cause, Move, rebalance};
pub use share::{Shared, share};

use crate::{money, problem::Problem};

/// The rules of a plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Terms {
    /// Most households of one cadre.
    pub max_households: Option<i64>,
    /// Hundredths of the fair share by which amounts may differ.
    pub tolerance_percent: i32,
}

/// A cadre and what they answer for already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Id of the cadre.
    pub cadre: String,
    /// What their households owe, in fen.
    pub amount_fen: i64,
    /// How many households they have.
    pub households: i64,
    /// Of them, how many in each village group.
    pub groups: BTreeMap<String, i64>,
}

/// A household to be shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// Its id.
    pub id: String,
    /// What it owes, in fen.
    pub amount_fen: i64,
    /// Its village group; empty where unknown.
    pub group: String,
    /// Cadres who must not meet it.
    pub recused: BTreeSet<String>,
}

/// Why a household finds no cadre.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// There is no cadre.
    NoCadre,
    /// Every cadre must not meet it.
    AllRecused,
    /// Those who may meet it have as many households as the rules allow.
    AllFull,
}

impl Terms {
    /// By how many fen amounts may differ: hundredths of the fair share, which is `total_fen` over `cadres`.
    pub fn tolerance_fen(&self, total_fen: i64, cadres: usize) -> i64 {
        let parts = i128::try_from(cadres).unwrap_or(i128::MAX).saturating_mul(100);
        let numerator = i128::from(total_fen.max(0)) * i128::from(self.tolerance_percent.max(0));
        money::round(numerator, parts).unwrap_or(0)
    }

    fn full(&self, load: &Load) -> bool {
        self.max_households.is_some_and(|most| load.households >= most)
    }
}

impl Load {
    /// Counts one more household.
    pub fn add(&mut self, household: &Household) {
        self.amount_fen = self.amount_fen.saturating_add(household.amount_fen);
        self.households += 1;
        if !household.group.is_empty() {
            *self.groups.entry(household.group.clone()).or_default() += 1;
        }
    }

    fn remove(&mut self, household: &Household) {
        self.amount_fen -= household.amount_fen;
        self.households -= 1;
        if let Some(count) = self.groups.get_mut(&household.group) {
            *count -= 1;
        }
    }

    fn is_near(&self, household: &Household) -> bool {
        self.groups.get(&household.group).is_some_and(|count| *count > 0)
    }
}

/// Contradictions of `terms`, with paths below `path`.
pub fn check(path: &str, terms: &Terms) -> Vec<Problem> {
    let mut problems = Vec::new();
    if terms.max_households.is_some_and(|most| most < 1) {
        problems.push(Problem::new(
            format!("{path}.max_household_count"),
            "NOT_POSITIVE",
            "1 or more",
            "须大于零",
        ));
    }
    if !(0..=100).contains(&terms.tolerance_percent) {
        problems.push(Problem::new(
            format!("{path}.tolerance_percent"),
            "OUT_OF_RANGE",
            "0–100",
            "应为 0 至 100",
        ));
    }
    problems
}

#[cfg(test)]
mod tests;
