//! Handing households over until loads are fair.

use std::collections::BTreeSet;

use super::{Household, Left, Load, Terms, share::choose};

/// Why a household is to be handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Its cadre must not meet it.
    Recused,
    /// Its cadre has more households than the rules allow.
    OverCap,
    /// Its cadre answers for much more than another.
    Balance,
}

/// One hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The household.
    pub household: String,
    /// The giving cadre.
    pub from: String,
    /// The receiving cadre.
    pub to: String,
    /// Why.
    pub cause: Cause,
}

/// What is to be handed over, and what that comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// The hand-overs; each household at most once.
    pub moves: Vec<Move>,
    /// The loads afterwards, in the order of the cadres given.
    pub loads: Vec<Load>,
    /// Households that stay where they must not, and why.
    pub left: Vec<(String, Left)>,
    /// Most by which amounts may differ, in fen.
    pub tolerance_fen: i64,
}

impl Balance {
    /// Whether amounts differ by no more than the tolerance.
    pub fn is_fair(&self) -> bool {
        let amounts = || self.loads.iter().map(|load| load.amount_fen);
        let (least, most) = (amounts().min(), amounts().max());
        most.zip(least)
            .is_none_or(|(most, least)| most.saturating_sub(least) <= self.tolerance_fen)
    }
}

/// Hand-overs between `cadres`, whose loads include `held`: the households that may move, with the cadre who has them. First
/// households leave cadres who must not meet them, then the smallest ones leave cadres above the cap, each to whoever would
/// get it if it had nobody. Then, while amounts differ by more than the tolerance, the household goes over whose move evens the
/// two cadres out best, tried from the most to the least and onwards; between households that even out equally well, one whose
/// group the receiving cadre has, then the id, decides. Ends when no move would bring two cadres nearer to each other.
pub fn rebalance(held: &[(Household, String)], cadres: &[Load], terms: &Terms) -> Balance {
    let total = cadres
        .iter()
        .fold(0_i64, |sum, load| sum.saturating_add(load.amount_fen));
    let mut work = Work {
        terms,
        balance: Balance {
            moves: Vec::new(),
            loads: cadres.to_vec(),
            left: Vec::new(),
            tolerance_fen: terms.tolerance_fen(total, cadres.len()),
        },
        held: held
            .iter()
            .filter(|(_, cadre)| cadres.iter().any(|load| load.cadre == *cadre))
            .collect(),
        moved: BTreeSet::new(),
    };
    // Small ones first, so that the most can stay where they are; ids make it definite.
    work.held
        .sort_unstable_by(|(a, _), (b, _)| (a.amount_fen, &a.id).cmp(&(b.amount_fen, &b.id)));
    work.recused();
    work.over_cap();
    while !work.balance.is_fair() && work.even_out() {}
    work.balance
}

struct Work<'a> {
    terms: &'a Terms,
    balance: Balance,
    held: Vec<&'a (Household, String)>,
    moved: BTreeSet<&'a str>,
}

impl<'a> Work<'a> {
    /// The largest first, as when they are shared.
    fn recused(&mut self) {
        let held = self.held.clone();
        for (household, from) in held.into_iter().rev() {
            if household.recused.contains(from) {
                self.send(household, from, Cause::Recused);
            }
        }
    }

    fn over_cap(&mut self) {
        let held = self.held.clone();
        for (household, from) in held {
            let over = self
                .load(from)
                .is_some_and(|load| self.terms.max_households.is_some_and(|most| load.households > most));
            if over && !self.moved.contains(household.id.as_str()) && !household.recused.contains(from) {
                self.send(household, from, Cause::OverCap);
            }
        }
    }

    /// Gives a household to whoever would get it if it had nobody.
    fn send(&mut self, household: &'a Household, from: &str, cause: Cause) {
        let others: Vec<Load> = self
            .balance
            .loads
            .iter()
            .filter(|load| load.cadre != from)
            .cloned()
            .collect();
        match choose(household, &others, self.terms, self.balance.tolerance_fen) {
            Ok(at) => {
                if let Some(to) = others.get(at) {
                    self.hand_over(household, from, &to.cadre, cause);
                }
            }
            Err(left) => self.balance.left.push((household.id.clone(), left)),
        }
    }

    /// Makes the best move that there is; false if there is none.
    fn even_out(&mut self) -> bool {
        let mut order: Vec<&Load> = self.balance.loads.iter().collect();
        order.sort_unstable_by(|a, b| (a.amount_fen, &a.cadre).cmp(&(b.amount_fen, &b.cadre)));
        for from in order.iter().rev() {
            for to in &order {
                let gap = from.amount_fen.saturating_sub(to.amount_fen);
                if gap <= self.balance.tolerance_fen || self.terms.full(to) {
                    continue;
                }
                if let Some(household) = self.best(from, to, gap) {
                    let (from, to) = (from.cadre.clone(), to.cadre.clone());
                    self.hand_over(household, &from, &to, Cause::Balance);
                    return true;
                }
            }
        }
        false
    }

    /// The household of `from` that leaves the least of `gap` when it goes to `to`.
    fn best(&self, from: &Load, to: &Load, gap: i64) -> Option<&'a Household> {
        self.held
            .iter()
            .filter(|(household, cadre)| {
                *cadre == from.cadre
                    && (1..gap).contains(&household.amount_fen)
                    && !household.recused.contains(&to.cadre)
                    && !self.moved.contains(household.id.as_str())
            })
            .map(|(household, _)| household)
            .min_by_key(|household| {
                let rest = (i128::from(gap) - 2 * i128::from(household.amount_fen)).abs();
                (rest, !to.is_near(household), &household.id)
            })
    }

    fn hand_over(&mut self, household: &'a Household, from: &str, to: &str, cause: Cause) {
        for load in &mut self.balance.loads {
            if load.cadre == from {
                load.remove(household);
            } else if load.cadre == to {
                load.add(household);
            }
        }
        self.moved.insert(&household.id);
        self.balance.moves.push(Move {
            household: household.id.clone(),
            from: from.to_owned(),
            to: to.to_owned(),
            cause,
        });
    }

    fn load(&self, cadre: &str) -> Option<&Load> {
        self.balance.loads.iter().find(|load| load.cadre == cadre)
    }
}
